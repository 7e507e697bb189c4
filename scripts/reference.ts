/**
 * `npm run check:reference`: the reference builds without a warning: everything public is documented, every link leads somewhere.
 * With `--site` it is written to docs/site together with the guides.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Application, type Context, Converter, TSConfigReader, TypeDocReader } from 'typedoc'
import { entriesOf } from './entries'

const site = process.argv.includes('--site')
const sources = entriesOf('.').map(({ source }) => source)
const server = existsSync('server/src/index.ts') ? ['server/src/index.ts'] : []
const guides = ['docs/guide/*.md', 'docs/architecture.md', 'docs/protocol.md', 'docs/adapters.md', 'docs/errors.md', 'docs/decisions/*.md']

const app = await Application.bootstrapWithPlugins(
  {
    options: resolve('typedoc.json'),
    entryPoints: [...sources, ...server],
    logLevel: 'Warn',
    ...(site ? { projectDocuments: guides } : {}),
  },
  [new TypeDocReader(), new TSConfigReader()],
)
// TypeScript reads the braces of `@throws {@link RtcError}` as a type, so such a link is left to typedoc, which looks only in the module the
// comment stands in: whatever another entry exports under that name is meant.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
  const exported = new Map(project.children?.flatMap((module) => module.children ?? []).map((child) => [child.name, child]))
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
  if (site) await app.generateDocs(project, 'docs/site')
}
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1
else if (site) console.log('docs/site/index.html')
