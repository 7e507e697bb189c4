import { isRtcError } from '../base/errors'
import { PROTOCOL_VERSION, MAX_FRAME_BYTES, MAX_HELD_BYTES, MAX_HELD_FRAMES } from '../protocol/limits'
import type { GoneReason, Hello, Resume } from '../protocol/messages'
import type { HubConfig } from './config'
import { faultOf } from './fault'
import { type Gate, isMissing, type Reception, type Refusal } from './gate'
import { readIdentity } from './identity'
import { sameHash } from './key'
import { networkOf } from './network'
import { personOf } from './person'
import type { ClientContext, Identity } from './options'
import { Session, type SessionEnd, type SessionOwner } from './session'

const UNSUPPORTED: Refusal = { code: 'signaling/protocol-unsupported', retry: 'never' }
const UNAUTHORIZED: Refusal = { code: 'signaling/unauthorized', retry: 'never' }
const NO_IDENTITY: Refusal = { ...UNAUTHORIZED, text: 'The server could not tell who this is.' }
const AUTH_DOWN: Refusal = { code: 'signaling/unreachable', retry: 'yes' }
const FULL: Refusal = { code: 'signaling/server-full', retry: 'yes' }
const TOO_MANY: Refusal = { code: 'signaling/limit-exceeded', retry: 'yes' }

/** A session with what proves that a client may go on with it. */
interface Entry {
  readonly session: Session
  readonly instance: string
  readonly guest: boolean
  /** Where it was opened from; counted with others of there. */
  readonly network: string | undefined
}

/** Every session there is: opens them, hands them to new links of the same client, and forgets them. */
export class Registry implements Reception {
  readonly #config: HubConfig
  readonly #owner: SessionOwner
  readonly #entries = new Map<string, Entry>()
  readonly #users = new Map<string, Set<Session>>()
  /** How many sessions were opened from each network. */
  readonly #networks = new Map<string, number>()
  /** Sessions that ended in a way that their client should hear about, until the grace is over. */
  readonly #tombs = new Map<string, () => void>()
  readonly #gates = new Set<Gate>()

