import { RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { RUNTIME } from '../base/runtime'
import { deferred, type Deferred } from '../base/wait'
import type { ClientMessage, Replaces, SendMessage, ServerMessage, SetPresence, Watch } from '../protocol/messages'
import { closed, Connection, type ConnectionContext, refused, type SignalingRuntime } from './connection'
import { NativeDialog } from './dialog'
import {
  type Dialog, type EndCode, type ExtensionKey, type InviteBody, type Messages, MESSAGES, PRESENCE, type PeerIdentity,
  type PresencePort, type ProtocolSession, type SessionSink, type SignalingProtocol,
} from './port'
import { RECONNECT_DEFAULTS, type ReconnectOptions } from './retry'
import type { SignalingTransport } from './transport'

/** How the native protocol behaves; everything is optional. */
export interface NativeOptions {
  readonly runtime?: SignalingRuntime
  readonly logger?: Logger
  readonly reconnect?: ReconnectOptions | undefined
}

/** What is answered by a result. */
type Request = SendMessage | Watch | SetPresence

/** One stay at a Tsunagu server. */
class NativeSession implements ProtocolSession {
  readonly connection: Connection
  readonly #sink: SessionSink
  readonly #runtime: SignalingRuntime
  readonly #dialogs = new Map<string, NativeDialog>()
  /** Requests without a result, by their id. */
  readonly #answers = new Map<number, Deferred<void>>()
  /** What we watch and how we are: a new session has to be told again. */
  readonly #wishes = new Map<Request['type'], Request>()
  readonly #extensions: Readonly<Record<string, unknown>>
  #requestId = 0
  #heardMessage: Parameters<Messages['bind']>[0] = () => undefined
  #heardPresence: Parameters<PresencePort['bind']>[0] = () => undefined

  constructor(sink: SessionSink, context: ConnectionContext) {
    this.#sink = sink
    this.#runtime = context.runtime
    this.connection = new Connection(context, {
      stateChanged: (state, error) => {
        if (state === 'closed') this.#closed(error)
        sink.stateChanged(state, error)
      },
      received: (message) => this.#received(message),
      restarted: (unacknowledged) => this.#restarted(unacknowledged),
    })
    const messages: Messages = {
      send: (to, data) => this.#ask({ type: 'message', id: ++this.#requestId, to, data }),
      bind: (receive) => {
        this.#heardMessage = receive
      },
    }
    const presence: PresencePort = {
      watch: (ids) => this.#ask({ type: 'watch', id: ++this.#requestId, ids }),
      set: (status) => this.#ask({ type: 'presence', id: ++this.#requestId, status }),
      bind: (receive) => {
        this.#heardPresence = receive
      },
    }
    this.#extensions = { [MESSAGES.name]: messages, [PRESENCE.name]: presence }
  }

  get id(): string {
    return this.connection.self.id
  }

  get name(): string | undefined {
    return this.connection.self.name
  }

  invite(to: string, { media, metadata }: InviteBody, replaces?: Replaces): Dialog {
    const call = this.#runtime.randomId()
    const dialog = this.#dialog(call, { id: to }, true)
    try {
      this.connection.send({ type: 'invite', call, to, media, metadata, replaces })
    } catch (error) {
      const { code } = error as RtcError
      dialog.lost({ code: code as EndCode, by: 'system' })
      if (code === 'usage/invalid-argument') throw error
    }
    return dialog
  }

  extension<T>(key: ExtensionKey<T>): T | undefined {
    return this.#extensions[key.name] as T | undefined
  }

  probe(deadlineMs: number): Promise<void> {
    return this.connection.probe(deadlineMs)
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  #dialog(id: string, peer: PeerIdentity, caller: boolean): NativeDialog {
    const dialog = new NativeDialog(id, peer, {
      caller,
      send: (message) => this.connection.send(message),
      over: () => this.#dialogs.delete(id),
      randomId: this.#runtime.randomId,
      invite: (to, body, replaces) => this.invite(to, body, replaces),
    })
    this.#dialogs.set(id, dialog)
    return dialog
  }

  #ask(request: Request): Promise<void> {
    const answer = deferred<void>()
    try {
      this.connection.send(request)
      this.#answers.set(request.id, answer)
      if (request.type !== 'message') this.#wishes.set(request.type, request)
    } catch (error) {
      answer.reject(error)
    }
    return answer.promise
  }

  #received(message: ServerMessage): void {
    switch (message.type) {
      case 'invited': {
        const { call, from, media, metadata, replaces } = message
        if (this.#dialogs.has(call)) return
        const replaced = replaces && this.#dialogs.get(replaces.call)
        const dialog = this.#dialog(call, from, false)
        // Not for this device, or the call is over, or nobody told us: it never rings.
        if (replaces && !replaced?.replaceableWith(replaces.key)) return void dialog.end({ code: 'call/unreachable', by: 'local' })
        this.#sink.invited(dialog, { media, metadata }, replaced)
        return
      }
      case 'message':
        return this.#heardMessage(message.from.id, message.data)
      case 'part':
        return
      case 'presence': {
        const { id, name, status } = message
        return this.#heardPresence({ id, name, status })
      }
      case 'result':
        return this.#answered(message.id, message.code && refused(message.code))
      default:
        // What comes for a call that has just ended here is late, not wrong.
        this.#dialogs.get(message.call)?.heard(message)
    }
  }

  #answered(id: number, error?: RtcError): void {
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error) answer?.reject(error)
    else answer?.resolve()
  }

  /** Invitations that did not arrive go again, with all that followed them; other calls were lost with the session. */
  #restarted(unacknowledged: readonly ClientMessage[]): void {
    const invited = new Set(unacknowledged.map((message) => message.type === 'invite' && message.call))
    for (const [id, dialog] of this.#dialogs) if (!invited.has(id)) dialog.lost({ code: 'call/lost', by: 'system' })
    for (const message of unacknowledged) if ('call' in message) this.#again(message)
    const wishes = new Map([...this.#wishes.values()].map((wish) => [wish.id, wish]))
    for (const id of this.#answers.keys())
      if (!wishes.has(id))
        this.#answered(id, new RtcError('signaling/delivery-unknown', 'The session was lost.'))
    for (const wish of wishes.values()) this.#again(wish, (error) => this.#answered(wish.id, error))
  }

  /** An app that hears of the loss may have closed the session by now, or filled it. */
  #again(message: ClientMessage, failed?: (error: RtcError) => void): void {
    try {
      this.connection.send(message)
    } catch (error) {
      failed?.(error as RtcError)
    }
  }

  #closed(error = closed()): void {
    for (const id of this.#answers.keys()) this.#answered(id, error)
    for (const dialog of this.#dialogs.values()) dialog.lost({ code: 'signaling/closed', by: 'system' })
  }
}

/**
 * Tsunagu's own signaling protocol over any transport.
 *
 * @example
 * ```ts
 * import { Client, native } from 'tsunagu'
 * import { webSocket } from 'tsunagu/adapters/websocket'
 * const signaling = native(webSocket({ url: 'https://example.com/signal' }), { reconnect: { maxDelayMs: 5_000 } })
 * const client = new Client({ signaling })
 * ```
 */
export const native = (
  transport: SignalingTransport,
  { runtime = RUNTIME, logger = DEFAULT_LOGGER, reconnect }: NativeOptions = {},
): SignalingProtocol => ({
  name: 'tsunagu',
  level: 'session',
  open: async (sink, { token, signal }) => {
    const session = new NativeSession(sink, {
      transport,
      token,
      runtime,
      logger,
      reconnect: { ...RECONNECT_DEFAULTS, ...reconnect },
    })
    await session.connection.open(signal)
    return session
  },
})
