import { defineConfig } from 'tsup'
import { entriesOf } from './scripts/entries'

const common = {
  outDir: 'dist',
  target: 'es2022',
  platform: 'browser',
  tsconfig: 'tsconfig.lib.json',
  sourcemap: true,
  silent: true,
} as const

export default defineConfig([
  {
    ...common,
    // One build for all entries: they share chunks, so there is one nominal `Client` whichever entry it came from.
    entry: Object.fromEntries(entriesOf(process.cwd()).map(({ key, source }) => [key, source])),
    format: 'esm',
    splitting: true,
    dts: true,
  },
  ...[
    { entry: { tsunagu: 'src/cdn.ts' }, globalName: 'Tsunagu' },
    { entry: { 'tsunagu-in-page': 'src/cdn-in-page.ts' }, globalName: 'TsunaguInPage' },
  ].map((script) => ({
    ...common,
    ...script,
    format: 'iife' as const,
    outExtension: () => ({ js: '.iife.js' }),
    // A script tag has nobody who would install the dependency.
    noExternal: [/.*/],
    minify: true,
  })),
])
