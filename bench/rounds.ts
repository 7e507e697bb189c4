import type { Figure, Metric } from './result'

/** What one contender measured in one round, by metric. */
export type Sample = Readonly<Record<string, number>>

/** What a metric is, beside its figures. */
export interface MetricFacts extends Pick<Metric, 'unit' | 'better' | 'goal'> {
  /** Something that should not be there at all: ratios say nothing. */
  readonly leftover?: boolean
}

/** By contender: its sample of each round, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/** The contender that the others are compared with. */
const OURS = 'tsunagu'

/** The middle, the smallest and the largest of some values. */
export const figureOf = (values: readonly number[]): Figure => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number): number => round(sorted[index] ?? Number.NaN)
  const middle = (sorted.length - 1) / 2
  return { median: round((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2), min: at(0), max: at(sorted.length - 1) }
}

/** Three digits behind the point are more than anything here is good for. */
const round = (value: number): number => Math.round(value * 1_000) / 1_000

/**
 * Lets every contender take its turn in every round. Each round begins with the next one, so that none always follows the
 * same other, and whatever disturbs the machine for a while disturbs all of them.
 */
export const interleave = async (
  contenders: readonly string[],
  { rounds, warmUps = 0 }: { readonly rounds: number; readonly warmUps?: number },
  measure: (contender: string) => Promise<Sample>,
): Promise<Samples> => {
  const samples = new Map<string, Sample[]>(contenders.map((name) => [name, []]))
  for (let n = 0; n < warmUps + rounds; n++) {
    const first = n % contenders.length
    for (const name of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      const sample = await measure(name)
      if (n >= warmUps) samples.get(name)?.push(sample)
    }
  }
  return samples
}

/** Makes the metrics of a result. Ratios are taken within a round and their spread is kept. A contender without a value is left out. */
export const metricsOf = (samples: Samples, facts: Readonly<Record<string, MetricFacts>>): Metric[] =>
  Object.entries(facts).map(([metric, { leftover, ...fact }]) => {
    const valuesOf = (name: string): (number | undefined)[] => (samples.get(name) ?? []).map((sample) => sample[metric])
    const ours = valuesOf(OURS)
    const contenders: Record<string, Figure> = {}
    const ratios: Record<string, Figure> = {}
    for (const name of samples.keys()) {
      const values = valuesOf(name)
      const known = values.filter((value) => value !== undefined)
      if (known.length > 0) contenders[name] = figureOf(known)
      if (name === OURS || leftover) continue
      const pairs = values.flatMap((theirs, n) => (theirs && ours[n] !== undefined ? [ours[n] / theirs] : []))
      if (pairs.length > 0) ratios[name] = figureOf(pairs)
    }
    return { metric, ...fact, contenders, ...(Object.keys(ratios).length > 0 && { ratios }) }
  })
