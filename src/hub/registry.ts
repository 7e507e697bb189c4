import { PROTOCOL_VERSION, MAX_FRAME_BYTES, MAX_HELD_BYTES, MAX_HELD_FRAMES, MAX_PART_BYTES } from '../protocol/limits'
import type { Hello, Reclaim, ReclaimedCall, Resume, Welcome } from '../protocol/messages'
import type { HubConfig } from './config'
import type { Claimed, Entry, Heir } from './entry'
import { faultOf } from './fault'
import { DOWN, type Gate, type Reception, type Refusal } from './gate'
import { identify } from './identify'
import { sameHash } from './key'
import { Networks } from './networks'
import { personOf } from './person'
import { Session, type SessionEnd, type SessionOwner } from './session'

const UNSUPPORTED: Refusal = { code: 'signaling/protocol-unsupported', retry: 'never' }
const FULL: Refusal = { code: 'signaling/server-full', retry: 'yes' }
const TOO_MANY: Refusal = { code: 'signaling/limit-exceeded', retry: 'yes' }
const LIMITS = { frameBytes: MAX_FRAME_BYTES, heldFrames: MAX_HELD_FRAMES, heldBytes: MAX_HELD_BYTES, partBytes: MAX_PART_BYTES }

/** Where the registry reports to. */
export interface RegistryOwner extends SessionOwner<Session> {
  /** A page was loaded again: what was the old session's is the new one's. Says which accepted calls there are. */
  moved(from: Session, to: Session): readonly ReclaimedCall[]
}

/** Every session there is: opens them, hands them to new links of the same client, and forgets them. */
export class Registry implements Reception {
  readonly #config: HubConfig
  readonly #owner: RegistryOwner
  readonly #entries = new Map<string, Entry>()
  readonly #users = new Map<string, Set<Session>>()
  readonly #networks: Networks
  /** Sessions that ended in a way that their client should hear about, until the grace is over. */
  readonly #tombs = new Map<string, () => void>()
  /** By the sessions that are no more. */
  readonly #heirs = new Map<string, Heir>()
  readonly #gates = new Set<Gate>()
  /** Set once nobody is let in any more. */
  #drainingMs: number | undefined

