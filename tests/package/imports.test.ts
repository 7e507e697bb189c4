import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../scripts/build'
import { entriesOf } from '../../scripts/entries'
import { run } from '../../scripts/tasks'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NAMES = [...entriesOf(ROOT), ...entriesOf(join(ROOT, 'server'))].map(({ name }) => name)

/** An empty project outside of this repository, with the two tarballs installed in it. */
let project = ''

beforeAll(async () => {
  await ensureBuilt()
  project = mkdtempSync(join(tmpdir(), 'tsunagu-package-'))
  for (const folder of [ROOT, join(ROOT, 'server')])
    execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  const tarballs = readdirSync(project).map((file) => `./${file}`)
  expect(tarballs).toHaveLength(2)
  writeFileSync(join(project, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n')
  execFileSync('npm', ['install', '--silent', '--prefer-offline', ...tarballs], { cwd: project, stdio: ['ignore', 'ignore', 'inherit'] })
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

/** Type-checks a program in the project; the declarations themselves have to be right, not only what it takes from them. */
const compiles = async (text: string, moduleResolution: string, lib: readonly string[]): Promise<void> => {
  writeFileSync(join(project, 'program.ts'), text)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: 'ES2022',
    lib,
    module: moduleResolution === 'Bundler' ? 'ESNext' : 'NodeNext',
    moduleResolution,
    typeRoots: [join(ROOT, 'node_modules/@types')],
    types: ['node'],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { ok, output } = await run({ name: 'tsc', command: [process.execPath, tsc, '-p', 'tsconfig.json'], folder: project })
  expect(output).toBe('')
  expect(ok).toBe(true)
}

describe('the packed tarballs in an empty project', () => {
  it.each(NAMES)('%s can be imported in plain Node, which does nothing', async (name) => {
    // Nothing printed, no global added, and the process ends by itself because nothing is left running.
    const program = `
      const before = new Set(Reflect.ownKeys(globalThis))
      const entry = await import('${name}')
      if (Object.keys(entry).length === 0) throw new Error('exports nothing')
      const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key))
      if (added.length > 0) throw new Error('adds globals: ' + added.map(String))
    `
    const { ok, output } = await run({
      name,
      command: [process.execPath, '--input-type=module', '--unhandled-rejections=strict', '-e', program],
      folder: project,
    })
    expect(output).toBe('')
    expect(ok).toBe(true)
  })

  it.each(['Bundler', 'NodeNext'])('compile in a program that uses every entry, with moduleResolution %s', async (resolution) => {
    const imports = NAMES.map((name, index) => `import * as entry${index} from '${name}'`)
    const every = `export const every = [${NAMES.map((_, index) => `entry${index}`).join(', ')}]`
    await compiles(`${imports.join('\n')}\n${every}\n`, resolution, ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'])
  })

  it.each([
    [
      'tsunagu-server',
      `import { createServer, RtcError, type Logger } from 'tsunagu-server'
      const authenticate = () => { throw new RtcError('signaling/unreachable', 'Later.') }
      export const start = (logger: Logger) => createServer({ logger, authenticate })`,
    ],
    [
      'tsunagu/hub',
      `import { Hub } from 'tsunagu/hub'
      export const hub = new Hub({ authorize: (from, action, to) => from.id !== to || action === 'watch' })`,
    ],
  ])('compile in a program for Node that has no types of a browser: %s', async (_name, text) => {
    await compiles(text, 'NodeNext', ['ES2023'])
  })

  it('carry what a user needs and nothing else', () => {
    const packed = readdirSync(join(project, 'node_modules/tsunagu'))
    expect(packed.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'docs', 'package.json'])
  })

  it('carry every page that theirs link to, and those that the command and the errors name', () => {
    const home = join(project, 'node_modules/tsunagu')
    const pages = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/errors.md', 'docs/guide/server.md']))
    const dead = pages.flatMap((page) =>
      [...readFileSync(join(home, page), 'utf8').matchAll(/\]\(([^)#\s:]+)(#[^)]*)?\)/g)]
        .map(([, path = '']) => join(dirname(page), path))
        // For whoever has the repository.
        .filter((path) => path !== 'CONTRIBUTING.md' && !existsSync(join(home, path)))
        .map((path) => `${page}: ${path}`),
    )
    expect(dead).toEqual([])
  })
})
