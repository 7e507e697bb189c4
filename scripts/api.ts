/**
 * `npm run check:api`: every entry point's public surface is what its report in docs/api-report says; `npm run api:update` writes the
 * reports. Fails too where the surface speaks of a type that no entry exports.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel, type ExtractorMessage, ExtractorMessageCategory } from '@microsoft/api-extractor'
import ts from 'typescript'
import { ensureBuilt } from './build'
import { entriesOf } from './entries'

const BASE = fileURLToPath(new URL('../api-extractor.json', import.meta.url))

interface Surface {
  readonly name: string
  /** The built declarations. */
  readonly types: string
  readonly packageJson: string
}

const surfacesOf = (folder: string): Surface[] =>
  existsSync(join(folder, 'package.json'))
    ? entriesOf(folder).map(({ name, types }) => ({
        name,
        types: resolve(folder, types),
        packageJson: resolve(folder, 'package.json'),
      }))
    : []

const reportOf = ({ name }: Surface): string => `${name.replaceAll('/', '.')}.api.md`

const COMPILER_OPTIONS = {
  target: 'ES2022',
  module: 'ESNext',
  moduleResolution: 'Bundler',
  lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  strict: true,
  skipLibCheck: true,
  types: ['node'],
}

const configOf = (surface: Surface): ExtractorConfig => {
  const configObject = ExtractorConfig.loadFile(BASE)
  return ExtractorConfig.prepare({
    configObject: {
      ...configObject,
      projectFolder: resolve('.'),
      mainEntryPointFilePath: surface.types,
      compiler: { overrideTsconfig: { compilerOptions: COMPILER_OPTIONS, files: [surface.types] } },
      apiReport: {
        enabled: true,
        reportFolder: resolve('docs/api-report'),
        reportTempFolder: resolve('.tmp/api-report'),
        reportFileName: reportOf(surface),
      },
    },
    configObjectFullPath: BASE,
    packageJsonFullPath: surface.packageJson,
  })
}

/** Every name that some entry exports. */
const exportedNames = (surfaces: readonly Surface[]): Set<string> => {
  const program = ts.createProgram(
    surfaces.map(({ types }) => types),
    { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, target: ts.ScriptTarget.ES2022, types: [] },
  )
  const checker = program.getTypeChecker()
  const names = surfaces.flatMap(({ types }) => {
    const file = program.getSourceFile(types)
    const module = file && checker.getSymbolAtLocation(file)
    return module ? checker.getExportsOfModule(module).map(({ name }) => name) : []
  })
  return new Set(names)
}

const forgotten = (message: ExtractorMessage): string | undefined =>
  message.messageId === 'ae-forgotten-export'
    ? // The type bundler numbers what would collide in one file.
      /The symbol "(.+?)(?:\$\d+)?" needs/.exec(message.text)?.[1]
    : undefined

const main = async (update: boolean): Promise<void> => {
  await ensureBuilt()
  const surfaces = [...surfacesOf('.'), ...surfacesOf('server')]
  const known = exportedNames(surfaces)
  const problems: string[] = []
  const configs = surfaces.map((surface) => ({ surface, config: configOf(surface) }))
  const [first, ...others] = configs
  if (!first) throw new Error('The package has no entries.')
  // One analysis by the compiler serves all entries.
  const compilerState = CompilerState.create(first.config, {
    additionalEntryPoints: others.map(({ surface }) => surface.types),
  })
  mkdirSync('docs/api-report', { recursive: true })
  for (const { surface, config } of configs) {
    const result = Extractor.invoke(config, {
      localBuild: update,
      compilerState,
      messageCallback: (message) => {
        message.handled = true
        if (message.logLevel === ExtractorLogLevel.None) return
        const symbol = forgotten(message)
        if (symbol === undefined) {
          // Informational lines of the tool itself: the compiler's version, the report's path.
          if (message.category !== ExtractorMessageCategory.Console) problems.push(`${surface.name}: ${message.text} (${message.sourceFilePath ?? ''}:${message.sourceFileLine ?? ''})`)
        } else if (!known.has(symbol)) problems.push(`${surface.name}: its surface speaks of "${symbol}", which no entry exports.`)
      },
    })
    if (result.apiReportChanged && !update) {
      problems.push(`${surface.name}: docs/api-report/${reportOf(surface)} is out of date; npm run api:update writes it.`)
      const files = [join('docs/api-report', reportOf(surface)), join('.tmp/api-report', reportOf(surface))]
      problems.push(spawnSync('git', ['diff', '--no-index', '--no-color', '-U1', ...files], { encoding: 'utf8' }).stdout)
    }
  }
  for (const problem of new Set(problems)) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

await main(process.argv.includes('--update'))
