/**
 * `npm run build`: the SDK into dist/, then the server into server/dist/. Does nothing when what they are made of has not
 * changed; `--force` builds anyway. Works on the current folder, so that a fixture can be built by the same rules.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { entriesOf } from './entries'
import { run } from './tasks'

const STAMP = '.tmp/build.stamp'
const LOCK = '.tmp/build.lock'
const TSUP = createRequire(import.meta.url).resolve('tsup/dist/cli-default.js')

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly unpkg?: string
  readonly bin?: Record<string, string>
}
const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

const sourcesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
        .map((file) => join(folder, file))
    : []

const CONFIGS = ['package.json', 'tsconfig.base.json', 'tsconfig.lib.json', 'tsconfig.build.json', 'tsup.config.ts']

const fingerprint = (): string => {
  const hash = createHash('sha256')
  const configs = CONFIGS.flatMap((file) => [file, join('server', file)]).filter((file) => existsSync(file))
  for (const file of [...configs, ...['src', 'adapters', 'server/src'].flatMap(sourcesIn)].sort())
    hash.update(file).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

const tsup = async (folder: string): Promise<void> => {
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const { ok, output } = await run({ name: 'tsup', command: [process.execPath, TSUP], folder })
  if (!ok) throw new Error(`The build of ${folder} failed.\n${output}`)
}

/** What package.json promises must be there, and must go into a browser with nothing but the package's own dependencies. */
const verifyBrowserPackage = async (): Promise<void> => {
  const { unpkg, dependencies } = manifestOf('.')
  const entries = entriesOf('.')
  const promised = [...entries.flatMap(({ js, types }) => [js, types]), ...(unpkg ? [unpkg] : [])]
  const missing = promised.filter((file) => !existsSync(file))
  if (missing.length > 0) throw new Error(`package.json promises what the build did not make: ${missing.join(', ')}`)
  await bundle({
    entryPoints: entries.map(({ js }) => js),
    external: Object.keys(dependencies ?? {}),
    bundle: true,
    write: false,
    outdir: 'nowhere',
    format: 'esm',
    platform: 'browser',
    tsconfigRaw: '{}',
    // Shared chunks are imported for their order too; there is none to keep, the package has no side effects.
    logOverride: { 'ignored-bare-import': 'silent' },
  })
}

const verifyServerPackage = (): void => {
  const promised = [...entriesOf('server').flatMap(({ js, types }) => [js, types]), ...Object.values(manifestOf('server').bin ?? {})]
  const missing = promised.filter((file) => !existsSync(join('server', file)))
  if (missing.length > 0) throw new Error(`server/package.json promises what the build did not make: ${missing.join(', ')}`)
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** One build at a time in a folder: a second one waits, and then mostly finds nothing to do. */
const locked = async (work: () => Promise<void>): Promise<void> => {
  mkdirSync('.tmp', { recursive: true })
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' })
      break
    } catch {
      const owner = existsSync(LOCK) ? Number(readFileSync(LOCK, 'utf8')) : 0
      // An owner that was killed leaves its lock; a lock just made may still be empty.
      if (owner && !alive(owner)) rmSync(LOCK, { force: true })
      await wait(50)
    }
  }
  try {
    await work()
  } finally {
    rmSync(LOCK, { force: true })
  }
}

/** Builds what is out of date; a folder without a build has nothing to do. */
export const ensureBuilt = async ({ force = false } = {}): Promise<void> => {
  if (!existsSync('tsup.config.ts')) return
  await locked(async () => {
    const wanted = fingerprint()
    const built = ['dist', ...(existsSync('server/src') ? ['server/dist'] : [])].every((folder) => existsSync(folder))
    if (!force && built && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return
    rmSync(STAMP, { force: true })
    await tsup('.')
    await verifyBrowserPackage()
    if (existsSync('server/src')) {
      await tsup('server')
      verifyServerPackage()
    }
    writeFileSync(STAMP, wanted)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBuilt({ force: process.argv.includes('--force') })
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
