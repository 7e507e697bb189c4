import { isAddress } from '../protocol/decode'
import type { ClientMessage, SendMessage, Watch } from '../protocol/messages'
import { Calls } from './calls'
import { Claims } from './claims'
import { resolveHub, type HubConfig } from './config'
import { Directory } from './directory'
import { Gate } from './gate'
import type {
  HubCounters, HubLink, HubLinkSink, HubOptions, HubStats, OnlinePerson, RefusalCode,
} from './options'
import { type Answer, Parts } from './parts'
import { personOf } from './person'
import { Presence } from './presence'
import { Registry } from './registry'
import type { Session } from './session'

/** So many updates of presence that a `watch` brings count as one frame of who asks. */
const UPDATES_PER_FRAME = 100

/**
 * The core of a signaling server as a pure module: sessions, calls, messages and presence, but no sockets.
 *
 * Doors hand it links: `tsunagu-server` those of websockets, the `memory` and `broadcastChannel` adapters those of a page.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { memory } from 'tsunagu/adapters/memory'
 * import { Hub } from 'tsunagu/hub'
 * const hub = new Hub({ authenticate: (token) => ({ id: token ?? 'nobody' }) })
 * const client = new Client({ signaling: memory(hub), token: 'alice' })
 * ```
 */
export class Hub {
  readonly #config: HubConfig
  readonly #registry: Registry
  readonly #directory: Directory
  readonly #calls: Calls
  readonly #claims: Claims
  readonly #parts: Parts
  readonly #presence: Presence
  #closed = false

  constructor(options: HubOptions = {}) {
    this.#config = resolveHub(options)
    this.#registry = new Registry(this.#config, {
      handle: (session, message, overdrawn) => this.#handle(session, message, overdrawn),
      failed: (session, message) => this.#failed(session, message),
      linkChanged: (session) => {
        this.#presence.refresh(session.identity.id)
        this.#calls.linkChanged(session)
      },
      moved: (from, to) => {
        this.#parts.move(from, to)
        return this.#calls.move(from, to)
      },
      over: (session, why) => {
        this.#calls.leave(session, why)
        this.#claims.leave(session, why)
        this.#parts.leave(session)
        this.#presence.leave(session)
      },
    })
    this.#directory = new Directory(this.#config)
    this.#calls = new Calls(this.#config, this.#registry, this.#directory)
    this.#claims = new Claims(this.#config, this.#directory, this.#calls)
    this.#parts = new Parts(this.#config, this.#registry, this.#directory)
    this.#presence = new Presence(this.#config, this.#registry)
  }

  /** What went wrong on the wire so far. */
  get counters(): HubCounters {
    return this.#config.counters
  }

  /** How much there is of everything right now. */
  stats(): HubStats {
    const { links, sessions, users } = this.#registry
    return { links, sessions, users: users.size, calls: this.#calls.size, watchedIds: this.#presence.watchedIds }
  }

  /** Everybody who is online, away or busy. */
  people(): readonly OnlinePerson[] {
    return this.#presence.people
  }

  /** A door hands over each link it has accepted; the hub says what to send and when to close. */
  connect(link: HubLink): HubLinkSink {
    const gate = new Gate(link, this.#config, this.#registry)
    this.#registry.add(gate)
    if (this.#closed) gate.end()
    return { frame: (text) => gate.frame(text), closed: () => gate.closed() }
  }

  /**
   * Asks every client to go to another server within so many milliseconds, and lets nobody in any more. What is under way goes on
   * until {@link Hub.close}.
   */
  drain(withinMs: number): void {
    this.#registry.drain(withinMs)
  }

  /** Closes every link and forgets every session. Idempotent. */
  close(): void {
    this.#closed = true
    this.#registry.close()
    this.#claims.close()
    this.#presence.close()
  }

  #handle(session: Session, message: ClientMessage, overdrawn: boolean): void | Promise<void> {
    const answer = (id: number, code?: RefusalCode): void => void session.push({ type: 'result', id, code })
    switch (message.type) {
      case 'message':
        return overdrawn ? answer(message.id, 'signaling/rate-limited') : this.#deliver(session, message, answer)
      case 'watch':
        return overdrawn ? answer(message.id, 'signaling/rate-limited') : this.#watch(session, message, answer)
      case 'part':
        return this.#parts.handle(session, message, overdrawn, answer)
      case 'sync':
        return this.#claims.sync(session, message, overdrawn)
      case 'presence':
        if (overdrawn) return answer(message.id, 'signaling/rate-limited')
        session.status = message.status
        this.#presence.refresh(session.identity.id)
        return answer(message.id)
      default:
        if (message.type === 'end' && this.#claims.end(session, message)) return
        return this.#calls.handle(session, message, overdrawn)
    }
  }

  /** It is ours that something threw, not theirs. */
  #failed(session: Session, message: ClientMessage): void {
    if (message.type === 'invite') this.#calls.fail(session, message.call)
    else if ('id' in message) session.push({ type: 'result', id: message.id, code: 'signaling/unreachable' })
  }

  async #deliver(session: Session, { id, to, data }: SendMessage, answer: Answer): Promise<void> {
    const { allowed, forbidden } = await this.#directory.find(session.identity, 'message', to)
    if (session.state === 'over') return
    const from = personOf(session.identity)
    const taken = allowed
      .flatMap((user) => this.#registry.of(user))
      .map((device) => device.offer({ type: 'message', from, data }))
    const { counters } = this.#config
    if (taken.includes('taken')) answer(id)
    else if (taken.includes('too-large')) {
      counters.tooLarge++
      answer(id, 'signaling/too-large')
    } else if (taken.length) {
      counters.rateLimited++
      answer(id, 'signaling/rate-limited')
    } else answer(id, forbidden ? 'signaling/forbidden' : 'signaling/recipient-offline')
  }

  async #watch(session: Session, { id, ids }: Watch, answer: Answer): Promise<void> {
    const valid = ids.filter(isAddress)
    const different = new Set(valid)
    const wanted = [...different].slice(0, this.#config.limits.watchedIds)
    // A roster is large, and a frame that asks for it is small.
    if (!session.meter.pay(this.#presence.costOf(session, wanted) / UPDATES_PER_FRAME)) return answer(id, 'signaling/rate-limited')
    const allowed = new Set<string>()
    for (const one of wanted)
      // Somebody already watched was allowed before; asking again would fill the audit log with repetitions.
      if (session.watched.has(one) || (await this.#directory.allows(session.identity, 'watch', one))) allowed.add(one)
    if (session.state === 'over') return
    this.#presence.watch(session, allowed)
    // Those that can be watched are, whatever is wrong with the others.
    if (wanted.length < different.size) answer(id, 'signaling/limit-exceeded')
    else if (valid.length < ids.length) answer(id, 'signaling/invalid-message')
    else answer(id, allowed.size < wanted.length ? 'signaling/forbidden' : undefined)
  }
}
