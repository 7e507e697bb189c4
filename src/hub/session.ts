import { encode } from '../protocol/decode'
import { MAX_HELD_BYTES, MAX_HELD_FRAMES } from '../protocol/limits'
import type { ClientMessage, Numbered, PresenceChanged, ServerControl, ServerMessage, WireStatus } from '../protocol/messages'
import { Outbox, OUTBOX_LIMITS, placeOf } from '../protocol/numbers'
import type { HubConfig } from './config'
import { faultOf } from './fault'
import type { HubCall } from './hub-call'
import { Meter } from './meter'
import type { Identity } from './options'
import { PresenceQueue } from './presence-queue'
import { MAX_PASSED_BYTES, ROOM } from './room'
import type { Offered, SessionEnd, SessionLink, SessionOwner } from './session-owner'
import { TakenParts } from './taken-parts'

export type { Offered, SessionEnd, SessionLink, SessionOwner } from './session-owner'

/** Frames that are committed at nearly the same time share one acknowledgement. */
const ACK_MS = 5

/** A session is but a greeting while it is younger, has said nothing and is in no call: such come and go by the thousands where somebody wants to. */
const GREETING_MS = 10_000

/** How long a mere greeting is kept without a link. */
const GREETING_GRACE_MS = 5_000

/** A numbered frame as it came: without a message where it was not understood. */
interface Waiting {
  readonly n: number
  readonly sizeBytes: number
  readonly message: Numbered<ClientMessage> | undefined
  /** What whoever sent a frame that was not understood waits for. */
  readonly answer: ServerMessage | undefined
  readonly overdrawn: boolean
}

/** One client's stay: survives its links, keeps the numbers of both directions and what the client has not acknowledged. */
export class Session {
  readonly id: string
  /** As of the newest token. */
  identity: Identity
  /** The calls it is a party of, by their ids. */
  readonly calls = new Map<string, HubCall<Session>>()
  /** Ids of lost calls that it has claimed, and the other side not yet. */
  readonly claimed = new Set<string>()
  /** Ids whose presence it wants to know. */
  watched: ReadonlySet<string> = new Set()
  status: WireStatus = 'online'
  /** Whether its client has said something in it, and so knows that it has it. */
  heard = false
  /** Whether its client knows messages in parts. */
  takesParts = false
  /** What it sends is paid from here. */
  readonly meter: Meter
  readonly #config: HubConfig
  readonly #owner: SessionOwner<Session>
  readonly #outbox = new Outbox({ ...OUTBOX_LIMITS, frameBytes: MAX_PASSED_BYTES })
  readonly #presence = new PresenceQueue((update) => this.#link !== undefined && this.offer(update, ROOM.presence) === 'taken')
  readonly #parts: TakenParts
  /** The last number that the client has taken. */
  #acked = 0
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #handling = false
  /** The last number taken in; the hooks may still be deciding over it. */
  #taken = 0
  #committed = 0
  #state: 'attached' | 'lost' | 'over' = 'lost'
  #present = true
  #link: SessionLink | undefined
  readonly #openedAt: number
  #dropAck: (() => void) | undefined
  #timers: (() => void)[] = []

  /** A page that is loaded again and again has one budget: that of the session before. */
  constructor(id: string, identity: Identity, config: HubConfig, owner: SessionOwner<Session>, meter = new Meter(config)) {
    this.id = id
    this.identity = identity
    this.#config = config
    this.#owner = owner
    this.#parts = new TakenParts(config.runtime)
    this.#openedAt = config.runtime.now()
    this.meter = meter
  }

  get state(): 'attached' | 'lost' | 'over' {
    return this.#state
  }

  /** Whether its person still looks online. */
  get present(): boolean {
    return this.#present
  }

  /** The last number of the client that is committed. */
  get received(): number {
    return this.#committed
  }

  /** Lets go of what the client has; false where that cannot be. */
  acknowledged(received: number): boolean {
    const known = this.#outbox.ack(received)
    if (known) this.#parts.acknowledged((this.#acked = received))
    this.#presence.flush()
    return known
  }

