import { encode } from '../protocol/decode'
import { byteLength } from '../protocol/limits'
import type {
  Accept, ControlFrame, End, Ended, Invite, Invited, LegFrame, ReclaimedCall, Ring,
} from '../protocol/messages'
import type { HubConfig } from './config'
import type { Directory } from './directory'
import { type HubCall as CallOf, placeOf } from './hub-call'
import { personOf } from './person'
import type { Registry } from './registry'
import { MAX_PASSED_BYTES, ROOM } from './room'
import type { Session, SessionEnd } from './session'

/** What clients say about calls. */
export type CallFrame = Invite | Ring | Accept | End | LegFrame | ControlFrame

type HubCall = CallOf<Session>
type By = Ended['by']

/** What the number adds to a frame, at most. */
const NUMBER_BYTES = 24

/** So much of an invitation is kept for a page that is loaded again; of a longer one, all but the metadata. */
const KEPT_BYTES = 4_096

/** Each reload of a page has so many epochs for the connections that it rebuilds. */
const EPOCHS = 65_536

/** Carries calls between sessions: who rings, who answered, and who may speak to whom. */
export class Calls {
  readonly #config: HubConfig
  readonly #registry: Registry
  readonly #directory: Directory
  readonly #calls = new Map<string, HubCall>()

  constructor(config: HubConfig, registry: Registry, directory: Directory) {
    this.#config = config
    this.#registry = registry
    this.#directory = directory
  }

  get size(): number {
    return this.#calls.size
  }

  handle(session: Session, frame: CallFrame, overdrawn: boolean): void | Promise<void> {
    if (frame.type === 'invite') return this.#invite(session, frame, overdrawn)
    const call = session.calls.get(frame.call)
    // Somebody else's call, or one that has just ended: nothing happens to it.
    if (!call) return void this.#config.counters.strays++
    if (frame.type === 'end') this.#end(session, call, frame)
    else if (frame.type === 'ring') this.#ring(session, call)
    else if (frame.type === 'accept') this.#accept(session, call)
    else this.#pass(session, call, frame)
  }

  /** A party's link was lost or is back. */
  linkChanged(session: Session): void {
    for (const [id, call] of session.calls) {
      if (!call.callee) {
        this.#settle(call)
        continue
      }
      const other = call.caller === session ? call.callee : call.caller
      const up = session.state === 'attached'
      // Whose link comes and goes all the time fills nobody's queue; who was told of the loss hears of the return.
      if (up && call.alone.delete(other)) other.push({ type: 'link', call: id, up })
      else if (!up && !call.alone.has(other) && other.offer({ type: 'link', call: id, up }) === 'taken') call.alone.add(other)
    }
  }

  /** Whether there is such a call. */
  has(call: Pick<HubCall, 'id' | 'key'>): boolean {
    return this.#calls.has(placeOf(call))
  }

  /** Whether a lost call can be brought back at one of its sides; an invitation with its id, by whoever knows that, is in no one's way. */
  frees(session: Session, id: string): boolean {
    const call = session.calls.get(id)
    if (call?.ringing.has(session)) this.#stopRinging(call, session, 'call/unreachable', 'system')
    return !session.calls.has(id)
  }

  /** A call that goes on after the server lost it. */
  restore({ id, ...lost }: Pick<HubCall, 'id' | 'key' | 'epoch' | 'caller'> & { readonly callee: Session }): void {
    const parties = [lost.caller, lost.callee]
    // Nobody knows any more what the invitation said.
    const body = { media: { audio: false, video: false } }
    const call: HubCall = { id, ...lost, body, ringing: new Set(), alerted: true, alone: new Set() }
    this.#calls.set(placeOf(call), call)
    for (const party of parties) party.calls.set(id, call)
    for (const party of parties) if (party.calls.has(id)) party.push({ type: 'synced', call: id })
    for (const party of parties) if (party.state === 'lost') this.linkChanged(party)
  }

