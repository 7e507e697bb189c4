import { mkdirSync, writeFileSync } from 'node:fs'

/** What one contender measured: over all runs of a metric. */
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

/** A bench: a module `bench/<name>.bench.ts` exports it as `bench`. */
export interface Bench {
  readonly runs: number
  run(): Promise<{ readonly browser: string | null; readonly metrics: readonly Metric[] }>
}

/** Prints a metric as a row for each contender. */
export const printResult = ({ name, metrics }: BenchResult): void => {
  console.log(`\n${name}`)
  for (const { metric, unit, better, contenders } of metrics)
    for (const [contender, { median, min, max }] of Object.entries(contenders)) {
      const spread = min === max ? '' : `  (${min} to ${max})`
      console.log(`  ${metric.padEnd(28)} ${contender.padEnd(14)} ${String(median).padStart(10)} ${unit}${spread}  ${better} is better`)
    }
}

/** Writes bench/results/<name>.json. */
export const writeResult = (result: BenchResult): void => {
  mkdirSync('bench/results', { recursive: true })
  writeFileSync(`bench/results/${result.name}.json`, `${JSON.stringify(result, null, 2)}\n`)
}
