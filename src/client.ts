import { Emitter } from './base/emitter'
import { RtcError } from './base/errors'
import { DEFAULT_LOGGER, type Logger } from './base/log'
import { RUNTIME } from './base/runtime'
import { abortable, logged, quietly } from './base/wait'
import { CALLS_DEFAULTS, type ClientOptions, iceSource } from './options'
import type { Call } from './session/call'
import { type CallOptions, Calls } from './session/calls'
import { Presence } from './session/presence'
import { native } from './signaling/native'
import { MESSAGES, PRESENCE, type ProtocolSession, type SessionState, type SignalingProtocol } from './signaling/port'

/** What a {@link Client} tells. */
export interface ClientEvents {
  /** The connection to the signaling server moved. Calls go on while it is away. */
  stateChanged: { readonly from: SessionState; readonly to: SessionState; readonly error?: RtcError | undefined }
  /** Somebody calls: `call.accept()`, or `call.reject()`. */
  callReceived: { readonly call: Call }
  /** A call that this page had before it was loaded again, in state `reconnecting`: `call.accept()` goes on with it, `call.hangUp()` ends it. Without a listener it is hung up. */
  callReclaimed: { readonly call: Call }
  /** Somebody sent us a message outside a call. */
  messageReceived: { readonly from: string; readonly data: unknown }
}

/**
 * One person's presence on a signaling server: places and takes calls, sends messages, sees who is there.
 *
 * Lost links are opened again by themselves and nothing is lost or doubled meanwhile; calls go on.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { webSocket } from 'tsunagu/adapters/websocket'
 * const client = new Client({ signaling: webSocket({ url: 'https://example.com/signal' }), token: 'aki' })
 * client.on('callReceived', ({ call }) => call.accept({ audio: true, video: true }))
 * await client.connect()
 * const call = client.call('bob', { audio: true, video: true })
 * ```
 */
export class Client extends Emitter<ClientEvents> {
  /** Who is there. */
  readonly presence = new Presence()
  readonly #protocol: SignalingProtocol
  readonly #token: ClientOptions['token']
  readonly #keeper: ClientOptions['keeper']
  readonly #logger: Logger
  readonly #calls: Calls
  #abort = new AbortController()
  #state: SessionState = 'offline'
  #session: ProtocolSession | undefined
  #opening: Promise<ProtocolSession> | undefined

