import { isRtcError, RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { RUNTIME } from '../base/runtime'
import { deferred, type Deferred } from '../base/wait'
import type { ClientMessage, Invited, SendMessage, ServerMessage, SetPresence, Watch } from '../protocol/messages'
import { Connection, type ConnectionContext, type SignalingRuntime } from './connection'
import { NativeDialog } from './dialog'
import {
  type Dialog, type EndCode, type ExtensionKey, type InviteBody, type Messages, MESSAGES, PRESENCE, type PeerIdentity,
  type PresencePort, type PresenceUpdate, type ProtocolSession, type SessionSink, type SignalingProtocol,
} from './port'
import { RECONNECT_DEFAULTS, type ReconnectOptions } from './retry'
import type { SignalingTransport } from './transport'

export type { SignalingRuntime }

/** How the native protocol behaves; everything is optional. */
export interface NativeOptions {
  readonly runtime?: SignalingRuntime
  readonly logger?: Logger
  readonly reconnect?: ReconnectOptions
}

type Request = SendMessage | Watch | SetPresence
/** What the server says about a call that is known here. */
type CallMessage = Exclude<ServerMessage, { readonly type: 'invited' | 'message' | 'presence' | 'result' }>
type Unnumbered<R> = R extends Request ? Omit<R, 'id'> : never

/** One stay at a Tsunagu server. */
class NativeSession implements ProtocolSession {
  readonly connection: Connection
  readonly #sink: SessionSink
  readonly #runtime: SignalingRuntime
  readonly #dialogs = new Map<string, NativeDialog>()
  /** Requests without a result, by their id. */
  readonly #requests = new Map<number, { readonly request: Request; readonly answer: Deferred<void> }>()
  readonly #extensions: Readonly<Record<string, unknown>>
  #requestId = 0
  #heardMessage: Parameters<Messages['bind']>[0] = () => undefined
  #heardPresence: (update: PresenceUpdate) => void = () => undefined
  /** What a new session has to be told again. */
  #wishes: { readonly watch?: Unnumbered<Watch>; readonly presence?: Unnumbered<SetPresence> } = {}

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
      send: (to, data) => this.#ask({ type: 'message', to, data }),
      bind: (receive) => {
        this.#heardMessage = receive
      },
    }
    const presence: PresencePort = {
      watch: (ids) => this.#wish({ type: 'watch', ids }),
      set: (status) => this.#wish({ type: 'presence', status }),
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

  invite(to: string, { media, metadata }: InviteBody): Dialog {
    const call = this.#runtime.randomId()
    const dialog = this.#dialog(call, { id: to }, true)
    try {
      this.connection.send({ type: 'invite', call, to, media, metadata })
    } catch (error) {
      dialog.ended({ code: isRtcError(error) ? (error.code as EndCode) : 'signaling/closed', by: 'system' })
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
    const dialog = new NativeDialog({
      id,
      peer,
      caller,
      send: (message) => this.connection.send(message),
      over: () => this.#dialogs.delete(id),
    })
    this.#dialogs.set(id, dialog)
    return dialog
  }

  async #ask(request: Unnumbered<Request>): Promise<void> {
    const numbered = { ...request, id: ++this.#requestId } as Request
    const answer = deferred<void>()
    this.connection.send(numbered)
    this.#requests.set(numbered.id, { request: numbered, answer })
    return answer.promise
  }

  #wish(wish: Unnumbered<Watch | SetPresence>): Promise<void> {
    this.#wishes = { ...this.#wishes, [wish.type]: wish }
    return this.#ask(wish)
  }

  #received(message: ServerMessage): void {
    switch (message.type) {
      case 'invited':
        return this.#invited(message)
      case 'message':
        return this.#heardMessage(message.from.id, message.data)
      case 'presence': {
        const { id, name, status } = message
        return this.#heardPresence(name === undefined ? { id, status } : { id, name, status })
      }
      case 'result': {
        const { id, code } = message
        const answer = this.#requests.get(id)?.answer
        this.#requests.delete(id)
        return code ? answer?.reject(new RtcError(code, 'The server refused it.')) : answer?.resolve()
      }
      default:
        return this.#heardCall(message)
    }
  }

  #heardCall(message: CallMessage): void {
    // What comes for a call that has just ended here is late, not wrong.
    const dialog = this.#dialogs.get(message.call)
    switch (message.type) {
      case 'ringing':
        return dialog?.alerted()
      case 'accepted':
        return dialog?.answered(identity(message.from))
      case 'leg':
        return dialog?.heardLeg(message.message)
      case 'control':
        return dialog?.heardControl(message.message)
      case 'link':
        return dialog?.peerLink(message.up)
      case 'ended': {
        const { code, by, text } = message
        return dialog?.ended({ code: code as EndCode, by, ...(text !== undefined && { text }) })
      }
    }
  }

  #invited({ call, from, media, metadata }: Invited): void {
    if (!this.#dialogs.has(call)) this.#sink.invited(this.#dialog(call, identity(from), false), { media, metadata })
  }

  /** Invitations that did not arrive go again, with all that followed them; other calls were lost with the session. */
  #restarted(unacknowledged: readonly ClientMessage[]): void {
    const invited = new Set(unacknowledged.map((message) => message.type === 'invite' && message.call))
    for (const [id, dialog] of this.#dialogs)
      if (!invited.has(id)) dialog.ended({ code: 'call/lost', by: 'system' })
    for (const message of unacknowledged) if ('call' in message) this.connection.send(message)
    const requests = [...this.#requests.values()]
    this.#requests.clear()
    for (const { request, answer } of requests)
      if (request.type === 'message')
        answer.reject(new RtcError('signaling/delivery-unknown', 'The session was lost: it may have arrived or not.'))
    for (const wish of Object.values(this.#wishes)) {
      const again = this.#ask(wish)
      for (const { request, answer } of requests) if (request.type === wish.type) again.then(() => answer.resolve(), (error: unknown) => answer.reject(error))
    }
  }

  #closed(error = new RtcError('signaling/closed', 'The session is closed.')): void {
    for (const { answer } of this.#requests.values()) answer.reject(error)
    this.#requests.clear()
    for (const dialog of this.#dialogs.values()) dialog.ended({ code: 'signaling/closed', by: 'system' })
  }
}

const identity = ({ id, name }: { readonly id: string; readonly name?: string | undefined }): PeerIdentity =>
  name === undefined ? { id } : { id, name }

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
