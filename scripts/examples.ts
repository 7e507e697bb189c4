/**
 * `npm run check:examples`: every ```ts block of the documentation, in TSDoc `@example`s and in Markdown, compiles against the built
 * package. ```ts continued goes on from the blocks before it in the same file, ```ts no-check is left out and counted.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { ensureBuilt } from './build'

interface Block {
  readonly file: string
  /** Line of the file, from 1, on which the code begins. */
  readonly line: number
  readonly words: readonly string[]
  readonly code: readonly string[]
}

const OUT = resolve('.tmp/examples')
const FENCE = /^(\s*)```(\w*)\s*(.*)$/

/** The fenced blocks among lines that were taken out of a file; `undefined` marks a line that does not belong to its prose. */
const blocksIn = (file: string, lines: readonly (string | undefined)[]): Block[] => {
  const blocks: Block[] = []
  let open: { language: string; words: string[]; line: number; code: string[] } | undefined
  lines.forEach((line, index) => {
    const fence = line === undefined ? undefined : FENCE.exec(line)
    if (!fence) open?.code.push(line ?? '')
    else if (open) {
      if (open.language === 'ts') blocks.push({ file, ...open })
      open = undefined
    } else open = { language: fence[2] ?? '', words: (fence[3] ?? '').split(/\s+/).filter(Boolean), line: index + 2, code: [] }
  })
  return blocks
}

/** What stands in the TSDoc comments of a source file; every other line is `undefined`, so that line numbers stay. */
const commentsOf = (text: string): (string | undefined)[] => {
  let inside = false
  return text.split('\n').map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true
    const prose = inside ? line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, '') : undefined
    if (line.includes('*/')) inside = false
    return prose
  })
}

const filesIn = (folder: string, extension: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith(extension) && !/(^|\/)(node_modules|dist|site|api-report)\//.test(file))
        .map((file) => join(folder, file))
        .sort()
    : []

const readBlocks = (): Block[] => {
  const sources = ['src', 'adapters', 'server/src'].flatMap((folder) => filesIn(folder, '.ts'))
  const pages = [...readdirSync('.').filter((file) => file.endsWith('.md')), ...filesIn('docs', '.md'), ...filesIn('examples', '.md'), ...filesIn('server', '.md')]
  return [
    ...sources
      .filter((file) => !file.endsWith('.test.ts'))
      .flatMap((file) => blocksIn(file, commentsOf(readFileSync(file, 'utf8')))),
    ...pages.flatMap((file) => blocksIn(file, readFileSync(file, 'utf8').split('\n'))),
  ]
}

interface Program {
  readonly path: string
  readonly block: Block
  /** Lines that stand before the block's own. */
  readonly offset: number
}

const writePrograms = (blocks: readonly Block[]): Program[] => {
  rmSync(OUT, { recursive: true, force: true })
  mkdirSync(OUT, { recursive: true })
  writeFileSync(join(OUT, 'package.json'), '{ "type": "module" }\n')
  const before = new Map<string, string[]>()
  return blocks.map((block) => {
    const earlier = block.words.includes('continued') ? (before.get(block.file) ?? []) : []
    const code = [...earlier, ...block.code]
    before.set(block.file, code)
    const path = join(OUT, `${block.file.replaceAll('/', '__')}__${block.line}.ts`)
    // The last line makes a module of a block that imports nothing: its names stay its own, and it may await.
    writeFileSync(path, `${code.join('\n')}\nexport {}\n`)
    return { path, block, offset: earlier.length }
  })
}

const compile = (programs: readonly Program[]): string[] => {
  const program = ts.createProgram(
    programs.map(({ path }) => path),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
    },
  )
  const byPath = new Map(programs.map((one) => [one.path, one]))
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
    const from = diagnostic.file && byPath.get(diagnostic.file.fileName)
    if (!diagnostic.file || !from) return `${diagnostic.file?.fileName ?? ''} ${text}`
    const { line } = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
    return `${from.block.file}:${from.block.line + line - from.offset} ${text}`
  })
}

await ensureBuilt()
const blocks = readBlocks()
const skipped = blocks.filter(({ words }) => words.includes('no-check'))
const programs = writePrograms(blocks.filter((block) => !skipped.includes(block)))
const errors = programs.length > 0 ? compile(programs) : ['No example was found.']
for (const error of new Set(errors)) console.error(error)
for (const { file, line } of skipped) console.log(`not checked: ${file}:${line}`)
console.log(`${programs.length} examples checked, ${skipped.length} not checked`)
process.exitCode = errors.length > 0 ? 1 : 0