  /**
   * A page was loaded again and has a new session: the accepted calls of the old one are its own now, what rang there rings
   * here anew, and invitations that nobody has answered are taken back, for nobody waits for them any more.
   */
  move(from: Session, to: Session): readonly ReclaimedCall[] {
    const moved: ReclaimedCall[] = []
    for (const [id, call] of [...from.calls]) {
      if (!call.callee && call.caller === from) {
        this.#close(call, from, 'call/cancelled', 'remote')
        continue
      }
      from.calls.delete(id)
      to.calls.set(id, call)
      const { caller, callee, key, body } = call
      // Higher than any before, so that the other side takes up the new connection.
      const epoch = (call.epoch = (Math.floor(call.epoch / EPOCHS) + 1) * EPOCHS)
      if (call.ringing.delete(from)) {
        call.ringing.add(to)
        to.push({ type: 'invited', call: id, from: personOf(caller.identity), ...body, epoch })
        continue
      }
      const role = caller === from ? 'caller' : 'callee'
      const other = role === 'caller' ? callee : caller
      call[role] = to
      call.alone.delete(from)
      if (!other) continue
      const { media, metadata } = body
      moved.push({ call: id, key, role, peer: personOf(other.identity), media, metadata, epoch })
      if (other.state === 'lost' && to.offer({ type: 'link', call: id, up: false }) === 'taken') call.alone.add(to)
    }
    return moved
  }

  /** A party is gone. */
  leave(session: Session, why: SessionEnd): void {
    const [code, by] = why === 'bye' ? (['call/hung-up', 'remote'] as const) : (['call/lost', 'system'] as const)
    for (const call of [...session.calls.values()])
      if (call.ringing.has(session)) this.#stopRinging(call, session, 'call/unreachable', 'system')
      else this.#close(call, session, call.callee ? code : why === 'bye' ? 'call/cancelled' : code, by)
  }

  /** Inviting failed on our side: no call is left, and the caller hears of it. */
  fail(caller: Session, id: string): void {
    const call = caller.calls.get(id)
    if (call?.caller === caller) this.#close(call, undefined, 'signaling/unreachable', 'system')
    else caller.push({ type: 'ended', call: id, code: 'signaling/unreachable', by: 'system' })
  }

  async #invite(caller: Session, { call: id, to, media, metadata, replaces }: Invite, overdrawn: boolean): Promise<void> {
    const { limits, counters, runtime } = this.#config
    const refuse = (code: string, text?: string): void => void caller.push({ type: 'ended', call: id, code, by: 'system', text })
    // One's own running call is left alone: whoever repeats its id has not lost it.
    if (caller.calls.has(id)) return void counters.forged++
    if (overdrawn) return refuse('signaling/rate-limited')
    if (caller.calls.size >= limits.callsPerSession) return refuse('signaling/limit-exceeded')
    const { allowed, forbidden } = await this.#directory.find(caller.identity, 'call', to)
    if (caller.state === 'over') return
    if (forbidden) return refuse('call/forbidden')
    const devices = allowed.flatMap((user) => this.#registry.of(user)).filter((device) => device !== caller)
    const { id: self } = caller.identity
    if (!devices.length) return refuse('call/unreachable', allowed.includes(self) ? `nobody else is signed in as ${self}` : undefined)
    // Asked again, for somebody else's may have come while the hooks ran.
    const unused = caller.calls.has(id) ? [] : devices.filter((device) => !device.calls.has(id) && !device.claimed.has(id))
    if (!unused.length) {
      counters.forged++
      return refuse('signaling/invalid-message', 'this id is in use')
    }
    const free = unused.filter((device) => device.calls.size < limits.callsPerSession)
    if (!free.length) return refuse('call/busy')
    const invited: Invited = {
      type: 'invited', call: id, from: personOf(caller.identity), media, metadata,
      replaces: replaces && { call: replaces.call, key: replaces.key },
    }
    // Written once before anything is changed: what cannot be passed on must leave no call behind. Numbers can grow.
    const sizeBytes = byteLength(encode(invited))
    if (sizeBytes > MAX_PASSED_BYTES - NUMBER_BYTES) {
      counters.tooLarge++
      return refuse('signaling/too-large')
    }
    const call: HubCall = {
      id, caller, ringing: new Set(free), callee: undefined, alerted: false, alone: new Set(), epoch: 0,
      key: runtime.randomId(), body: { media, metadata: sizeBytes > KEPT_BYTES ? undefined : metadata, replaces: invited.replaces },
    }
    this.#calls.set(placeOf(call), call)
    for (const party of [caller, ...free]) party.calls.set(id, call)
    for (const device of free)
      if (device.offer(invited) !== 'taken') {
        call.ringing.delete(device)
        device.calls.delete(id)
      }
    if (call.callee || call.ringing.size || !this.#calls.delete(placeOf(call))) return
    caller.calls.delete(id)
    refuse('call/busy')
  }

  #ring(session: Session, call: HubCall): void {
    if (!call.ringing.has(session)) return void this.#config.counters.strays++
    if (call.alerted) return
    call.alerted = true
    call.caller.push({ type: 'ringing', call: call.id })
  }

