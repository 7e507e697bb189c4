/**
 * `npm run check:reference`: reference and guides build without a warning: every export is documented, every link leads somewhere.
 * With `--site` they are written to docs/site.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  Application,
  type ContainerReflection,
  type Context,
  Converter,
  type ProjectReflection,
  ReferenceReflection,
  ReflectionKind,
  type TranslatedString,
  TSConfigReader,
  TypeDocReader,
} from 'typedoc'
import { entriesOf } from './entries'

const site = process.argv.includes('--site')
/** What each entry is made of, and the name under which it is imported. */
const entries = new Map(entriesOf('.').map(({ source, name }) => [source, name]))
if (existsSync('server/src/index.ts')) entries.set('server/src/index.ts', 'tsunagu-server')
const guides = ['docs/guide/*.md', 'docs/architecture.md', 'docs/protocol.md', 'docs/adapters.md', 'docs/errors.md', 'docs/decisions/*.md']

/** The entries; typedoc makes no module of a single one. */
const modulesOf = (project: ProjectReflection): ContainerReflection[] =>
  project.children?.every(({ kind }) => kind === ReflectionKind.Module) ? project.children : [project]

const app = await Application.bootstrapWithPlugins(
  {
    options: resolve('typedoc.json'),
    entryPoints: [...entries.keys()],
    logLevel: 'Warn',
    ...(existsSync('docs') ? { projectDocuments: guides } : {}),
  },
  [new TypeDocReader(), new TSConfigReader()],
)
// TypeScript reads the braces of `@throws {@link RtcError}` as a type, so such a link is left to typedoc, which looks only in the module the
// comment stands in: whatever another entry exports under that name is meant.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
  for (const module of modulesOf(project)) module.name = entries.get(`${module.name}/index.ts`) ?? module.name
  const exported = new Map(modulesOf(project).flatMap((module) => module.children ?? []).map((child) => [child.name, child]))
  for (const { comment } of Object.values(project.reflections))
    for (const part of comment?.blockTags.flatMap(({ content }) => content) ?? []) {
      if (part.kind !== 'inline-tag' || part.tag !== '@link' || part.target) continue
      const target = exported.get(part.text)
      if (target) part.target = target
    }
})
const project = await app.convert()
if (project) {
  app.validate(project)
  // Every export; members with a plain name may speak for themselves.
  for (const module of modulesOf(project))
    for (const child of module.children ?? [])
      if (!(child instanceof ReferenceReflection) && !child.hasComment() && !child.signatures?.some((signature) => signature.hasComment()))
        app.logger.warn(`${child.name} of ${module.name} has no documentation` as TranslatedString)
  if (site) await app.generateDocs(project, 'docs/site')
}
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
else if (site) console.log('docs/site/index.html')
