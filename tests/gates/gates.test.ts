import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { run } from '../../scripts/tasks'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { scripts: Record<string, string> }

interface Fixture {
  readonly gate: string
  /** A small project below this folder that breaks the gate's rules. */
  readonly folder: string
  /** What the gate must say of it. */
  readonly says: readonly (string | RegExp)[]
}

const FIXTURES: readonly Fixture[] = [
  {
    gate: 'check:lint',
    folder: 'lint',
    says: [
      /clock\.ts\n.*Unexpected use of 'Date'/,
      /index\.ts\n.*An index re-exports and defines nothing/,
      'too many lines (301)',
      'Every test runs, always',
      'Use `import type`',
      'Named exports only',
      'Unexpected any',
      'Forbidden non-null assertion',
      'Promises must be awaited',
      "Unexpected use of 'setTimeout'",
      "'Math.random' is restricted",
      "Unexpected use of 'setInterval'",
      "Unexpected use of 'RTCPeerConnection'",
      "Unexpected use of 'navigator'",
      'Unexpected console statement',
    ],
  },
  {
    gate: 'check:types',
    folder: 'types',
    says: ["wrong.ts(1,59): error TS2322: Type 'string | undefined'", "Cannot find name 'process'", /catalogue\.ts.*missing the following properties/],
  },
  {
    gate: 'check:layers',
    folder: 'layers',
    says: [
      'layer-0-base: src/base/low.ts → src/protocol/up.ts',
      'layer-2-peer: src/peer/a.ts → src/signaling/own.ts',
      'signaling-knows-no-hub-media-peer: src/peer/a.ts → src/signaling/own.ts',
      'no-cycle: src/peer/a.ts',
      'src-knows-no-adapter: src/signaling/own.ts → adapters/websocket/socket.ts',
      'src-knows-no-test-kit: src/hub/hub.ts → src/testing/fake.ts',
      'top-of-src-is-for-the-top: src/link/link.ts → src/client.ts',
      'adapter-imports-the-port-alone: adapters/websocket/socket.ts → src/protocol/up.ts',
      'in-page-adapter-runs-the-hub-too: adapters/memory/memory.ts → src/link/link.ts',
      'server-uses-the-package: server/src/server.ts → src/client.ts',
      'only-known-dependencies: src/link/link.ts',
      'resolvable: src/link/link.ts → ./gone',
      'no-drawers: src/link/link.ts → src/link/helpers.ts',
    ],
  },
  { gate: 'check:build', folder: 'build/missing', says: ['Could not resolve "./one"'] },
  { gate: 'check:build', folder: 'build/node', says: ['The package "os" wasn\'t found on the file system but is built into node'] },
  { gate: 'check:publint', folder: 'publint', says: ['types should be the first in the object'] },
  { gate: 'check:attw', folder: 'attw', says: ['Internal resolution error'] },
  { gate: 'check:size', folder: 'size', says: [/Peer \(tsunagu\/peer\): \d+ bytes are \d+ more than its limit of 5000/] },
  {
    gate: 'check:api',
    folder: 'api',
    says: ['speaks of "Hidden", which no entry exports', 'tsunagu.api.md is out of date', '-export const gone', '+export const added'],
  },
  {
    gate: 'check:reference',
    folder: 'reference',
    says: ['Hidden, defined in', 'undocumented of Tsunagu has no documentation', 'Failed to resolve link to "Nowhere"'],
  },
  {
    gate: 'check:examples',
    folder: 'examples',
    says: ["README.md:6 Type 'number' is not assignable", "src/documented.ts:6 Cannot find module 'tsunagu/nowhere'", 'not checked: README.md:10'],
  },
  {
    gate: 'check:compat',
    folder: 'compat',
    says: [
      /AbortSignal\.any is not in safari 17.*new\.ts:1/,
      'RTCRtpReceiver.jitterBufferTarget is not in safari 17',
      'RTCRtpScriptTransform is not in chrome 117',
      'Navigator.userActivation is not in firefox 118',
      'excepts Navigator.vibrate, which nothing needs',
    ],
  },
  { gate: 'check:errors', folder: 'errors', says: ['docs/errors.md is out of date'] },
]

/** The very command of package.json, with its own files found from the fixture's folder. */
const commandOf = (gate: string): string =>
  (scripts[gate] ?? 'false').replaceAll(/(?<= )(scripts\/\S+|\.dependency-cruiser\.mjs)/g, `${ROOT}$1`)

it.concurrent.for(FIXTURES)('$gate fails on tests/gates/$folder, for the right reason', async ({ gate, folder, says }, { expect }) => {
  const { ok, output } = await run({
    name: gate,
    command: ['bash', '-c', commandOf(gate)],
    folder: fileURLToPath(new URL(folder, import.meta.url)),
  })
  expect(ok).toBe(false)
  for (const words of says) expect(output).toMatch(words)
})

it('has a fixture for every gate', () => {
  const gates = Object.keys(scripts).filter((name) => name.startsWith('check:'))
  expect(gates.filter((gate) => !FIXTURES.some((fixture) => fixture.gate === gate))).toEqual([])
})
