import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundle } from './bundle'
import { contendersOf } from './contenders'
import { install } from './installed'
import type { Bench } from './result'
import { type MetricFacts, metricsOf, type Sample } from './rounds'
import type { SizeContender, SizeMetric } from './size-contender'

const BYTES = { unit: 'bytes, minified, gzip -9', better: 'lower' } as const

const FACTS: Readonly<Record<SizeMetric, MetricFacts>> = {
  'calls with signaling': { ...BYTES, goal: 'at most 12,000' },
  'one connection': { ...BYTES, goal: 'at most 5,000' },
  'messages through a server': BYTES,
  'script tag': { ...BYTES, goal: 'at most 32,000' },
}

/** What a page loads: bundled, minified and compressed alike for all. */
export const bench: Bench = {
  run: async ({ only }) => {
    const installation = install()
    const load = async (what: { readonly program: string } | { readonly file: string }): Promise<string | Buffer> => {
      if ('program' in what) return bundle(what.program, installation.folder, 'esm')
      const ours = join(installation.folder, what.file)
      return readFileSync(existsSync(ours) ? ours : what.file)
    }
    try {
      const samples = new Map<string, Sample[]>()
      for (const name of contendersOf('size', only)) {
        const { contender } = (await import(`./contenders/size/${name}`)) as { contender: SizeContender }
        const sample: Record<string, number> = {}
        for (const [metric, what] of Object.entries(contender)) sample[metric] = gzipSync(await load(what), { level: 9 }).length
        samples.set(name, [sample])
      }
      // Bytes do not vary from run to run.
      return { browser: null, runs: 1, metrics: metricsOf(samples, FACTS) }
    } finally {
      installation.remove()
    }
  },
}
