import { fileURLToPath } from 'node:url'

/**
 * The layers of docs/architecture.md: a folder imports only from folders with a lower number.
 * Folders of one number do not know each other.
 */
const LAYERS = [
  ['base'],
  ['protocol'],
  ['hub', 'signaling', 'media', 'peer'],
  ['data'],
  ['link'],
  ['session'],
  ['room', 'files', 'audio', 'quality', 'diagnose', 'dom', 'reload'],
]

const TEST = '\\.test\\.ts$'

const layerRules = LAYERS.flatMap((folders, number) =>
  folders.map((folder) => ({
    name: `layer-${number}-${folder}`,
    comment: `src/${folder}/ imports only from layers below ${number}; what is above or beside it wires it.`,
    severity: 'error',
    from: { path: `^src/${folder}/`, pathNot: TEST },
    to: {
      path: '^(src|adapters|server|examples|tests|scripts)/',
      pathNot: [`^src/${folder}/`, ...LAYERS.slice(0, number).flat().map((below) => `^src/${below}/`)],
    },
  })),
)

export default {
  forbidden: [
    ...layerRules,
    {
      name: 'signaling-knows-no-hub-media-peer',
      comment: 'One number, and still worth a name of its own: signaling moves bytes and sessions, never media.',
      severity: 'error',
      from: { path: '^src/(signaling|peer|hub|media)/', pathNot: TEST },
      to: { path: '^src/(signaling|peer|hub|media)/', pathNot: '^src/$1/' },
    },
    {
      name: 'src-knows-no-adapter',
      comment: 'Only the script-tag build carries adapters; whoever bundles picks their own.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/cdn(-in-page)?\\.ts$', '^src/testing/', TEST] },
      to: { path: '^adapters/' },
    },
    {
      name: 'src-knows-no-test-kit',
      comment: 'What is for tests stays out of what ships in the core.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/testing/', TEST] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'top-of-src-is-for-the-top',
      comment: 'client.ts wires the layers; only the entries and the test kit look up to it.',
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: ['^src/[^/]+\\.ts$', '^src/testing/', TEST] },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'adapter-imports-the-port-alone',
      comment: 'An adapter needs the port and its errors, so that anybody can write one outside of this repository.',
      severity: 'error',
      from: { path: '^adapters/([^/]+)/', pathNot: [TEST, '^adapters/(memory|broadcast-channel)/'] },
      to: {
        path: '^(src|adapters|server|examples|tests|scripts)/',
        // adapters/http is what sse and long-polling have in common.
        pathNot: ['^adapters/($1|http)/', '^src/signaling/transport\\.ts$', '^src/base/errors\\.ts$'],
      },
    },
    {
      name: 'in-page-adapter-runs-the-hub-too',
      comment: 'memory and broadcast-channel carry the hub into the page.',
      severity: 'error',
      from: { path: '^adapters/(memory|broadcast-channel)/', pathNot: TEST },
      to: {
        path: '^(src|adapters|server|examples|tests|scripts)/',
        pathNot: [
          '^adapters/$1/',
          '^src/signaling/transport\\.ts$',
          '^src/base/errors\\.ts$',
          '^src/hub/',
        ],
      },
    },
    {
      name: 'server-uses-the-package',
      comment: 'The server is a package of its own and takes `tsunagu` as everybody does.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: TEST },
      to: { path: '^(src|adapters|examples|tests|scripts)/' },
    },
    {
      name: 'only-known-dependencies',
      comment: 'What ships may need eventemitter3 and nothing else (eventsource-parser is bundled); an adapter its optional peer dependency; the server ws and pino beside it.',
      severity: 'error',
      from: { path: '^(src|adapters)/', pathNot: TEST },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown', 'core'], pathNot: 'node_modules/(eventemitter3|eventsource-parser|socket\\.io-client)/' },
    },
    {
      name: 'no-cycle',
      comment: 'A cycle, also of types alone, is two ideas that are really one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'Every import leads somewhere.',
      from: {},
      to: { couldNotResolve: true, pathNot: ['^tsunagu', '\\.css$'] },
    },
    {
      name: 'no-drawers',
      comment: 'A file owns one idea and is named for it.',
      severity: 'error',
      from: {},
      to: { path: '/(util|utils|helper|helpers|types|manager|common|misc)(\\.ts$|/)', pathNot: ['node_modules', '^dist/'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    // Type-only imports count: a cycle of types is a cycle of ideas.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: fileURLToPath(new URL('tsconfig.base.json', import.meta.url)) },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'], extensions: ['.ts', '.d.ts', '.js', '.mjs'] },
  },
}
