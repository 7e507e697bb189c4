/**
 * `npm run check:compat`: every member of the browser's and the language's own objects that the SDK touches exists in the oldest
 * browsers we promise, by MDN's compatibility data. It asks the type checker whose member is meant, so that `track.stop()` and
 * `[].toSorted()` are looked up as well as globals. This is the only look at Safari that a Linux machine can take.
 */
import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import data, { type Identifier, type SimpleSupportStatement } from '@mdn/browser-compat-data/forLegacyNode'
import ts from 'typescript'

/** Safari 17 is of September 2023; the others are what was current then. */
const OLDEST = { safari: 17, safari_ios: 17, chrome: 117, chrome_android: 117, firefox: 118 } as const

const EXCEPTIONS = 'scripts/asked-first.json'
/** What is used only after asking whether it is there: feature to where and how. */
const askedFirst = (existsSync(EXCEPTIONS) ? JSON.parse(readFileSync(EXCEPTIONS, 'utf8')) : {}) as Record<string, string>

const isSupported = (statement: SimpleSupportStatement, oldest: number): boolean => {
  const { version_added: added, version_removed: removed, flags, prefix, alternative_name: alternative } = statement
  if (typeof added !== 'string' || flags || prefix || alternative) return false
  if (typeof removed === 'string' && Number.parseFloat(removed.replace('≤', '')) <= oldest) return false
  return Number.parseFloat(added.replace('≤', '')) <= oldest
}

/** The browsers that lack a feature; nothing where MDN says nothing. */
const lackedBy = (feature: Identifier | undefined): string[] | undefined => {
  const support = feature?.__compat?.support
  if (!support) return undefined
  return Object.entries(OLDEST).flatMap(([browser, oldest]) => {
    const statements = [support[browser as keyof typeof OLDEST] ?? []].flat()
    return statements.some((statement) => isSupported(statement, oldest)) ? [] : [`${browser} ${oldest}`]
  })
}

const own = (object: Identifier | undefined, key: string): Identifier | undefined =>
  object && Object.hasOwn(object, key) ? object[key] : undefined

const web: Identifier = data.api
const language: Identifier | undefined = data.javascript.builtins

/** What MDN calls the object that TypeScript's libraries call so: `ReadonlyArray` and `ArrayConstructor` are `Array`. */
const mdnName = (holder: string): string => holder.replace(/^Readonly(?=Array|Map|Set)/, '').replace(/(?<=.)Constructor$/, '')

/** A member's entry, whether it belongs to the web or to the language. */
const memberOf = (holder: string, member: string): Identifier | undefined => {
  const name = mdnName(holder)
  const onWeb = own(web, name)
  const inLanguage = own(language, name) ?? own(own(language, 'Intl'), name)
  return own(onWeb, member) ?? own(onWeb, `${member}_static`) ?? own(inLanguage, member)
}
const globalOf = (name: string): Identifier | undefined =>
  own(web, name) ?? own(language, name) ?? own(own(web, 'Window'), name)

const parsed = ts.getParsedCommandLineOfConfigFile(resolve('tsconfig.lib.json'), {}, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
  },
})
if (!parsed) throw new Error('tsconfig.lib.json cannot be read.')
const program = ts.createProgram(parsed.fileNames, parsed.options)
const checker = program.getTypeChecker()

const builtIns = (symbol: ts.Symbol | undefined): ts.Declaration[] =>
  symbol?.declarations?.filter((declaration) => program.isSourceFileDefaultLibrary(declaration.getSourceFile())) ?? []

/** The interface, or the variable with the constructor's type, that a built-in member is declared in; `undefined` for a global. */
const holderOf = ({ parent }: ts.Declaration): string | undefined => {
  if (ts.isInterfaceDeclaration(parent)) return parent.name.text
  if (ts.isTypeLiteralNode(parent) && ts.isVariableDeclaration(parent.parent)) return parent.parent.name.getText()
  return undefined
}

/** The names under which MDN may know the holder of a member: the receiver's own, what it inherits from, and where it is declared. */
const holdersOf = (receiver: ts.Type, declared: string): Set<string> => {
  const names = new Set<string>()
  const visit = (type: ts.Type): void => {
    if (type.isUnionOrIntersection()) return type.types.forEach(visit)
    const name = (type.symbol as ts.Symbol | undefined)?.name
    if (!name || names.has(name)) return
    names.add(name)
    if (type.isClassOrInterface()) checker.getBaseTypes(type).forEach(visit)
  }
  visit(checker.getApparentType(receiver))
  return names.add(declared)
}

/** What the oldest browsers lack: feature to browsers and places. */
const lacking = new Map<string, { readonly browsers: string[]; readonly places: string[] }>()
const features = new Set<string>()

const judge = (name: string, feature: Identifier, node: ts.Node): void => {
  const browsers = lackedBy(feature)
  if (!browsers) return
  features.add(name)
  if (browsers.length === 0) return
  const file = node.getSourceFile()
  const { line } = file.getLineAndCharacterOfPosition(node.getStart())
  const { places } = lacking.get(name) ?? { places: [] }
  lacking.set(name, { browsers, places: [...places, `${relative('.', file.fileName)}:${line + 1}`] })
}

const judgeGlobal = (symbol: ts.Symbol | undefined, node: ts.Node): void => {
  // Beside a variable stands the interface of the same name; an interface alone is a type.
  if (!symbol || !builtIns(symbol).some((one) => ts.isVariableDeclaration(one) || ts.isFunctionDeclaration(one))) return
  const feature = globalOf(symbol.name)
  if (feature) judge(symbol.name, feature, node)
}

const judgeMember = (receiver: ts.Type, symbol: ts.Symbol | undefined, node: ts.Node): void => {
  const [declaration] = builtIns(symbol)
  const declared = declaration && holderOf(declaration)
  if (!symbol || !declared) return judgeGlobal(symbol, node)
  for (const holder of holdersOf(receiver, declared)) {
    const feature = memberOf(holder, symbol.name)
    if (feature) return judge(`${mdnName(holder)}.${symbol.name}`, feature, node)
  }
}

const visit = (node: ts.Node): void => {
  // Types are gone at run time.
  if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return
  if (ts.isPropertyAccessExpression(node)) {
    judgeMember(checker.getTypeAtLocation(node.expression), checker.getSymbolAtLocation(node.name), node.name)
    return visit(node.expression)
  }
  if (ts.isObjectBindingPattern(node)) {
    const type = checker.getTypeAtLocation(node)
    for (const { propertyName, name } of node.elements) judgeMember(type, type.getProperty((propertyName ?? name).getText()), name)
  }
  if (ts.isIdentifier(node)) judgeGlobal(checker.getSymbolAtLocation(node), node)
  ts.forEachChild(node, visit)
}
for (const file of program.getSourceFiles()) if (parsed.fileNames.includes(file.fileName)) visit(file)

const unexpected = [...lacking].filter(([name]) => !(name in askedFirst))
for (const [name, { browsers, places }] of unexpected) console.error(`${name} is not in ${browsers.join(', ')}: ${places.join(', ')}`)
const stale = Object.keys(askedFirst).filter((name) => !lacking.has(name))
for (const name of stale) console.error(`${EXCEPTIONS} excepts ${name}, which nothing needs.`)
console.log(`${features.size} features looked up, ${lacking.size - unexpected.length} used only after asking`)
process.exitCode = unexpected.length + stale.length > 0 ? 1 : 0
