import { isRecord } from '../base/record'
import { isCallId, isClaim } from '../protocol/client-frames'
import type { CallClaim, End, Sync } from '../protocol/messages'
import type { Calls } from './calls'
import { placeOf } from './hub-call'
import type { HubConfig } from './config'
import type { Directory } from './directory'
import type { Session, SessionEnd } from './session'

/** So many calls that one side has ended, and the other not yet claimed, are remembered. */
const MAX_ENDED = 10_000

/** One side of a call says that it still has it. */
interface Pending {
  readonly claim: CallClaim
  readonly user: string
  /** Not kept once the call is ended: of who is gone nothing but the reason is left. */
  session: Session | undefined
  ended: Pick<End, 'code' | 'text'> | undefined
  stop: () => void
}

/** Who has claimed one call with one key so far. */
type Claimants = Partial<Record<CallClaim['role'], Pending>>

/** Brings calls back that the server has lost: each goes on when both of its sides claim it, with the same key and each naming the other. */
export class Claims {
  readonly #config: HubConfig
  readonly #directory: Directory
  readonly #calls: Calls
  readonly #places = new Map<string, Claimants>()
  readonly #of = new Map<Session, Map<string, Pending>>()
  /** In the order of their ends. */
  readonly #ended = new Set<Pending>()

  constructor(config: HubConfig, directory: Directory, calls: Calls) {
    this.#config = config
    this.#directory = directory
    this.#calls = calls
  }

  /** How many calls are claimed by one side so far. */
  get size(): number {
    return this.#places.size
  }

  async sync(session: Session, { calls }: Sync, overdrawn: boolean): Promise<void> {
    for (const claim of calls) {
      if (session.state === 'over') return
      if (!isClaim(claim)) this.#misshapen(session, claim)
      else if (overdrawn) lost(session, claim, 'signaling/rate-limited')
      else await this.#claim(session, claim)
    }
  }

  /** The end of a call that only this side has claimed so far is kept for the other. Tells whether there is such a claim. */
  end(session: Session, { call, code, text }: End): boolean {
    const pending = this.#of.get(session)?.get(call)
    if (!pending) return false
    this.#end(pending, code, text)
    return true
  }

  /** A session is over. */
  leave(session: Session, why: SessionEnd): void {
    for (const pending of [...(this.#of.get(session)?.values() ?? [])])
      if (why === 'bye') this.#end(pending, 'call/hung-up')
      // The page that follows does not know of it.
      else if (why === 'reclaimed') this.#end(pending, 'call/lost')
      else this.#drop(pending)
  }

  /** Forgets everything. */
  close(): void {
    for (const { caller, callee } of this.#places.values()) for (const pending of [caller, callee]) pending?.stop()
    this.#places.clear()
    this.#of.clear()
    this.#ended.clear()
  }

  /** One bad claim, which the other side of that call may be to blame for, costs none of the others. */
  #misshapen(session: Session, claim: unknown): void {
    this.#config.counters.malformed++
    const call = isRecord(claim) && isCallId(claim.call) ? String(claim.call) : undefined
    if (call !== undefined && !session.calls.has(call)) lost(session, { call })
  }

  async #claim(session: Session, claim: CallClaim): Promise<void> {
    const { counters, limits } = this.#config
    const { id: user } = session.identity
    // It was never lost, or is back already.
    const there = session.calls.get(claim.call)
    if (there?.callee && there.key === claim.key) return void session.push({ type: 'synced', call: claim.call })
    const { [claim.role]: same, [claim.role === 'caller' ? 'callee' : 'caller']: other } = this.#places.get(placeIn(claim)) ?? {}
    if (same?.session === session) return
    const fits = !other || (other.claim.peer === user && claim.peer === other.user && other.session !== session)
    const call = { id: claim.call, key: claim.key }
    if (this.#calls.has(call) || !this.#calls.frees(session, call.id) || (same && same.user !== user) || !fits) {
      counters.forged++
      return lost(session, claim)
    }
    const mine = this.#of.get(session) ?? new Map<string, Pending>()
    if (mine.size + session.calls.size >= limits.callsPerSession || mine.has(claim.call)) return lost(session, claim, 'signaling/limit-exceeded')
    // The same client, in a session before this one.
    if (same) this.#drop(same)
    if (other) return this.#meet(session, claim, other)
    const pending: Pending = { claim, user, session, ended: undefined, stop: () => undefined }
    this.#expire(pending)
    this.#of.set(session, mine.set(claim.call, pending))
    session.claimed.add(claim.call)
    const place = placeIn(claim)
    this.#places.set(place, { ...this.#places.get(place), [claim.role]: pending })
  }

  /** Both sides are here. The rules are asked as for any call: two who know each other could make up one that was never allowed. */
  async #meet(session: Session, claim: CallClaim, other: Pending): Promise<void> {
    const { session: second } = other
    const callerFirst = claim.role === 'caller'
    const allowed =
      other.ended !== undefined ||
      !second ||
      (callerFirst
        ? await this.#directory.allows(session.identity, 'call', other.user)
        : await this.#directory.allows(second.identity, 'call', session.identity.id))
    if (session.state === 'over') return
    const { ended } = other
    const there = this.#places.get(placeIn(claim))?.[other.claim.role] === other
    this.#drop(other)
    const { call: id, key } = claim
    const free = (party: Session): boolean => this.#calls.frees(party, id)
    if (ended) session.push({ type: 'ended', call: id, by: 'remote', ...ended })
    else if (!there || !second || this.#calls.has({ id, key })) lost(session, claim)
    else if (!allowed) for (const party of [session, second]) lost(party, claim, 'call/forbidden')
    else if (![session, second].every(free)) for (const party of [session, second]) lost(party, claim)
    else {
      const [caller, callee] = callerFirst ? [session, second] : [second, session]
      this.#calls.restore({ id, key, caller, callee, epoch: Math.max(claim.epoch, other.claim.epoch) })
    }
  }

  #end(pending: Pending, code: string, text?: string): void {
    this.#release(pending)
    pending.session = undefined
    pending.ended = { code, text }
    pending.stop()
    this.#expire(pending)
    this.#ended.add(pending)
    const [oldest] = this.#ended
    if (oldest && this.#ended.size > MAX_ENDED) this.#drop(oldest)
  }

  /** Nobody waits longer for the other side than a session does for its client. */
  #expire(pending: Pending): void {
    pending.stop = this.#config.runtime.after(this.#config.graceMs, () => {
      const { session, claim } = pending
      this.#drop(pending)
      if (session) lost(session, claim)
    })
  }

  #drop(pending: Pending): void {
    pending.stop()
    this.#release(pending)
    this.#ended.delete(pending)
    const place = placeIn(pending.claim)
    const claimants = this.#places.get(place)
    if (claimants?.[pending.claim.role] !== pending) return
    delete claimants[pending.claim.role]
    if (!claimants.caller && !claimants.callee) this.#places.delete(place)
  }

  #release({ session, claim }: Pending): void {
    if (!session) return
    const mine = this.#of.get(session)
    mine?.delete(claim.call)
    session.claimed.delete(claim.call)
    if (mine?.size === 0) this.#of.delete(session)
  }
}

const placeIn = ({ call, key }: CallClaim): string => placeOf({ id: call, key })

const lost = (session: Session, { call }: Pick<CallClaim, 'call'>, code = 'call/lost'): void =>
  void session.push({ type: 'ended', call, code, by: 'system' })
