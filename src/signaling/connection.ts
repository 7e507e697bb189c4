import { RtcError, isRtcError, type RtcErrorCode } from '../base/errors'
import type { Logger } from '../base/log'
import { next, type Table } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { deferred, quietly, type Deferred } from '../base/wait'
import { decode, encode } from '../protocol/decode'
import { PROTOCOL_VERSION } from '../protocol/limits'
import type {
  ClientControl, ClientMessage, Numbered, Person, Refused, ServerControl, ServerFrame, ServerMessage,
} from '../protocol/messages'
import { Inbox, Outbox } from '../protocol/numbers'
import { SERVER_FRAMES } from '../protocol/server-frames'
import type { SessionState, TokenSource } from './port'
import { delayFor, type ReconnectConfig } from './retry'
import type { FrameLink, SignalingTransport } from './transport'

/** The part of the {@link Runtime} that signaling needs. */
export type SignalingRuntime = Pick<Runtime, 'now' | 'random' | 'randomId' | 'after' | 'onPage'>

/** How long one attempt may take, from opening the link to the server's welcome. */
const OPEN_MS = 10_000
/** How long the server may take to answer a probe of our own. */
const PROBE_MS = 5_000

type SessionEvent = 'open' | 'attach' | 'lose' | 'close'

/** offline -open-> connecting -attach-> online; connecting|online -lose-> waiting -open-> connecting; any -close-> closed */
const SESSION_STATES: Table<SessionState, SessionEvent> = {
  offline: { open: 'connecting', close: 'closed' },
  connecting: { attach: 'online', lose: 'waiting', close: 'closed' },
  online: { open: 'connecting', lose: 'waiting', close: 'closed' },
  waiting: { open: 'connecting', close: 'closed' },
  closed: {},
}

/** Codes with which another attempt cannot end otherwise. */
const FINAL: readonly RtcErrorCode[] = ['signaling/unauthorized', 'signaling/forbidden', 'signaling/protocol-unsupported']
const isFinal = (error: RtcError): boolean => FINAL.includes(error.code) || error.code.startsWith('usage/')

/** What a connection needs. */
export interface ConnectionContext {
  readonly transport: SignalingTransport
  readonly token: TokenSource
  readonly runtime: SignalingRuntime
  readonly logger: Logger
  readonly reconnect: ReconnectConfig
}

/** What a connection reports to. */
export interface ConnectionSink {
  stateChanged(state: SessionState, error?: RtcError): void
  received(message: ServerMessage): void
  /** The server lost the session and a new one begins: these were under way, in this order, and may or may not have arrived. */
  restarted(unacknowledged: readonly ClientMessage[]): void
}

/** One signaling session over as many links as it takes: everything sent arrives once and in order, both ways. */
export class Connection {
  /** Frames of the server that were not understood. */
  readonly counters = { malformed: 0, unknown: 0 }
  readonly #context: ConnectionContext
  readonly #sink: ConnectionSink
  readonly #instance: string
  readonly #scope = new Scope()
  readonly #opened = deferred<void>()
  readonly #probes = new Map<number, Deferred<void>>()
  #state: SessionState = 'offline'
  #session: { readonly id: string; readonly key: string } | undefined
  #self: Person = { id: '' }
  #outbox = new Outbox()
  #inbox = new Inbox()
  #token: string | undefined
  /** The attempt or link that counts; what comes from others is too late. */
  #attempt: Scope | undefined
  #link: FrameLink | undefined
  #attempts = 1
  #onlineAt = 0
  #heardAt = 0
  #probeId = 0
  #ackPlanned = false
  #stopRetry = (): void => undefined

  constructor(context: ConnectionContext, sink: ConnectionSink) {
    this.#context = context
    this.#sink = sink
    this.#instance = context.runtime.randomId()
  }

  get state(): SessionState {
    return this.#state
  }

  /** Who the server says we are. */
  get self(): Person {
    return this.#self
  }

