import { Hub, type AuditEntry, type HubOptions } from '../hub'
import { FakeRuntime } from './fake-runtime'
import { RawClient } from './raw-client'

/** Hashes in one step, so that only the clock of the test takes time: FNV-1a, four times with another start. */
const quickHash = (text: string): string =>
  [1, 2, 3, 4]
    .map((seed) => {
      let hash = 0x811c9dc5 ^ seed
      for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
      return hash.toString(16).padStart(8, '0')
    })
    .join('')

/** A hub on a clock that the test moves, in which the token is the id. */
export const hubWorld = (options: HubOptions = {}) => {
  const runtime = new FakeRuntime()
  const audit: AuditEntry[] = []
  const problems: string[] = []
  const note = (message: string): void => void problems.push(message)
  const hub = new Hub({
    runtime,
    logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
    authenticate: (token) => {
      if (!token || token === 'bad') throw new Error('who?')
      return { id: token.split('/')[0] ?? '', name: token.toUpperCase() }
    },
    audit: (entry) => audit.push(entry),
    hash: quickHash,
    ...options,
  })
  const link = (remote?: string) => new RawClient(hub, remote)
  /** A client that is in; `alice/phone` is another device of alice. */
  const join = async (token: string): Promise<RawClient> => {
    const client = link()
    client.hello(token)
    await runtime.settle()
    client.last('welcome')
    return client
  }
  /** A second link for the session of a client. */
  const resume = async (client: RawClient, more: object = {}): Promise<RawClient> => {
    const { session, key, self } = client.last('welcome') as unknown as { session: string; key: string; self: { id: string } }
    const next = link()
    next.say({ type: 'resume', v: 1, session, key, token: self.id, received: 0, ...more })
    await runtime.settle()
    return next
  }
  return { runtime, hub, audit, problems, link, join, resume }
}
