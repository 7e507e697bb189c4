import { RtcError, isRtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { next } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { abortable, deferred, quietly, type Deferred } from '../base/wait'
import { decode, encode, isAddress, isText, optional } from '../protocol/decode'
import type { ClientControl, ClientMessage, Numbered, Person, ReclaimedCall, ServerControl, ServerFrame, ServerMessage } from '../protocol/messages'
import { Outbox, placeOf } from '../protocol/numbers'
import { SERVER_FRAMES } from '../protocol/server-frames'
import { Credentials } from './credentials'
import { closed, invalid, refused, timeout } from './errors'
import { openLink, unreachable } from './link'
import type { SessionKeeper, SessionState, TokenSource } from './port'
import { delayFor, type ReconnectConfig } from './retry'
import { SESSION_STATES, type SessionEvent } from './session-states'
import type { FrameLink, SignalingTransport } from './transport'

/** The part of the {@link Runtime} that signaling needs. */
export type SignalingRuntime = Pick<Runtime, 'now' | 'random' | 'randomId' | 'after' | 'onPage'>

/** A server may ask for patience, within reason. */
const MAX_RETRY_MS = 600_000
/** How long one attempt may take, from opening the link to the server's welcome. */
const OPEN_MS = 10_000
/** How long the server may take to answer a probe of our own; no longer than from one of its pings to the next. */
const PROBE_MS = 5_000
/** How soon a page that is loaded again is back. */
const RELOAD_MS = 15_000

const ANSWERS = { hello: 'welcome', resume: 'resumed', reclaim: 'reclaimed' } as const

/** What a connection needs. */
export interface ConnectionContext {
  readonly transport: SignalingTransport
  readonly token: TokenSource
  readonly runtime: SignalingRuntime
  readonly logger: Logger
  readonly reconnect: ReconnectConfig
  readonly keeper?: SessionKeeper | undefined
}

/** What a connection reports to. */
export interface ConnectionSink {
  stateChanged(state: SessionState, error?: RtcError): void
  received(message: ServerMessage): void
  /** The server lost the session and a new one begins: these were under way, in this order, and may or may not have arrived. */
  restarted(unacknowledged: readonly ClientMessage[]): void
  /** These calls were ours before the page was loaded again. */
  reclaimed(calls: readonly ReclaimedCall[]): void
  /** The server has taken something: there may be room for more. */
  taken(): void
}

/** One signaling session over as many links as it takes: everything sent arrives once and in order, both ways. */
export class Connection {
  /** Frames of the server that were not understood. */
  readonly counters = { malformed: 0, unknown: 0 }
  /** How long the server may take to say what became of our calls, for whose other side it waits; 0 where it will not know them. */
  claimMs = 0
  readonly #context: ConnectionContext
  readonly #sink: ConnectionSink
  readonly #credentials: Credentials
  readonly #scope = new Scope()
  readonly #opened = deferred<void>()
  #state: SessionState = 'offline'
  #self: Person = { id: '' }
  #outbox = new Outbox()
  /** The last number of the server that was dispatched. */
  #received = 0
  #token: string | undefined
  /** Lives as long as the present link or the attempt to open one. */
  #attempt = new Scope()
  #link: FrameLink | undefined
  #attempts = 1
  #onlineAt = 0
  /** Whether the log knows that the server is away. */
  #warned = false
  /** The server pings more often than this; without a word for so long we ask. */
  #silenceMs = 0
  #probeMs = PROBE_MS
  #partBytes = 0
  #stopListening = (): void => undefined
  /** What answers our greeting; of a server that says anything else we take no session. */
  #awaited: string | undefined
  #ackPlanned = false
  /** Settles with the server's answer to our ping. */
  #answer: Deferred<void> | undefined

  constructor(context: ConnectionContext, sink: ConnectionSink) {
    this.#context = context
    this.#sink = sink
    this.#credentials = new Credentials(context.runtime.randomId(), context.keeper)
  }

  get state(): SessionState {
    return this.#state
  }

  /** Who the server says we are. */
  get self(): Person {
    return this.#self
  }

  /** Bytes that the server has not acknowledged. */
  get heldBytes(): number {
    return this.#outbox.sizeBytes
  }

  /** Bytes of the data of one part; 0: the server knows neither parts nor how to bring calls back. */
  get partBytes(): number {
    return this.#partBytes
  }

  /** Resolves once online; tries until then. Rejects with a refusal that trying again cannot mend, or when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { keeper, runtime: { onPage } } = this.#context
    // The network came back, or the page did: a lost link is opened at once, and one that looks alive has to prove it.
    for (const name of ['online', 'pageshow', 'visibilitychange'] as const)
      this.#scope.add(onPage(name, () => void this.probe(this.#probeMs)))
    this.#scope.add(
      onPage('pagehide', (event) => {
        // A page that is kept in the back-forward cache may come back to its calls.
        if ((event as PageTransitionEvent).persisted) return
        // One that is loaded again finds its session where it was.
        if (this.#credentials.kept) this.#say({ type: 'bye', backWithinMs: RELOAD_MS })
        else void this.close()
      }),
    )
    if (keeper) await this.#credentials.recall()
    if (!this.#scope.closed) void this.#connect()
    try {
      await abortable(this.#opened.promise, signal)
    } catch (error) {
      this.#end(error)
      throw error
    }
  }

  /**
   * Numbers a message and sends it now or with the next link.
   * @throws {@link RtcError} `signaling/outbox-full`, `signaling/too-large`, `signaling/closed`, `usage/invalid-argument` for a wrong address and what is no JSON
   */
  send(message: ClientMessage): void {
    if (this.#state === 'closed') throw closed()
    if ('to' in message && !isAddress(message.to)) throw invalid('An id has 1 to 256 characters.')
    // There is always room to hang up.
    const pushed = this.#outbox.push(message, message.type === 'end' ? 1.1 : 1)
    if ('refused' in pushed) throw refused(pushed.refused)
    if (this.#state === 'online') this.#write(pushed.frame)
  }

  /** Resolves when the server answered; without an answer in time it gives the link up, opens another and rejects `signaling/timeout`. */
  probe(deadlineMs: number): Promise<void> {
    if (this.#state === 'closed') return quietly(Promise.reject(closed()))
    if (this.#state === 'waiting') void this.#connect()
    const attempt = this.#attempt
    const answer = (this.#answer ??= deferred())
    if (this.#state === 'online') this.#say({ type: 'ping' })
    const stop = this.#context.runtime.after(deadlineMs, () => {
      const error = timeout()
      if (!attempt.closed) {
        this.#lose(error)
        void this.#connect()
      }
      this.#answered(error)
    })
    return quietly(answer.promise.finally(stop))
  }

  /** Says good-bye before it returns. Idempotent. */
  async close(): Promise<void> {
    const link = this.#link
    if (this.#credentials.held) this.#say({ type: 'bye' })
    this.#end()
    await link?.close()
  }

  async #connect(): Promise<void> {
    const { transport, token, runtime } = this.#context
    this.#attempt.close()
    const attempt = (this.#attempt = new Scope())
    this.#move('open')
    attempt.add(runtime.after(OPEN_MS, () => this.#state === 'connecting' && this.#lose(timeout())))
    try {
      this.#token = await token()
    } catch (cause) {
      const error = new RtcError('signaling/unauthorized', 'The token function failed.', { cause })
      if (attempt.closed) return
      // The first time it is the app that fails, later more likely its network.
      return this.#self.id ? this.#lose(error) : this.#end(error)
    }
    if (attempt.closed) return
    // Types do not stop everybody, and the server would drop such a greeting.
    if (!optional(isText)(this.#token)) return this.#end(invalid('The token is no string.'))
    const link = await openLink(transport, attempt, {
      frame: (text) => this.#frame(text),
      lost: (error, final) => (final ? this.#end(error) : this.#lose(error)),
    })
    if (!link || attempt.closed) return
    this.#link = link
    this.#greet()
  }

  #greet(): void {
    const greeting = this.#credentials.greeting(this.#token, this.#received)
    this.#awaited = ANSWERS[greeting.type]
    this.#say(greeting)
  }

  #frame(text: string): void {
    if (this.#state === 'online') this.#listenForSilence()
    const decoded = decode<ServerFrame>(SERVER_FRAMES, text)
    if ('problem' in decoded) {
      this.counters[decoded.problem]++
      this.#context.logger.warn('signaling frame dropped', { problem: decoded.problem })
      if (decoded.n) this.#take(decoded.n)
    } else if ('n' in decoded.frame) this.#take(decoded.frame.n, decoded.frame)
    else this.#control(decoded.frame)
  }

  #take(n: number, message?: Numbered<ServerMessage>): void {
    if (this.#state !== 'online') return
    const place = placeOf(n, this.#received)
    if (place === 'gap') return this.#lose(unreachable())
    if (!this.#ackPlanned) {
      this.#ackPlanned = true
      // After the dispatch, also where a listener fails: that does not undo it.
      queueMicrotask(() => {
        this.#ackPlanned = false
        if (this.#state === 'online') this.#say({ type: 'ack', received: this.#received })
      })
    }
    if (place === 'seen') return
    this.#received = n
    if (message) this.#sink.received(message)
  }

  #control(frame: ServerControl): void {
    switch (frame.type) {
      case 'welcome':
      case 'reclaimed': {
        if (this.#awaited !== frame.type) return
        const { self, limits: { pingMs, partBytes = 0 } } = frame
        this.#credentials.keep(frame, partBytes > 0)
        this.#self = self
        // Whoever believed a server that it pings without a pause would ask it without one.
        const everyMs = pingMs < 200 ? 4 * PROBE_MS : pingMs
        this.#probeMs = Math.min(PROBE_MS, everyMs)
        this.#silenceMs = everyMs + this.#probeMs
        this.#partBytes = partBytes
        this.claimMs = partBytes && frame.graceMs + OPEN_MS
        this.#attached()
        return frame.type === 'reclaimed' ? this.#sink.reclaimed(frame.calls) : undefined
      }
      case 'resumed':
        if (this.#awaited !== frame.type) return
        return this.#outbox.ack(frame.received) ? this.#attached() : this.#restart()
      case 'gone':
        return this.#restart()
      case 'refused': {
        const { code, retry, retryWithinMs, text } = frame
        const error = refused(code, text)
        if (retry === 'never') this.#end(error)
        else this.#lose(error, Math.min(retryWithinMs ?? 0, MAX_RETRY_MS) * this.#context.runtime.random())
        return
      }
      case 'superseded':
        return this.#end(new RtcError('signaling/superseded', 'Another page took the session over.'))
      case 'draining': {
        const { runtime } = this.#context
        const wait = Math.min(frame.retryWithinMs, MAX_RETRY_MS) * runtime.random()
        return this.#attempt.add(runtime.after(wait, () => this.#lose(unreachable())))
      }
      case 'ping':
        return this.#say({ ...frame, type: 'pong' })
      case 'pong':
        return this.#answered()
      case 'ack':
        this.#outbox.ack(frame.received)
        this.#sink.taken()
    }
  }

  #attached(): void {
    this.#awaited = undefined
    this.#warned = false
    this.#onlineAt = this.#context.runtime.now()
    for (const frame of this.#outbox.frames) this.#write(frame)
    this.#listenForSilence()
    this.#move('attach')
    this.#opened.resolve()
    this.#answered()
    this.#sink.taken()
  }

  /** A half-open link says nothing and takes whatever we send: when the server's pings stay away, ask. */
  #listenForSilence(): void {
    this.#stopListening()
    this.#stopListening = this.#context.runtime.after(this.#silenceMs, () => void this.probe(this.#probeMs))
  }

  /** Begins a new session: on the same link where that was to resume the old one, else with the patience of any other loss. */
  #restart(): void {
    const lost = this.#outbox.frames.map((frame) => JSON.parse(frame) as ClientMessage)
    const resuming = this.#state === 'connecting' && this.#credentials.held
    this.#credentials.drop()
    this.#outbox = new Outbox()
    this.#received = 0
    if (resuming) this.#greet()
    else this.#lose(unreachable())
    this.#sink.restarted(lost)
  }

  /** The link is lost: plans the next one, not before `delayMs`. */
  #lose(error: RtcError, delayMs = 0): void {
    const { runtime, reconnect, logger } = this.#context
    this.#drop()
    // Once for a server that is away, not for each attempt.
    if (this.#state === 'connecting' && !this.#warned) {
      this.#warned = true
      logger.warn(error.message, { code: error.code, fix: error.fix })
    }
    if (this.#state === 'online' && runtime.now() - this.#onlineAt >= reconnect.stableAfterMs) this.#attempts = 0
    const wait = Math.max(delayMs, delayFor(this.#attempts++, reconnect, runtime))
    this.#attempt.add(runtime.after(wait, () => void this.#connect()))
    this.#move('lose', error)
  }

  #end(error?: unknown): void {
    if (this.#state === 'closed') return
    this.#drop()
    this.#scope.close()
    this.#credentials.drop()
    const reason = error ?? closed()
    this.#opened.reject(reason)
    this.#answered(reason)
    // Before the first welcome, which told who we are, somebody waits for `open` and has it from there.
    this.#move('close', this.#self.id && isRtcError(error) ? error : undefined)
  }

  #drop(): void {
    this.#stopListening()
    this.#link = this.#awaited = undefined
    this.#attempt.close()
    this.#attempt = new Scope()
  }

  #answered(error?: unknown): void {
    const answer = this.#answer
    this.#answer = undefined
    if (error) answer?.reject(error)
    else answer?.resolve()
  }

  #say(frame: ClientControl): void {
    this.#write(encode(frame))
  }

  /** A link that does not take a frame is about to be lost, and what is numbered goes over the next one. */
  #write(frame: string): void {
    if (this.#link) quietly(this.#link.send(frame))
  }

  #move(event: SessionEvent, error?: RtcError): void {
    const to = next(SESSION_STATES, this.#state, event)
    if (!to) return
    this.#state = to
    this.#sink.stateChanged(to, error)
  }
}
