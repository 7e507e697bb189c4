import { build, type Plugin } from 'esbuild'
import { resolve } from 'node:path'

/** Finds our packages where they are installed, whichever file asks for them. */
const installedIn = (folder: string): Plugin => ({
  name: 'installed',
  setup: ({ onResolve, resolve: find }) => {
    onResolve({ filter: /^tsunagu(\/|$)/ }, ({ path, kind, pluginData }) =>
      pluginData === folder ? undefined : find(path, { kind, resolveDir: folder, pluginData: folder }),
    )
  },
})

/** Bundles a program for a page, with our packages as installed in `folder` and the peers' from node_modules. */
export const bundle = async (program: string, folder: string, format: 'iife' | 'esm' = 'iife'): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    write: false,
    minify: true,
    // The names stay, for whoever reads a profile.
    minifyIdentifiers: !process.env['BENCH_PROFILE'],
    format,
    target: 'es2022',
    platform: 'browser',
    // This repository's tsconfig would lead `tsunagu` to the sources.
    tsconfigRaw: '{}',
    plugins: [installedIn(folder)],
    // Its other entry needs what only Node has.
    alias: { 'simple-peer': resolve('node_modules/simple-peer/simplepeer.min.js') },
    logOverride: { 'ignored-bare-import': 'silent' },
  })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made nothing.')
  return file.text
}