  #accept(session: Session, call: HubCall): void {
    if (!call.ringing.delete(session)) return void this.#config.counters.strays++
    call.callee = session
    const others = [...call.ringing]
    call.ringing.clear()
    for (const other of others) this.#tellEnded(other, call, 'call/answered-elsewhere', 'system')
    const { id, key, caller } = call
    caller.push({ type: 'accepted', call: id, from: personOf(session.identity), key })
    // Unless that was one frame too many for the caller.
    if (session.calls.has(id)) session.push({ type: 'accepted', call: id, from: personOf(caller.identity), key })
  }

  /** Only the caller and the device that answered are heard; until one did, every ringing device hears the caller. */
  #pass(session: Session, call: HubCall, { type, message }: LegFrame | ControlFrame): void {
    const { caller, callee, ringing, id } = call
    const { counters } = this.#config
    if (ringing.has(session)) return void counters.strays++
    const listeners = session === callee ? [caller] : callee ? [callee] : [...ringing]
    for (const listener of listeners) {
      const offered = listener.offer({ type, call: id, message }, callee ? ROOM.call : ROOM.stranger)
      if (offered === 'taken') continue
      if (offered === 'too-large') {
        counters.tooLarge++
        return this.#close(call, undefined, 'signaling/too-large', 'system')
      }
      // Nothing may be missing between two messages of a call. What else a full device has is left alone.
      if (callee) return this.#close(call, undefined, 'signaling/rate-limited', 'system')
      this.#tellEnded(listener, call, 'signaling/rate-limited', 'system')
      this.#stopRinging(call, listener, 'call/busy', 'system')
    }
  }

  #end(session: Session, call: HubCall, { code, text }: End): void {
    if (!call.ringing.has(session)) return this.#close(call, session, code, 'remote', text)
    // Who declines, declines on all devices; what else stops one device from ringing is that device's own affair.
    if (code === 'call/rejected')
      for (const device of [...call.ringing])
        if (device !== session && device.identity.id === session.identity.id) {
          call.ringing.delete(device)
          this.#tellEnded(device, call, 'call/answered-elsewhere', 'system')
        }
    call.said = { person: session.identity.id, code, text }
    this.#stopRinging(call, session, code, 'remote', text)
  }

  /** One device less; after the last one the caller hears why. */
  #stopRinging(call: HubCall, device: Session, code: string, by: By, text?: string): void {
    call.ringing.delete(device)
    device.calls.delete(call.id)
    if (call.ringing.size) this.#settle(call)
    else if (call.said) this.#close(call, device, call.said.code, 'remote', call.said.text)
    else this.#close(call, device, code, by, text)
  }

  /** Whoever has answered sees none of the devices that still ring, for these lost their links: the answer stands. */
  #settle(call: HubCall): void {
    const { said, ringing } = call
    if (!said || [...ringing].some(({ state, identity }) => state !== 'lost' || identity.id !== said.person)) return
    for (const device of ringing) this.#tellEnded(device, call, 'call/answered-elsewhere', 'system')
    ringing.clear()
    this.#close(call, undefined, said.code, 'remote', said.text)
  }

  /** The call is over for everybody; who ended it knows. */
  #close(call: HubCall, except: Session | undefined, code: string, by: By, text?: string): void {
    this.#calls.delete(placeOf(call))
    except?.calls.delete(call.id)
    const parties = [call.caller, call.callee, ...call.ringing]
    call.ringing.clear()
    for (const party of parties) if (party && party !== except) this.#tellEnded(party, call, code, by, text)
  }

  #tellEnded(party: Session, { id }: HubCall, code: string, by: By, text?: string): void {
    party.calls.delete(id)
    party.push({ type: 'ended', call: id, code, by, text })
  }
}
