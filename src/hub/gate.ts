import { isRtcError, type RtcError, type RtcErrorCode } from '../base/errors'
import { encode, decode } from '../protocol/decode'
import { CLIENT_FRAMES } from '../protocol/client-frames'
import { byteLength, MAX_FRAME_BYTES } from '../protocol/limits'
import type { ClientFrame, Hello, Reclaim, Resume, ServerControl } from '../protocol/messages'
import type { HubConfig } from './config'
import { faultOf } from './fault'
import { answerToMisshapen } from './misshapen'
import type { HubLink, HubLinkSink } from './options'
import type { Session, SessionEnd, SessionLink } from './session'

/** Why a link is turned away. */
export interface Refusal {
  readonly code: RtcErrorCode
  readonly retry: 'yes' | 'never'
  readonly retryWithinMs?: number
  /** For people. */
  readonly text?: string
}

/** What lets clients in. */
export interface Reception {
  /** Opens a session or says why not. */
  open(hello: Hello, gate: Gate): Promise<void>
  /** Attaches the gate to the session it claims, or says that there is none. */
  resume(resume: Resume, gate: Gate): Promise<void>
  /** Opens a session that takes over from the one it claims, or says that there is none. */
  reclaim(reclaim: Reclaim, gate: Gate): Promise<void>
  closed(gate: Gate): void
}

// Close codes of RFC 6455 section 7.4.1.
const NORMAL = 1000
const GOING_AWAY = 1001
const PROTOCOL_ERROR = 1002
const POLICY = 1008
const TOO_LARGE = 1009

/** Not now. */
export const DOWN: Refusal = { code: 'signaling/unreachable', retry: 'yes' }

/** Something that the hub cannot do without, and waiting does not bring: a page without `crypto.subtle`. */
export const isMissing = (error: unknown): error is RtcError => isRtcError(error) && error.code === 'usage/unsupported-environment'

/** One link: reads its frames, lets it in once it has said who it is, and asks it now and then whether it is alive. */
export class Gate implements SessionLink, HubLinkSink {
  readonly #link: HubLink
  readonly #config: HubConfig
  readonly #reception: Reception
  /** `opening`: who it is is being found out. */
  #state: 'new' | 'opening' | 'attached' | 'closed' = 'new'
  #session: Session | undefined
  #heard = false
  #stopTimer: () => void = () => undefined

  constructor(link: HubLink, config: HubConfig, reception: Reception) {
    this.#link = link
    this.#config = config
    this.#reception = reception
    this.#awaitHello()
  }

  get open(): boolean {
    return this.#state !== 'closed'
  }

  /** Where the link comes from. */
  get remote(): string | undefined {
    return this.#link.remote
  }

