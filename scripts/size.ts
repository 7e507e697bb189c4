/**
 * `npm run size`: what a page pays for the SDK, taken from the packed tarball as a user would get it: bundled with esbuild, minified,
 * gzip -9. 1 kB is 1,000 bytes. What counts is what a page loads first: the entry and all that it imports statically; the chunks that
 * `import()` brings when they are needed have a column of their own. Fails above a limit, which is the goal where that is met. A table
 * says what each module takes.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { ensureBuilt } from './build'

interface Budget {
  readonly name: string
  /** What was promised. */
  readonly goalBytes: number
  /** What fails the gate, where the goal is not met yet: a little more than was reached, so that it cannot grow unnoticed. @defaultValue the goal */
  readonly limitBytes?: number
  /** The program of a user who takes just this; without one, the file that a script tag loads. */
  readonly program?: string
}

const CLIENT = "export { Client } from 'tsunagu'; export { webSocket } from 'tsunagu/adapters/websocket'"

/** In bytes after minifying and gzip. Why two goals are not met: docs/decisions/0013-size-of-the-core.md. */
export const BUDGETS: readonly Budget[] = [
  { name: 'Client + webSocket', goalBytes: 12_000, limitBytes: 24_150, program: CLIENT },
  { name: 'Peer (tsunagu/peer)', goalBytes: 5_000, program: "export { Peer } from 'tsunagu/peer'" },
  { name: 'webSocket adapter', goalBytes: 1_500, program: "export { webSocket } from 'tsunagu/adapters/websocket'" },
  { name: 'sse adapter, with its parser', goalBytes: 2_500, program: "export { sse } from 'tsunagu/adapters/sse'" },
  { name: 'longPolling adapter', goalBytes: 1_500, program: "export { longPolling } from 'tsunagu/adapters/long-polling'" },
  { name: 'socketIo adapter', goalBytes: 1_500, program: "export { socketIo } from 'tsunagu/adapters/socket-io'" },
  { name: 'fallback adapter', goalBytes: 1_500, program: "export { fallback } from 'tsunagu/adapters/fallback'" },
  { name: 'script tag (IIFE)', goalBytes: 32_000, limitBytes: 32_700 },
]

/** One budget's figures. */
export interface Measured extends Budget {
  /** What a page loads first. */
  readonly minifiedBytes: number
  readonly gzipBytes: number
  /** All the chunks together that load when they are needed, after gzip. */
  readonly lateGzipBytes: number
}

const OPTIONS = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  // This repository's tsconfig would lead `tsunagu` to the sources.
  tsconfigRaw: '{}',
  // Shared chunks are imported for their order too; there is none to keep, the package has no side effects.
  logOverride: { 'ignored-bare-import': 'silent' },
} as const

const gzipBytesOf = (code: Uint8Array): number => gzipSync(code, { level: 9 }).length

/** What a bundle is made of. */
interface Bundle extends Pick<Measured, 'minifiedBytes' | 'gzipBytes' | 'lateGzipBytes'> {
  /** The files that a page loads first. */
  readonly first: Metafile['outputs'][string][]
}

/** The entry and what it imports statically, directly or not. */
const firstOf = (outputs: Metafile['outputs']): Set<string> => {
  const first = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === '<stdin>'))
  // A set goes on to what is added meanwhile.
  for (const file of first)
    for (const { kind, path, external } of outputs[file]?.imports ?? []) if (kind === 'import-statement' && !external) first.add(path)
  return first
}

const bundled = async (program: string, folder: string): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    splitting: true,
    outdir: folder,
    absWorkingDir: folder,
    write: false,
    // An optional peer dependency, loaded on demand: whoever takes its adapter has it anyway.
    external: ['socket.io-client'],
    metafile: true,
    stdin: { contents: program, resolveDir: folder },
  })
  const first = firstOf(metafile.outputs)
  if (!first.size) throw new Error('esbuild made nothing.')
  const sizes = { minifiedBytes: 0, gzipBytes: 0, lateGzipBytes: 0 }
  for (const { path, contents } of outputFiles) {
    // Each file for itself, as it is served.
    const gzipBytes = gzipBytesOf(contents)
    if (first.has(relative(folder, path))) {
      sizes.minifiedBytes += contents.length
      sizes.gzipBytes += gzipBytes
    } else sizes.lateGzipBytes += gzipBytes
  }
  return { ...sizes, first: Object.entries(metafile.outputs).flatMap(([file, output]) => (first.has(file) ? [output] : [])) }
}