  constructor(config: HubConfig, owner: RegistryOwner) {
    this.#config = config
    this.#networks = new Networks(config.limits.sessionsPerAddress)
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
    if (!this.#admits(hello, gate)) return
    const identity = await identify(this.#config, hello.token, hello.instance, gate)
    if (!identity || !gate.open || this.#drains(gate)) return
    const fresh = await this.#fresh()
    // Counted without another wait before the session is on the list, so that no two can slip in together.
    if (this.#entries.size >= this.#config.limits.sessions) return gate.refuse(FULL)
    if (!this.#networks.fits(gate.remote) || !this.#makeRoom(identity.id)) return gate.refuse(TOO_MANY)
    const session = new Session(fresh.id, identity, this.#config, this.#owner)
    this.#list(session)
    if (!(await this.#enter(session, hello, hello.token === undefined, fresh.keyHash, gate))) return
    gate.attached(session)
    session.attach(gate, { type: 'welcome', ...this.#greeting(session, fresh.key) })
  }

  async resume(resume: Resume, gate: Gate): Promise<void> {
    const claimed = await this.#claimed(resume, gate)
    if (!claimed) return
    const { session, identity, epoch } = claimed
    if (!session.acknowledged(resume.received)) {
      session.end('expired')
      return gate.gone('replay')
    }
    // Rights that were taken away or given since the session began count from here on.
    session.identity = identity
    session.heard = true
    gate.attached(session)
    session.attach(gate, { type: 'resumed', received: session.received, epoch })
  }

  async reclaim(reclaim: Reclaim, gate: Gate): Promise<void> {
    const claimed = await this.#claimed(reclaim, gate)
    if (!claimed) return
    const { session: old, entry: before, identity, keyHash, attempts } = claimed
    const fresh = await this.#fresh()
    // It takes the place of another one, so there is room, if not always at this address; but only one at a time may do so.
    if (before.moving || (gate.remote !== before.remote && !this.#networks.fits(gate.remote))) return gate.refuse(TOO_MANY)
    const session = new Session(fresh.id, identity, this.#config, this.#owner, old.meter)
    before.moving = true
    try {
      const guest = before.guest && reclaim.token === undefined
      if (!(await this.#enter(session, reclaim, guest, fresh.keyHash, gate))) return
    } finally {
      before.moving = false
    }
    if (old.state === 'over') return session.end('bye'), gate.gone('unknown')
    // Not before: what others say until now is for the old one, and inherited with the rest.
    this.#list(session)
    session.inherit(old)
    const calls = this.#owner.moved(old, session)
    const entry = this.#entries.get(session.id)
    if (entry && reclaim.attempt !== undefined) {
      entry.heirOf = reclaim.session
      this.#heirs.set(reclaim.session, { session, keyHash, attempts })
    }
    old.end('reclaimed')
    gate.attached(session)
    session.attach(gate, { type: 'reclaimed', ...this.#greeting(session, fresh.key), calls })
  }

  /** Asks every client to go elsewhere within a time, and lets nobody in any more. */
  drain(withinMs: number): void {
    this.#drainingMs = withinMs
    for (const gate of this.#gates) gate.drain(withinMs)
  }

  /** Closes every link; the clients may come back to whoever runs then. */
  close(): void {
    for (const gate of [...this.#gates]) gate.end()
    for (const { session } of [...this.#entries.values()]) session.end('expired')
    for (const forget of this.#tombs.values()) forget()
    this.#tombs.clear()
  }

  /** Whether this link may be let in at all. */
  #admits({ v }: { readonly v: number }, gate: Gate): boolean {
    if (v === PROTOCOL_VERSION) return !this.#drains(gate)
    gate.refuse(UNSUPPORTED)
    return false
  }

  /** Turns a link away where nobody is let in any more; asked again after each wait. */
  #drains(gate: Gate): boolean {
    if (this.#drainingMs === undefined) return false
    if (gate.open) gate.refuse({ ...DOWN, retryWithinMs: this.#drainingMs })
    return true
  }

  /** The session that a link proves to be its own, which no other link can do at the same time; `undefined` where it was told that there is none. */
  async #claimed(claim: Resume | Reclaim, gate: Gate): Promise<Claimed | undefined> {
    if (!this.#admits(claim, gate)) return undefined
    const { store, hash, counters } = this.#config
    // Its page may not have heard of it: until it says something, the old key leads to it, too.
    const heir = claim.type === 'reclaim' ? this.#heirs.get(claim.session) : undefined
    const id = heir?.session.id ?? claim.session
    const [record, keyHash] = await Promise.all([store.find(id), hash(claim.key)])
    const entry = this.#entries.get(id)
    // The same answer in the same words, so that nobody learns which sessions there are.
    const gone = (forged = 0): undefined => {
      counters.forged += forged
      gate.gone(!entry && this.#tombs.has(claim.session) ? 'overflow' : 'unknown')
    }
    if (!record || !entry) return gone()
    if (!sameHash(heir?.keyHash ?? record.keyHash, keyHash)) return gone(1)
    const { session } = entry
    let { identity } = session
    // A guest has no token to show again: the key is proof enough.
    if (!entry.guest || claim.token !== undefined) {
      const shown = await identify(this.#config, claim.token, entry.instance, gate)
      if (!shown) return undefined
      if (shown.id !== record.user) return gone(1)
      identity = shown
    }
    if (heir && (session.heard || !('instance' in claim) || claim.instance !== entry.instance)) return gone()
    const { attempts } = heir ?? entry
    const { type, attempt = attempts[type] } = claim
    // Given up long ago and delivered late, by a proxy for example: its client has a link that works by now.
    if (attempt < attempts[type]) return void gate.refuse(DOWN)
    attempts[type] = attempt
    // Two links at once: only one of them raises the epoch, the other one has to come again.
    if (!(await store.attach(record.session, record.epoch))) return void gate.refuse(DOWN)
    if (!gate.open || this.#drains(gate)) return undefined
    if (session.state === 'over') return gone()
    return { session, entry, identity, keyHash, attempts, epoch: record.epoch + 1 }
  }

  /** The id and key of a new session. */
  async #fresh(): Promise<{ readonly id: string; readonly key: string; readonly keyHash: string }> {
    const { runtime, hash } = this.#config
    // 256 bits: each id carries 128.
    const key = runtime.randomId() + runtime.randomId()
    return { id: runtime.randomId(), key, keyHash: await hash(key) }
  }

  /** From now on others find it. */
  #list(session: Session): void {
    const { id } = session.identity
    this.#users.set(id, (this.#users.get(id) ?? new Set()).add(session))
  }

  /** Counts a session and puts it on record. False where it was over by then, or its link. */
  async #enter(session: Session, { instance, parts = false }: Hello | Reclaim, guest: boolean, keyHash: string, gate: Gate): Promise<boolean> {
    const { id, identity } = session
    const { remote } = gate
    session.takesParts = parts
    this.#entries.set(id, { session, instance, guest, remote, uncount: this.#networks.add(remote), moving: false, heirOf: undefined, attempts: { resume: 0, reclaim: 0 } })
    try {
      await this.#config.store.add({ session: id, user: identity.id, keyHash, epoch: 1 })
    } catch (error) {
      session.end('bye')
      throw error
    }
    if (session.state === 'over') {
      // Taken off the list meanwhile, to make room for another one, and off the record before it was on it.
      this.#erase(id)
      if (gate.open) gate.refuse(DOWN)
      return false
    }
    if (gate.open && !this.#drains(gate)) return true
    session.end('bye')
    return false
  }

  #greeting({ id: session, identity }: Session, key: string): Omit<Welcome, 'type'> {
    const { graceMs, pingMs } = this.#config
    return {
      session,
      key,
      epoch: 1,
      graceMs,
      self: personOf(identity),
      limits: { ...LIMITS, pingMs },
    }
  }

  /** One more session of a user takes the place of one that lost its link, for a reloaded page leaves such behind. */
  #makeRoom(user: string): boolean {
    const sessions = this.of(user)
    if (sessions.length < this.#config.limits.sessionsPerUser) return true
    const idle = sessions.find(({ state }) => state === 'lost')
    idle?.end('evicted')
    return idle !== undefined
  }

  #erase(session: string): void {
    const { store, logger } = this.#config
    store.remove(session).catch((error: unknown) => {
      logger.error('A session could not be removed from the store.', { session, ...faultOf(error) })
    })
  }

  #forget(session: Session, why: SessionEnd): void {
    const { runtime, graceMs } = this.#config
    const { uncount, heirOf = '' } = this.#entries.get(session.id) ?? {}
    uncount?.()
    this.#entries.delete(session.id)
    if (this.#heirs.get(heirOf)?.session === session) this.#heirs.delete(heirOf)
    const sessions = this.#users.get(session.identity.id)
    sessions?.delete(session)
    if (sessions?.size === 0) this.#users.delete(session.identity.id)
    this.#erase(session.id)
    if (why !== 'overflow') return
    this.#tombs.set(session.id, runtime.after(graceMs, () => this.#tombs.delete(session.id)))
  }
}
