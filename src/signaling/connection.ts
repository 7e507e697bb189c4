import { RtcError, isRtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { next } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { deferred, quietly } from '../base/wait'
import { decode, encode } from '../protocol/decode'
import { PROTOCOL_VERSION } from '../protocol/limits'
import type {
  ClientControl, ClientMessage, Numbered, Person, ServerControl, ServerFrame, ServerMessage,
} from '../protocol/messages'
import { Inbox, Outbox } from '../protocol/numbers'
import { SERVER_FRAMES } from '../protocol/server-frames'
import { Attempt, unreachable } from './attempt'
import type { SessionState, TokenSource } from './port'
import { Probes } from './probes'
import { delayFor, type ReconnectConfig } from './retry'
import { SESSION_STATES, type SessionEvent } from './session-states'
import type { SignalingTransport } from './transport'

/** The part of the {@link Runtime} that signaling needs. */
export type SignalingRuntime = Pick<Runtime, 'now' | 'random' | 'randomId' | 'after' | 'onPage'>

/** How long one attempt may take, from opening the link to the server's welcome. */
const OPEN_MS = 10_000
/** How long the server may take to answer a probe of our own. */
const PROBE_MS = 5_000

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
  readonly #probes = new Probes()
  #state: SessionState = 'offline'
  #session: { readonly id: string; readonly key: string } | undefined
  #self: Person = { id: '' }
  #outbox = new Outbox()
  #inbox = new Inbox()
  #token: string | undefined
  #attempt: Attempt | undefined
  #attempts = 1
  #onlineAt = 0
  #heardAt = 0
  /** The server pings more often than this; without a word for so long we ask. */
  #silenceMs = 0
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
    const stop = (): void => this.#end(signal.reason)
    if (signal.aborted) stop()
    else {
      signal.addEventListener('abort', stop)
      const undo = (): void => signal.removeEventListener('abort', stop)
      this.#opened.promise.then(undo, undo)
      const { onPage } = this.#context.runtime
      // The network came back, or the page did: a lost link is opened at once, and one that looks alive has to prove it.
      const look = (): void => void quietly(this.probe(PROBE_MS))
      for (const name of ['online', 'pageshow', 'visibilitychange'] as const) this.#scope.add(onPage(name, look))
      this.#scope.add(
        onPage('pagehide', (event) => {
          // A page that is kept in the back-forward cache may come back to its calls.
          if (!(event as PageTransitionEvent).persisted) void this.close()
        }),
      )
      void this.#connect()
    }
    return this.#opened.promise
  }

  /**
   * Numbers a message and sends it now or with the next link.
   * @throws {@link RtcError} `signaling/outbox-full`, `signaling/too-large`, `signaling/closed`
   */
  send(message: ClientMessage): void {
    if (this.#state === 'closed') throw closed()
    const pushed = this.#outbox.push(message)
    if ('refused' in pushed) throw new RtcError(pushed.refused, 'Signaling cannot take the message.')
    if (this.#state === 'online') this.#attempt?.write(pushed.frame)
  }

  /** Resolves when the server answered; without an answer in time it gives the link up, opens another and rejects `signaling/timeout`. */
  probe(deadlineMs: number): Promise<void> {
    const { id, answer } = this.#probes.ask()
    if (this.#state === 'closed') answer.reject(closed())
    if (this.#state === 'waiting') void this.#connect()
    if (this.#state === 'online') this.#say({ type: 'ping', id })
    const asked = this.#attempt
    const stop = this.#context.runtime.after(deadlineMs, () => {
      const error = new RtcError('signaling/timeout', 'The signaling server did not answer in time.')
      answer.reject(error)
      if (asked && this.#attempt === asked) this.#lose(error, 0)
    })
    answer.promise.then(stop, stop)
    return answer.promise
  }

  /** Says good-bye before it returns. Idempotent. */
  async close(): Promise<void> {
    const attempt = this.#attempt
    if (this.#session) this.#say({ type: 'bye' })
    this.#end()
    await attempt?.close()
  }

  async #connect(): Promise<void> {
    const { transport, token, runtime } = this.#context
    const attempt = new Attempt()
    const { scope } = attempt
    this.#stopRetry()
    this.#attempt = attempt
    this.#move('open')
    scope.add(
      runtime.after(OPEN_MS, () => {
        if (this.#state === 'connecting')
          this.#lose(new RtcError('signaling/timeout', 'The signaling server did not welcome us in time.'))
      }),
    )
    try {
      this.#token = await token()
    } catch (cause) {
      const error = new RtcError('signaling/unauthorized', 'No token could be had.', { cause })
      if (scope.closed) return
      // The first time it is the app that fails, later more likely its network.
      if (this.#session) this.#lose(error)
      else this.#end(error)
    }
    if (scope.closed) return
    const open = await attempt.open(transport, {
      frame: (text) => this.#frame(text),
      lost: (error, final) => (final ? this.#end(error) : this.#lose(error)),
    })
    if (open) this.#greet()
  }

  #greet(): void {
    const greeting = { v: PROTOCOL_VERSION, token: this.#token }
    if (!this.#session) return this.#say({ type: 'hello', ...greeting, instance: this.#instance })
    const { id: session, key } = this.#session
    this.#say({ type: 'resume', ...greeting, session, key, received: this.#inbox.last })
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
    const { random } = this.#context.runtime
    switch (frame.type) {
      case 'welcome':
        this.#session = { id: frame.session, key: frame.key }
        this.#self = frame.self
        this.#silenceMs = frame.limits.pingMs + PROBE_MS
        return this.#attached()
      case 'resumed':
        return this.#outbox.ack(frame.received) ? this.#attached() : this.#restart()
      case 'gone':
        return this.#restart()
      case 'refused': {
        const { code, retry, retryWithinMs, text = 'The signaling server refused us.' } = frame
        const error = new RtcError(code, text)
        return retry === 'never' ? this.#end(error) : this.#lose(error, retryWithinMs && retryWithinMs * random())
      }
      case 'superseded':
        return this.#end(new RtcError('signaling/superseded', 'Another link has taken this session over.'))
      case 'ping':
        return this.#say({ type: 'pong', id: frame.id })
      case 'pong':
        return this.#probes.answered(frame.id)
      case 'ack':
        this.#outbox.ack(frame.received)
    }
  }

  #attached(): void {
    this.#onlineAt = this.#context.runtime.now()
    for (const frame of this.#outbox.frames) this.#attempt?.write(frame)
    this.#listenForSilence()
    this.#move('attach')
    this.#opened.resolve()
    this.#probes.settle()
  }

  /** A half-open link says nothing and takes whatever we send: when the server's pings stay away, ask. */
  #listenForSilence(): void {
    const { runtime } = this.#context
    this.#attempt?.scope.add(
      runtime.after(this.#silenceMs, () => {
        if (runtime.now() - this.#heardAt >= this.#silenceMs) quietly(this.probe(PROBE_MS))
        this.#listenForSilence()
      }),
    )
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
    void this.#attempt?.close()
    this.#attempt = undefined
    if (this.#state === 'online' && runtime.now() - this.#onlineAt >= reconnect.stableAfterMs) this.#attempts = 0
    this.#stopRetry = runtime.after(delayMs ?? delayFor(this.#attempts++, reconnect, runtime), () => void this.#connect())
    this.#move('lose', error)
  }

  #end(error?: unknown): void {
    if (this.#state === 'closed') return
    void this.#attempt?.close()
    this.#attempt = undefined
    this.#stopRetry()
    this.#scope.close()
    const reason = error ?? closed()
    this.#opened.reject(reason)
    this.#probes.settle(reason)
    // Whoever still waits for `open` has it from there.
    this.#move('close', this.#session && isRtcError(error) ? error : undefined)
  }

  #say(frame: ClientControl): void {
    this.#attempt?.write(encode(frame))
  }

  #move(event: SessionEvent, error?: RtcError): void {
    const to = next(SESSION_STATES, this.#state, event)
    if (!to) return
    this.#state = to
    this.#context.logger.info('session moved', { to, error: error?.code })
    this.#sink.stateChanged(to, error)
  }
}

const closed = (): RtcError => new RtcError('signaling/closed', 'The session is closed.')