  constructor(config: HubConfig, owner: SessionOwner) {
    this.#config = config
    this.#owner = {
      ...owner,
      over: (session, why) => {
        this.#forget(session, why)
        owner.over(session, why)
      },
    }
  }

  get links(): number {
    return this.#gates.size
  }

  get sessions(): number {
    return this.#entries.size
  }

  get users(): ReadonlyMap<string, ReadonlySet<Session>> {
    return this.#users
  }

  /** Every session of a user. */
  of(user: string): readonly Session[] {
    return [...(this.#users.get(user) ?? [])]
  }

  add(gate: Gate): void {
    this.#gates.add(gate)
  }

  closed(gate: Gate): void {
    this.#gates.delete(gate)
  }

  async open(hello: Hello, gate: Gate): Promise<void> {
    if (hello.v !== PROTOCOL_VERSION) return gate.refuse(UNSUPPORTED)
    const identity = await this.#identify(hello.token, hello.instance, gate)
    if (!identity || !gate.open) return
    const { runtime, limits, store, hash, graceMs, pingMs } = this.#config
    // 256 bits: each id carries 128.
    const key = runtime.randomId() + runtime.randomId()
    const id = runtime.randomId()
    const keyHash = await hash(key)
    // Counted without another wait before the session is on the list, so that no two can slip in together.
    if (this.#entries.size >= limits.sessions) return gate.refuse(FULL)
    const network = gate.remote === undefined ? undefined : networkOf(gate.remote)
    if (!this.#fits(network) || !this.#makeRoom(identity.id)) return gate.refuse(TOO_MANY)
    const session = new Session(id, identity, this.#config, this.#owner)
    this.#entries.set(id, { session, instance: hello.instance, guest: hello.token === undefined, network })
    this.#count(network, 1)
    const sessions = this.#users.get(identity.id) ?? new Set()
    this.#users.set(identity.id, sessions.add(session))
    try {
      await store.add({ session: id, user: identity.id, keyHash, epoch: 1 })
    } catch (error) {
      session.end('bye')
      throw error
    }
    if (session.state === 'over') {
      // Taken off the list meanwhile, to make room for another one, and off the record before it was on it.
      this.#erase(id)
      return gate.open ? gate.refuse(AUTH_DOWN) : undefined
    }
    if (!gate.open) return session.end('bye')
    gate.attached(session)
    session.attach(gate, {
      type: 'welcome',
      session: id,
      key,
      epoch: 1,
      graceMs,
      self: personOf(identity),
      limits: { frameBytes: MAX_FRAME_BYTES, heldFrames: MAX_HELD_FRAMES, heldBytes: MAX_HELD_BYTES, pingMs },
    })
  }

  async resume(resume: Resume, gate: Gate): Promise<void> {
    if (resume.v !== PROTOCOL_VERSION) return gate.refuse(UNSUPPORTED)
    const { store, hash, counters } = this.#config
    const [record, keyHash] = await Promise.all([store.find(resume.session), hash(resume.key)])
    const entry = this.#entries.get(resume.session)
    // The same answer in the same words, so that nobody learns which sessions there are.
    const gone = (reason: GoneReason = 'unknown'): void => gate.gone(reason)
    if (!record || !entry) return gone(this.#tombs.has(resume.session) ? 'overflow' : 'unknown')
    if (!sameHash(record.keyHash, keyHash)) {
      counters.forged++
      return gone()
    }
    const { session } = entry
    let { identity } = session
    // A guest has no token to show again: the key is proof enough.
    if (!entry.guest || resume.token !== undefined) {
      const shown = await this.#identify(resume.token, entry.instance, gate)
      if (!shown) return
      if (shown.id !== record.user) {
        counters.forged++
        return gone()
      }
      identity = shown
    }
    // Two links at once: only one of them raises the epoch, the other one has to come again.
    if (!(await store.attach(record.session, record.epoch))) return gate.refuse(AUTH_DOWN)
    if (!gate.open) return
    if (session.state === 'over') return gone()
    if (!session.acknowledged(resume.received)) {
      session.end('expired')
      return gone('replay')
    }
    // Rights that were taken away or given since the session began count from here on.
    session.identity = identity
    gate.attached(session)
    session.attach(gate, { type: 'resumed', received: session.received, epoch: record.epoch + 1 })
  }

  /** Closes every link; the clients may come back to whoever runs then. */
  close(): void {
    for (const gate of [...this.#gates]) gate.end()
    for (const { session } of [...this.#entries.values()]) session.end('expired')
    for (const forget of this.#tombs.values()) forget()
    this.#tombs.clear()
  }

  async #identify(token: string | undefined, instance: string, gate: Gate): Promise<Identity | undefined> {
    const { authenticate, counters, logger } = this.#config
    let refusal = UNAUTHORIZED
    const context: ClientContext = gate.remote === undefined ? { instance } : { instance, remote: gate.remote }
    try {
      const identity = readIdentity(await authenticate(token, context))
      if (typeof identity !== 'string') return identity
      logger.error(identity)
      refusal = NO_IDENTITY
    } catch (error) {
      // Not the token's fault: the link's gate tells.
      if (isMissing(error)) throw error
      logger.warn('`authenticate` failed.', faultOf(error, token))
      if (isRtcError(error)) {
        if (error.code === 'signaling/unreachable') {
          gate.refuse(AUTH_DOWN)
          return undefined
        }
        // Written for the client, unlike what other errors say.
        refusal = { ...UNAUTHORIZED, text: error.message }
      }
    }
    counters.unauthorized++
    gate.refuse(refusal)
    return undefined
  }

  /** One more session of a user takes the place of one that lost its link, for a reloaded page leaves such behind. */
  #makeRoom(user: string): boolean {
    const sessions = this.of(user)
    if (sessions.length < this.#config.limits.sessionsPerUser) return true
    const idle = sessions.find(({ state }) => state === 'lost')
    idle?.end('evicted')
    return idle !== undefined
  }

  #fits(network: string | undefined): boolean {
    return network === undefined || (this.#networks.get(network) ?? 0) < this.#config.limits.sessionsPerAddress
  }

  #count(network: string | undefined, change: 1 | -1): void {
    if (network === undefined) return
    const count = (this.#networks.get(network) ?? 0) + change
    if (count) this.#networks.set(network, count)
    else this.#networks.delete(network)
  }

  #erase(session: string): void {
    const { store, logger } = this.#config
    store.remove(session).catch((error: unknown) => {
      logger.error('A session could not be removed from the store.', { session, ...faultOf(error) })
    })
  }

  #forget(session: Session, why: SessionEnd): void {
    const { runtime, graceMs } = this.#config
    this.#count(this.#entries.get(session.id)?.network, -1)
    this.#entries.delete(session.id)
    const sessions = this.#users.get(session.identity.id)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#users.delete(session.identity.id)
    this.#erase(session.id)
    if (why !== 'overflow') return
    this.#tombs.set(session.id, runtime.after(graceMs, () => this.#tombs.delete(session.id)))
  }
}