  // Taken apart inside: a parameter's pattern would stand in the published types and name what they do not have (`runtime`).
  constructor(options: ClientOptions) {
    super()
    const { signaling, token, ice, reconnect, calls, keeper, logger = DEFAULT_LOGGER, runtime = RUNTIME } = Object(options) as ClientOptions
    // Types do not stop everybody.
    if (typeof (signaling as { open?: unknown } | undefined)?.open !== 'function')
      throw new RtcError('usage/invalid-argument', 'Pass signaling, and call it: webSocket({ url }).')
    this.#protocol = 'level' in signaling ? signaling : native(signaling, { runtime, logger, reconnect })
    this.#token = token
    this.#logger = logger
    this.#keeper = keeper
    this.#calls = new Calls({
      ...CALLS_DEFAULTS,
      ...calls,
      runtime,
      logger,
      ice: iceSource(ice),
      received: (call) => this.#received('callReceived', call),
    })
  }

  /** Who the server says we are; `undefined` before the first {@link Client.connect}. */
  get id(): string | undefined {
    return this.#session?.id
  }

  /** The name the server shows of us. */
  get name(): string | undefined {
    return this.#session?.name
  }

  get state(): SessionState {
    return this.#state
  }

  /**
   * Connects to the signaling server; resolves online. While the server cannot be reached it keeps trying until `signal` aborts.
   * @throws {@link RtcError} `signaling/unauthorized`, `signaling/protocol-unsupported` and other refusals that trying again cannot mend; `usage/closed`.
   */
  connect({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return logged('connect', this.#connect(signal), this.#logger)
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    if (this.#state === 'closed') throw closed()
    const abort = this.#abort
    const opening = (this.#opening ??= quietly(this.#open(abort.signal)))
    const stop = (): void => {
      // Once online, the signal has done its work.
      if (!this.#session) abort.abort(signal?.reason)
    }
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    try {
      await opening
    } catch (error) {
      if (this.#opening === opening) this.#retire()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** The calls that have not ended. */
  get calls(): readonly Call[] {
    return this.#calls.running
  }

  /**
   * Calls somebody; returns at once with the call in state `inviting`, and whatever fails ends that call with its reason.
   * @throws {@link RtcError} `usage/invalid-state` before {@link Client.connect} has resolved once and for more than `calls.max` calls,
   * `usage/invalid-argument` for no id or metadata that is no JSON, `usage/closed` after {@link Client.close}.
   */
  call(to: string, options: CallOptions = {}): Call {
    return this.#calls.place(this.#online(), to, options)
  }

  /**
   * Sends JSON to somebody outside a call; resolves when the server has it in the recipient's queue. Where `signal` aborts,
   * it is not waited for any longer and may still arrive.
   * @throws {@link RtcError} `signaling/recipient-offline`, `signaling/forbidden`, `signaling/too-large` over 256 KiB, `signaling/outbox-full`, `signaling/delivery-unknown`, `usage/invalid-argument` for what is no JSON or no id.
   */
  send(to: string, data: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return logged('send', abortable(this.#send(to, data), signal), this.#logger)
  }

  async #send(to: string, data: unknown): Promise<void> {
    const messages = this.#online().extension(MESSAGES)
    if (!messages) throw new RtcError('usage/unsupported-environment', `${this.#protocol.name} has no messages outside calls.`)
    await messages.send(to, data)
  }

  /** Hangs up, says good-bye to the server and ends the client for good. Idempotent. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    // A call that is being put through takes a while to leave.
    const left = this.#calls.close()
    const session = this.#session
    this.#abort.abort(closed())
    this.#move('closed')
    await left
    await session?.close()
  }

  #online(): ProtocolSession {
    if (this.#state === 'closed') throw closed()
    if (!this.#session)
      throw new RtcError('usage/invalid-state', 'This client is not connected yet.', {
        fix: 'Await client.connect() first.',
      })
    return this.#session
  }

  async #open(signal: AbortSignal): Promise<ProtocolSession> {
    const token = this.#token
    const keeper = this.#keeper
    // Without it a reload would open microphones that are held: then no call comes back.
    const kept = keeper && (await import('./session/kept-holds').then(({ keepHolds }) => keepHolds(keeper, this.#calls), () => undefined))
    const session = await this.#protocol.open(
      {
        // A session that is over leaves us offline, free to connect again; only `close` is for good.
        // And it is online when whoever hears of it can use it: once the session is here.
        stateChanged: (state, error) => {
          if (state !== 'online' || this.#session) this.#move(state === 'closed' ? 'offline' : state, error)
        },
        invited: (dialog, body, replaced) => this.#calls.receive(dialog, body, replaced),
        reclaimed: (dialog, body, direction) => {
          const call = this.#calls.reclaim(dialog, body, direction)
          if (!this.#received('callReclaimed', call)) void call.hangUp()
        },
      },
      {
        token: async () => (typeof token === 'function' ? token() : token),
        signal,
        keeper: kept,
      },
    )
    // It ended before anybody could use it.
    if (signal !== this.#abort.signal) throw new RtcError('signaling/closed', 'The session is closed.')
    this.#session = session
    session.extension(MESSAGES)?.bind((from, data) => this.emit('messageReceived', { from, data }))
    const presence = session.extension(PRESENCE)
    if (presence) this.presence.bind(presence, this.#logger)
    this.#move('online')
    return session
  }

  /** Whether anybody listens. */
  #received(name: 'callReceived' | 'callReclaimed', call: Call): boolean {
    const heard = this.listenerCount(name) > 0
    if (!heard) this.#logger.warn(`nothing listens to ${name}`, { call: call.id })
    this.emit(name, { call })
    return heard
  }

  /** Makes room for another `connect`. */
  #retire(): void {
    this.#opening = this.#session = undefined
    this.#abort = new AbortController()
  }

  #move(to: SessionState, error?: RtcError): void {
    const from = this.#state
    if (from === to || from === 'closed') return
    this.#state = to
    if (to === 'offline') this.#retire()
    this.#logger.info('client moved', { from, to, error: error?.code })
    this.emit('stateChanged', { from, to, error })
  }
}

const closed = (): RtcError => new RtcError('usage/closed', 'This client is closed.')
