/**
 * `npm run size`: what a page pays for the SDK, taken from the packed tarball as a user would get it: bundled with esbuild, minified,
 * gzip -9. 1 kB is 1,000 bytes. Fails above a limit, which is the goal where that is met. A table says what each module takes.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

/** In bytes after minifying and gzip. Why the first goal is not met: docs/decisions/0013-size-of-the-core.md. */
export const BUDGETS: readonly Budget[] = [
  { name: 'Client + webSocket', goalBytes: 12_000, limitBytes: 16_586, program: CLIENT },
  { name: 'Peer (tsunagu/peer)', goalBytes: 5_000, program: "export { Peer } from 'tsunagu/peer'" },
  { name: 'webSocket adapter', goalBytes: 1_500, program: "export { webSocket } from 'tsunagu/adapters/websocket'" },
  { name: 'sse adapter, with its parser', goalBytes: 2_500, program: "export { sse } from 'tsunagu/adapters/sse'" },
  { name: 'longPolling adapter', goalBytes: 1_500, program: "export { longPolling } from 'tsunagu/adapters/long-polling'" },
  { name: 'socketIo adapter', goalBytes: 1_500, program: "export { socketIo } from 'tsunagu/adapters/socket-io'" },
  { name: 'fallback adapter', goalBytes: 1_500, program: "export { fallback } from 'tsunagu/adapters/fallback'" },
  { name: 'script tag (IIFE)', goalBytes: 32_000 },
]

/** One budget's figures. */
export interface Measured extends Budget {
  readonly minifiedBytes: number
  readonly gzipBytes: number
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

const bundled = async (program: string, folder: string): Promise<{ code: Uint8Array; metafile: Metafile }> => {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    write: false,
    // An optional peer dependency, loaded on demand: whoever takes its adapter has it anyway.
    external: ['socket.io-client'],
    metafile: true,
    stdin: { contents: program, resolveDir: folder },
  })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made nothing.')
  return { code: file.contents, metafile }
}

const gzipBytesOf = (code: Uint8Array): number => gzipSync(code, { level: 9 }).length

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

/** Measures every budget from a fresh tarball of the package in the current folder. */
export const measure = async (): Promise<Measured[]> => {
  mkdirSync('.tmp', { recursive: true })
  const folder = mkdtempSync(resolve('.tmp', 'size-'))
  try {
    const target = unpacked(folder)
    const { unpkg } = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as { unpkg: string }
    const measured: Measured[] = []
    for (const budget of BUDGETS) {
      const code = budget.program ? (await bundled(budget.program, folder)).code : readFileSync(join(target, unpkg))
      measured.push({ ...budget, minifiedBytes: code.length, gzipBytes: gzipBytesOf(code) })
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

/** Which module takes how much of the first budget. Bundled from the sources, for the tarball's chunks have no such seams. */
const printModules = async (): Promise<void> => {
  const program = CLIENT.replace("'tsunagu'", "'./src/index'").replace("'tsunagu/adapters/websocket'", "'./adapters/websocket/index'")
  const { code, metafile } = await bundled(program, resolve('.'))
  const gzipRatio = gzipBytesOf(code) / code.length
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs))
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
    ({ name, minifiedBytes, gzipBytes, goalBytes, limitBytes = goalBytes }) =>
      [name, minifiedBytes, gzipBytes, goalBytes, limitBytes] as const,
  )
  printTable('from the tarball', rows, ['minified', 'gzip', 'goal', 'limit'])
  if (existsSync('src/index.ts')) await printModules()
  const broken = measured.filter(({ gzipBytes, goalBytes, limitBytes = goalBytes }) => gzipBytes > limitBytes)
  for (const { name, gzipBytes, goalBytes, limitBytes = goalBytes } of broken)
    console.error(`\n${name}: ${gzipBytes} bytes are ${gzipBytes - limitBytes} more than its limit of ${limitBytes}.`)
  process.exitCode = broken.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