  /** Resolves once online; tries until then. Rejects with a refusal that trying again cannot mend, or when `signal` aborts. */
  open(signal: AbortSignal): Promise<void> {
    const stop = (): void => void this.#end(signal.reason)
    if (signal.aborted) stop()
    else {
      signal.addEventListener('abort', stop)
      const undo = (): void => signal.removeEventListener('abort', stop)
      this.#opened.promise.then(undo, undo)
      const { onPage } = this.#context.runtime
      for (const name of ['online', 'pageshow', 'visibilitychange'] as const)
        this.#scope.add(onPage(name, () => this.#look()))
      this.#scope.add(onPage('pagehide', (event) => {
        // A page that is kept in the back-forward cache may come back to its calls.
        if (!(event as PageTransitionEvent).persisted) void this.close()
      }))
      void this.#connect()
    }
    return this.#opened.promise
  }

  /**
   * Numbers a message and sends it now or with the next link.
   * @throws {@link RtcError} `signaling/outbox-full`, `signaling/too-large`, `signaling/closed`
   */
  send(message: ClientMessage): void {
    if (this.#state === 'closed') throw new RtcError('signaling/closed', 'The session is closed.')
    const pushed = this.#outbox.push(message)
    if ('refused' in pushed) throw new RtcError(pushed.refused, 'Signaling cannot take the message.')
    if (this.#state === 'online') this.#write(pushed.frame)
  }

  /** Resolves when the server answered; without an answer in time it gives the link up, opens another and rejects `signaling/timeout`. */
  probe(deadlineMs: number): Promise<void> {
    const answer = deferred<void>()
    if (this.#state === 'closed') answer.reject(new RtcError('signaling/closed', 'The session is closed.'))
    else {
      const id = ++this.#probeId
      this.#probes.set(id, answer)
      this.#retryNow()
      const asked = this.#attempt
      if (this.#state === 'online') this.#say({ type: 'ping', id })
      const stop = this.#context.runtime.after(deadlineMs, () => {
        this.#probes.delete(id)
        const error = new RtcError('signaling/timeout', 'The signaling server did not answer in time.')
        answer.reject(error)
        if (asked && this.#attempt === asked) this.#lose(error, 0)
      })
      answer.promise.then(stop, stop)
    }
    return answer.promise
  }

  /** Says good-bye before it returns. Idempotent. */
  async close(): Promise<void> {
    if (this.#session && this.#link) this.#say({ type: 'bye' })
    await this.#end()
  }

  async #connect(): Promise<void> {
    const { transport, token, runtime } = this.#context
    const attempt = new Scope()
    this.#attempt = attempt
    this.#move('open')
    const open = (): boolean => !attempt.closed
    const timeout = new RtcError('signaling/timeout', 'The signaling server did not welcome us in time.')
    attempt.add(runtime.after(OPEN_MS, () => this.#state === 'connecting' && this.#lose(timeout)))
    try {
      this.#token = await token()
    } catch (cause) {
      const error = new RtcError('signaling/unauthorized', 'No token could be had.', { cause })
      // Later on it is more likely the network than the app.
      if (open()) this.#session ? this.#lose(error) : this.#end(error)
    }
    if (!open()) return
    try {
      const link = await transport.open(
        {
          frame: (text) => open() && this.#frame(text),
          closed: ({ retry, code = 'signaling/unreachable', cause }) => {
            if (!open()) return
            const error = new RtcError(code, 'The signaling link was closed.', { cause })
            if (retry === 'never') this.#end(error)
            else this.#lose(error)
          },
        },
        { signal: attempt.signal },
      )
      if (!open()) return void quietly(link.close())
      this.#link = link
      attempt.add(() => quietly(link.close()))
      this.#greet()
    } catch (cause) {
      if (!open()) return
      const error = isRtcError(cause) ? cause : unreachable(cause)
      if (isFinal(error)) this.#end(error)
      else this.#lose(error)
    }
  }

  #greet(): void {
    const v = PROTOCOL_VERSION
    const token = this.#token
    if (!this.#session) return this.#say({ type: 'hello', v, token, instance: this.#instance })
    const { id, key } = this.#session
    this.#say({ type: 'resume', v, session: id, key, token, received: this.#inbox.last })
  }

  #frame(text: string): void {
    this.#heardAt = this.#context.runtime.now()
    const decoded = decode<ServerFrame>(SERVER_FRAMES, text)
    if ('problem' in decoded) {
      this.counters[decoded.problem]++
      if (decoded.n) this.#take(decoded.n)
    } else if ('n' in decoded.frame) this.#take(decoded.frame.n, decoded.frame)
    else this.#control(decoded.frame)
  }

  #take(n: number, message?: Numbered<ServerMessage>): void {
    if (this.#state !== 'online') return
    const place = this.#inbox.take(n)
    if (place === 'gap') return this.#lose(unreachable())
    if (place === 'new' && message)
      try {
        this.#sink.received(message)
      } catch (error) {
        // It has been dispatched; that a listener failed does not undo that.
        this.#context.logger.error('A listener failed.', { type: message.type, error: String(error) })
      }
    if (this.#ackPlanned) return
    this.#ackPlanned = true
    queueMicrotask(() => {
      this.#ackPlanned = false
      if (this.#state === 'online') this.#say({ type: 'ack', received: this.#inbox.last })
    })
  }

  #control(frame: ServerControl): void {
    switch (frame.type) {
      case 'welcome':
        this.#session = { id: frame.session, key: frame.key }
        this.#self = frame.self
        this.#attached(frame.limits.pingMs + PROBE_MS)
        break
      case 'resumed':
        if (this.#outbox.ack(frame.received)) this.#attached()
        else this.#restart()
        break
      case 'gone':
        this.#restart()
        break
      case 'refused':
        this.#refused(frame)
        break
      case 'superseded':
        void this.#end(new RtcError('signaling/superseded', 'Another link has taken this session over.'))
        break
      case 'ping':
        this.#say({ type: 'pong', id: frame.id })
        break
      case 'pong':
        this.#probes.get(frame.id ?? 0)?.resolve()
        break
      case 'ack':
        this.#outbox.ack(frame.received)
    }
  }

  #refused({ code, retry, retryWithinMs, text }: Refused): void {
    const error = new RtcError(code, text ?? 'The signaling server refused us.')
    if (retry === 'never') void this.#end(error)
    else this.#lose(error, retryWithinMs && retryWithinMs * this.#context.runtime.random())
  }

  #attached(silenceMs?: number): void {
    this.#onlineAt = this.#context.runtime.now()
    for (const frame of this.#outbox.frames) this.#write(frame)
    if (silenceMs) this.#silenceMs = silenceMs
    this.#listenForSilence()
    this.#move('attach')
    this.#opened.resolve()
    for (const probe of this.#probes.values()) probe.resolve()
    this.#probes.clear()
  }

  /** A half-open link says nothing and takes what we send: when the server's pings stay away, ask. */
  #silenceMs = 0
  #listenForSilence(): void {
    const { runtime } = this.#context
    this.#attempt?.add(runtime.after(this.#silenceMs, () => {
      if (runtime.now() - this.#heardAt >= this.#silenceMs) quietly(this.probe(PROBE_MS))
      this.#listenForSilence()
    }))
  }

  /** Begins a new session on the same link. */
  #restart(): void {
    const lost = this.#outbox.frames.map((frame) => JSON.parse(frame) as ClientMessage)
    this.#session = undefined
    this.#outbox = new Outbox()
    this.#inbox = new Inbox()
    this.#move('open')
    this.#greet()
    this.#sink.restarted(lost)
  }

  /** The link is lost: plans the next one. */
  #lose(error: RtcError, delayMs?: number): void {
    const { runtime, reconnect } = this.#context
    this.#drop()
    if (this.#state === 'online' && runtime.now() - this.#onlineAt >= reconnect.stableAfterMs) this.#attempts = 0
    const wait = delayMs ?? delayFor(this.#attempts++, reconnect, runtime)
    this.#stopRetry = runtime.after(wait, () => void this.#connect())
    this.#move('lose', error)
  }

  /** The page came back or the network did. */
  #look(): void {
    if (this.#state === 'online') quietly(this.probe(PROBE_MS))
    else this.#retryNow()
  }

  #retryNow(): void {
    if (this.#state !== 'waiting') return
    this.#stopRetry()
    void this.#connect()
  }

  #drop(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    this.#link = undefined
    attempt?.close()
  }

  async #end(error?: unknown): Promise<void> {
    if (this.#state === 'closed') return
    const closing = this.#link?.close()
    const opening = this.#state !== 'online' && !this.#session
    this.#drop()
    this.#stopRetry()
    this.#scope.close()
    const reason = error ?? new RtcError('signaling/closed', 'The session is closed.')
    this.#opened.reject(reason)
    for (const probe of this.#probes.values()) probe.reject(reason)
    this.#probes.clear()
    this.#move('close', opening || !isRtcError(error) ? undefined : error)
    await closing?.catch(() => undefined)
  }

  #say(frame: ClientControl): void {
    this.#write(encode(frame))
  }

  #write(frame: string): void {
    // A link that does not take it is about to be closed; what is numbered goes over the next one.
    if (this.#link) quietly(this.#link.send(frame))
  }

  #move(event: SessionEvent, error?: RtcError): void {
    const to = next(SESSION_STATES, this.#state, event)
    if (!to || to === this.#state) return
    this.#state = to
    this.#context.logger.info('session moved', { to, error: error?.code })
    this.#sink.stateChanged(to, error)
  }
}

const unreachable = (cause?: unknown): RtcError =>
  new RtcError('signaling/unreachable', 'The signaling server could not be reached.', { cause })
