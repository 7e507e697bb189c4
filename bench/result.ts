import { mkdirSync, writeFileSync } from 'node:fs'

/** What was measured in all rounds, or what ratios came out of them. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** One thing that was measured, for every contender. */
export interface Metric {
  readonly metric: string
  readonly unit: string
  readonly better: 'lower' | 'higher'
  readonly contenders: Readonly<Record<string, Figure>>
  /** tsunagu's value by that of each other contender in the same round; without rounds there are none. */
  readonly ratios?: Readonly<Record<string, Figure>>
  /** What is wanted, in words and figures. */
  readonly goal?: string
}

/** A file below bench/results/. */
export interface BenchResult {
  readonly name: string
  readonly date: string
  readonly node: string
  /** Name and version, where a browser took part. */
  readonly browser: string | null
  readonly runs: number
  readonly metrics: readonly Metric[]
}

/** What `npm run bench` was asked for. */
export interface BenchOptions {
  /** How many rounds; each bench knows how many it needs. */
  readonly rounds?: number
  /** Milliseconds by which signaling is held up, each way, where a bench knows that. */
  readonly delayMs?: number
  /** Runs these contenders alone. */
  readonly only?: readonly string[]
}

/** What a bench found. */
export interface Measured {
  /** Where it differs from the bench's own name. */
  readonly name?: string
  readonly browser: string | null
  readonly runs: number
  readonly metrics: readonly Metric[]
}

/** A bench: a module `bench/<name>.bench.ts` exports it as `bench`. */
export interface Bench {
  run(options: BenchOptions): Promise<Measured>
}

const shown = (value: number): string => {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

const cells = ({ median, min, max }: Figure): string =>
  shown(median).padStart(10) + (min === max ? '' : `  ${shown(min)} to ${shown(max)}`).padEnd(22)

/** Prints a table for each metric, with a row for each contender. */
export const printResult = ({ name, runs, browser, metrics }: BenchResult): void => {
  console.log(`\n${name}${browser ? `, ${browser}` : ''}${runs > 1 ? `, ${runs} rounds` : ''}: median, smallest to largest`)
  for (const { metric, unit, better, contenders, ratios = {}, goal } of metrics) {
    console.log(`\n  ${metric}, ${unit}, ${better} is better${goal ? `; goal: ${goal}` : ''}`)
    for (const [contender, figure] of Object.entries(contenders)) {
      const ratio = ratios[contender]
      console.log(`    ${contender.padEnd(26)}${cells(figure)}${ratio ? `  tsunagu takes${cells(ratio)} times that` : ''}`.trimEnd())
    }
  }
}

/** Writes bench/results/<name>.json. */
export const writeResult = (result: BenchResult): void => {
  mkdirSync('bench/results', { recursive: true })
  writeFileSync(`bench/results/${result.name}.json`, `${JSON.stringify(result, null, 2)}\n`)
}