  /** A frame of the client; whatever it is, it never throws. */
  frame(text: string): void {
    if (!this.open) return
    this.#heard = true
    // A character is up to three bytes: most frames need not be measured.
    const sizeBytes = text.length > MAX_FRAME_BYTES ? Infinity : byteLength(text)
    if (sizeBytes > MAX_FRAME_BYTES) {
      this.#config.counters.tooLarge++
      this.refuse({ code: 'signaling/too-large', retry: 'never' }, TOO_LARGE)
      return
    }
    const decoded = decode<ClientFrame>(CLIENT_FRAMES, text)
    if ('problem' in decoded) {
      this.#config.counters[decoded.problem === 'unknown' ? 'unknownTypes' : 'malformed']++
      // It counts as received, or its number would be a gap that no replay can close.
      if (decoded.n !== undefined) this.#numbered(decoded.n, sizeBytes, undefined, answerToMisshapen(text))
      return
    }
    this.#config.counters.unknownFields += decoded.unknownFields
    const { frame } = decoded
    // Who leaves may not have heard of the session yet.
    if (this.#session && frame.type !== 'bye') this.#session.heard = true
    if ('n' in frame) this.#numbered(frame.n, sizeBytes, frame)
    else this.#control(frame)
  }

  /** The link is gone. */
  closed(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopTimer()
    const session = this.#session
    this.#session = undefined
    session?.detach(this)
    this.#reception.closed(this)
  }

  send(frame: string): void {
    if (this.open) this.#link.send(frame)
  }

  /** The handshake is over: frames go to this session from now on. */
  attached(session: Session): void {
    this.#state = 'attached'
    this.#session = session
    this.#beat()
  }

  superseded(): void {
    this.#session = undefined
    this.#say({ type: 'superseded' })
    this.end(NORMAL)
  }

  sessionOver(why: SessionEnd): void {
    if (why === 'reclaimed') return this.superseded()
    this.#session = undefined
    if (why === 'bye') this.end(NORMAL)
    else this.gone(why === 'overflow' ? 'overflow' : 'unknown')
  }

  /** There is no session for this link: it may open one. */
  gone(reason: 'unknown' | 'overflow' | 'replay'): void {
    if (!this.open) return
    this.#say({ type: 'gone', reason })
    this.#state = 'new'
    this.#awaitHello()
  }

  /** Turns the link away. */
  refuse(refusal: Refusal, closeCode = POLICY): void {
    this.#say({ type: 'refused', ...refusal })
    this.end(closeCode)
  }

  /** Asks the client to go elsewhere soon. */
  drain(retryWithinMs: number): void {
    if (this.#session) this.#say({ type: 'draining', retryWithinMs })
  }

  /** Closes the link; its session, if it has one, stays for the grace. */
  end(code = GOING_AWAY): void {
    this.#link.close(code)
    this.closed()
  }

  #say(frame: ServerControl): void {
    this.send(encode(frame))
  }

  #numbered(...frame: Parameters<Session['receive']>): void {
    const taken = this.#session?.receive(...frame)
    if (taken === 'gap') this.end(PROTOCOL_ERROR)
    else if (taken === 'refused') this.refuse({ code: 'signaling/rate-limited', retry: 'yes' })
  }

  #control(frame: Exclude<ClientFrame, { readonly n: number }>): void {
    if (frame.type === 'ping') this.#say({ type: 'pong', id: frame.id })
    else if (frame.type === 'ack') this.#acknowledged(frame.received)
    else if (frame.type === 'bye') this.#leave(frame.backWithinMs)
    else if (frame.type !== 'pong' && this.#state === 'new') {
      this.#state = 'opening'
      const reception = this.#reception
      const done =
        frame.type === 'hello' ? reception.open(frame, this) : frame.type === 'resume' ? reception.resume(frame, this) : reception.reclaim(frame, this)
      done.catch((error: unknown) => {
        this.#config.logger.error('A session could not be opened.', faultOf(error, frame.token))
        if (this.open) this.refuse(isMissing(error) ? { code: error.code, retry: 'never', text: error.message } : DOWN)
      })
    }
  }

  #leave(backWithinMs: number | undefined): void {
    if (backWithinMs === undefined) return this.#session?.end('bye')
    this.#session?.detach(this, backWithinMs)
    this.end(NORMAL)
  }

  #acknowledged(received: number): void {
    if (this.#session && !this.#session.acknowledged(received)) this.#config.counters.malformed++
  }

  #awaitHello(): void {
    this.#stopTimer()
    this.#stopTimer = this.#config.runtime.after(this.#config.helloMs, () =>
      this.refuse({ code: 'signaling/timeout', retry: 'yes' }),
    )
  }

  /** Any frame proves that the link is alive; clients answer from the event of the ping, for timers of hidden tabs hardly run. */
  #beat(): void {
    const { runtime, pingMs, pongMs, counters } = this.#config
    this.#stopTimer()
    this.#stopTimer = runtime.after(pingMs, () => {
      this.#heard = false
      this.#say({ type: 'ping' })
      this.#stopTimer = runtime.after(pongMs, () => {
        if (this.#heard) return this.#beat()
        counters.silent++
        this.end(GOING_AWAY)
      })
    })
  }
}