  /** Takes the session over for a link: it gets the greeting, then everything the client has not acknowledged, then what is new. */
  attach(link: SessionLink, greeting: ServerControl): void {
    if (this.#state === 'over') return link.sessionOver('expired')
    const old = this.#link
    this.#link = link
    if (old) this.#config.counters.superseded++
    old?.superseded()
    this.#stopTimers()
    this.#state = 'attached'
    this.#present = true
    link.send(encode(greeting))
    for (const frame of this.#outbox.frames) link.send(frame)
    this.#presence.flush()
    this.#owner.linkChanged(this)
  }

  /** Takes over what others have sent to a session that this one follows, and its client has not acknowledged. */
  inherit(from: Session): void {
    // Of a large message also what its client has taken: the rest alone is of no use to the page that follows.
    const held = from.#outbox.frames.map((frame) => JSON.parse(frame) as ServerMessage)
    for (const message of [...from.#parts.upTo(from.#acked), ...held])
      if (message.type === 'message' || message.type === 'part') this.offer(message)
  }

  /** The link is lost; the session stays for the grace, or for less where the client says so. */
  detach(link: SessionLink, keepMs = Infinity): void {
    if (this.#link !== link) return
    const { runtime, lingerMs, graceMs } = this.#config
    const greeting = this.#taken === 0 && this.calls.size === 0 && runtime.now() - this.#openedAt < GREETING_MS
    this.#link = undefined
    this.#state = 'lost'
    this.#timers = [
      runtime.after(lingerMs, () => {
        this.#present = false
        this.#owner.linkChanged(this)
      }),
      runtime.after(Math.min(graceMs, keepMs, greeting ? GREETING_GRACE_MS : Infinity), () => this.end('expired')),
    ]
    this.#owner.linkChanged(this)
  }

  /** Sends a message, or keeps it for the next link; false when the session is over or that was one too many. */
  push(message: ServerMessage): boolean {
    if (this.#state === 'over') return false
    const pushed = this.#outbox.push(message)
    if ('refused' in pushed) {
      this.#config.counters.overflowed++
      this.end('overflow')
      return false
    }
    this.#link?.send(pushed.frame)
    return true
  }

  /** Sends what somebody else causes, or keeps it for the next link, where there is room for such; it never ends the session. */
  offer(message: ServerMessage, share: number = ROOM.stranger): Offered {
    if (this.#state === 'over') return 'full'
    const pushed = this.#outbox.push(message, share)
    if ('refused' in pushed) return pushed.refused === 'signaling/too-large' ? 'too-large' : 'full'
    if (message.type === 'part') this.#parts.add(this.#acked + this.#outbox.size, message)
    this.#link?.send(pushed.frame)
    return 'taken'
  }

  /** Sends somebody's presence; while the client cannot take it, the newest one of each person is kept. */
  pushPresence(update: PresenceChanged): void {
    this.#presence.add(update)
  }

  /** Forgets the presence that waits of those who are not watched any more. */
  keepPresence(wanted: (id: string) => boolean): void {
    this.#presence.keep(wanted)
  }

  /** Takes a numbered frame. `refused`: not taken, for the client sends more than it may; it will repeat it. */
  receive(
    n: number,
    sizeBytes: number,
    message: Numbered<ClientMessage> | undefined,
    answer?: ServerMessage,
  ): 'taken' | 'gap' | 'refused' {
    const { counters } = this.#config
    const place = placeOf(n, this.#taken)
    if (place === 'gap') {
      counters.gaps++
      return 'gap'
    }
    if (place === 'seen') {
      counters.replayed++
      this.#acknowledge()
      return 'taken'
    }
    const end = message?.type === 'end'
    // Hanging up does not wait for a hook: it overtakes what does, and leaves nothing but its number in its place.
    if (end && this.#handling && this.calls.has(message.call)) {
      this.#taken = n
      this.#waiting.push({ n, sizeBytes: 0, message: undefined, answer: undefined, overdrawn: false })
      void this.#handle(message, false)
      return 'taken'
    }
    const crowded = this.#waiting.length >= MAX_HELD_FRAMES || this.#waitingBytes > MAX_HELD_BYTES
    // An end costs nothing.
    const paid = crowded ? this.meter.refuse('empty') : end ? 'paid' : this.meter.take(sizeBytes)
    if (paid === 'empty') return 'refused'
    this.#taken = n
    this.#waiting.push({ n, message, answer, sizeBytes, overdrawn: paid === 'overdrawn' })
    this.#waitingBytes += sizeBytes
    this.#handleWaiting()
    return 'taken'
  }

  /** Ends the session and frees everything it holds. Idempotent. */
  end(why: SessionEnd): void {
    if (this.#state === 'over') return
    const link = this.#link
    this.#state = 'over'
    this.#present = false
    this.#link = undefined
    this.#stopTimers()
    this.#dropAck?.()
    this.#waiting.length = 0
    this.#presence.keep(() => false)
    this.#parts.clear()
    this.#owner.over(this, why)
    link?.sessionOver(why)
  }

  /** One after the other, in order, also where a hook takes its time. */
  #handleWaiting(): void {
    while (!this.#handling) {
      const next = this.#waiting.shift()
      if (!next) return
      this.#waitingBytes -= next.sizeBytes
      if (!next.message) this.#answer(next.answer)
      const done = next.message && this.#handle(next.message, next.overdrawn)
      if (done) {
        this.#handling = true
        void done.then(() => {
          this.#handling = false
          this.#commit(next.n)
          this.#handleWaiting()
        })
        return
      }
      this.#commit(next.n)
    }
  }

  /** Has a message handled; what goes wrong is told to whoever asked, and never thrown. */
  #handle(message: ClientMessage, overdrawn: boolean): void | Promise<void> {
    const failed = (error: unknown): void => {
      try {
        this.#owner.failed(this, message)
        this.#config.logger.error('A frame could not be handled.', { session: this.id, ...faultOf(error) })
      } catch {
        // Not even that works; the frames behind it still have to be handled.
      }
    }
    try {
      return this.#owner.handle(this, message, overdrawn)?.catch(failed)
    } catch (error) {
      return failed(error)
    }
  }

  /** A misshapen invitation with the id of a call that is under way does not end that. */
  #answer(answer: ServerMessage | undefined): void {
    if (answer && !('call' in answer && this.calls.has(answer.call))) this.push(answer)
  }

  #commit(n: number): void {
    this.#committed = n
    this.#acknowledge()
  }

  #acknowledge(): void {
    if (this.#state === 'over') return
    this.#dropAck ??= this.#config.runtime.after(ACK_MS, () => {
      this.#dropAck = undefined
      this.#link?.send(encode({ type: 'ack', received: this.#committed }))
    })
  }

  #stopTimers(): void {
    for (const stop of this.#timers.splice(0)) stop()
  }
}