/** Packs the current folder's package as npm would publish it and unpacks it where a user's program finds it. */
const unpacked = (folder: string): string => {
  const tar = ['pack', '--silent', '--pack-destination', folder]
  execFileSync('npm', tar, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [tarball] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made nothing.')
  const target = join(folder, 'node_modules', 'tsunagu')
  mkdirSync(target, { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', target])
  return target
}

/** A file in which everything is, so that nothing loads later. */
const whole = (code: Uint8Array): Bundle => ({ minifiedBytes: code.length, gzipBytes: gzipBytesOf(code), lateGzipBytes: 0, first: [] })

/** Measures every budget from a fresh tarball of the package in the current folder. */
export const measure = async (): Promise<Measured[]> => {
  mkdirSync('.tmp', { recursive: true })
  const folder = mkdtempSync(resolve('.tmp', 'size-'))
  try {
    const target = unpacked(folder)
    const { unpkg } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as { unpkg: string }
    const measured: Measured[] = []
    for (const budget of BUDGETS) {
      measured.push({ ...budget, ...(budget.program ? await bundled(budget.program, folder) : whole(readFileSync(join(target, unpkg)))) })
    }
    return measured
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const cell = (value: string | number): string => value.toLocaleString('en').padStart(10)

const printTable = (head: string, rows: readonly (readonly [string, ...(string | number)[]])[], columns: string[]): void => {
  console.log(`\n${head.padEnd(40)}${columns.map(cell).join('')}`)
  for (const [name, ...values] of rows) console.log(`${name.padEnd(40)}${values.map(cell).join('')}`)
}

/** Which module takes how much of the first budget, of what a page loads first. Bundled from the sources, for the tarball's chunks have no such seams. */
const printModules = async (): Promise<void> => {
  const program = CLIENT.replace("'tsunagu'", "'./src/index'").replace("'tsunagu/adapters/websocket'", "'./adapters/websocket/index'")
  const { minifiedBytes, gzipBytes, first } = await bundled(program, resolve('.'))
  const gzipRatio = gzipBytes / minifiedBytes
  const inputs = first.flatMap(({ inputs }) => Object.entries(inputs))
  const rows = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
    .map(([file, { bytesInOutput }]) => [file, bytesInOutput, Math.round(bytesInOutput * gzipRatio)] as const)
  printTable('Client + webSocket by module', rows, ['minified', '~ gzip'])
  const folders = new Map<string, number>()
  for (const [file, bytes] of rows) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + bytes)
  const totals = [...folders].sort(([, a], [, b]) => b - a).map(([folder, bytes]) => [`${folder}/`, bytes, Math.round(bytes * gzipRatio)] as const)
  printTable('by folder', totals, ['minified', '~ gzip'])
}

const main = async (): Promise<void> => {
  await ensureBuilt()
  const measured = await measure()
  const rows = measured.map(
    ({ name, minifiedBytes, gzipBytes, lateGzipBytes, goalBytes, limitBytes = goalBytes }) =>
      [name, minifiedBytes, gzipBytes, goalBytes, limitBytes, lateGzipBytes] as const,
  )
  printTable('from the tarball, loaded first', rows, ['minified', 'gzip', 'goal', 'limit', 'later'])
  if (existsSync('src/index.ts')) await printModules()
  const broken = measured.filter(({ gzipBytes, goalBytes, limitBytes = goalBytes }) => gzipBytes > limitBytes)
  for (const { name, gzipBytes, goalBytes, limitBytes = goalBytes } of broken)
    console.error(`\n${name}: ${gzipBytes} bytes are ${gzipBytes - limitBytes} more than its limit of ${limitBytes}.`)
  process.exitCode = broken.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
