import { ensureBuilt } from '../scripts/build'
import { measure } from '../scripts/size'
import type { Bench } from './result'

/** What a page loads, minified and compressed, from the packed tarball. */
export const bench: Bench = {
  // Bytes do not vary from run to run.
  runs: 1,
  run: async () => {
    await ensureBuilt()
    const measured = await measure()
    return {
      browser: null,
      metrics: measured.map(({ name, gzipBytes }) => ({
        metric: name,
        unit: 'bytes, gzip',
        better: 'lower',
        contenders: { tsunagu: { median: gzipBytes, min: gzipBytes, max: gzipBytes } },
      })),
    }
  },
}
