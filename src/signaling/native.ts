import type { RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { RUNTIME } from '../base/runtime'
import { quietly } from '../base/wait'
import { encode } from '../protocol/decode'
import type { ClientMessage, Invited, ReclaimedCall, Replaces, ServerMessage } from '../protocol/messages'
import { Connection, type ConnectionContext, type SignalingRuntime } from './connection'
import { type CallMessage, NativeDialog } from './dialog'
import { closed } from './errors'
import type {
  Dialog, EndCode, EndReason, ExtensionKey, InviteBody, PeerIdentity, ProtocolSession, SessionSink, SignalingProtocol,
} from './port'
import { Requests } from './requests'
import { RECONNECT_DEFAULTS, type ReconnectOptions } from './retry'
import { Running } from './running'
import type { SignalingTransport } from './transport'

/** How the native protocol behaves; everything is optional. */
export interface NativeOptions {
  readonly runtime?: SignalingRuntime
  readonly logger?: Logger
  readonly reconnect?: ReconnectOptions | undefined
}

/** One stay at a Tsunagu server. */
class NativeSession implements ProtocolSession {
  readonly connection: Connection
  readonly #sink: SessionSink
  readonly #runtime: SignalingRuntime
  readonly #dialogs = new Map<string, NativeDialog>()
  readonly #requests: Requests
  readonly #running: Running
  /** What we claim is not waited for any more. */
  #stopWaiting = (): void => undefined

  constructor(sink: SessionSink, context: ConnectionContext) {
    this.#sink = sink
    this.#runtime = context.runtime
    this.connection = new Connection(context, {
      stateChanged: (state, error) => {
        if (state === 'closed') this.#closed(error)
        this.#stopWaiting()
        if (state === 'online') {
          const unclaimed = (): void => {
            for (const call of this.#running.waiting) this.#dialogs.get(call)?.lost(LOST)
          }
          const { claimMs } = this.connection
          // A server of before will not know the calls again.
          if (claimMs) this.#stopWaiting = context.runtime.after(claimMs, unclaimed)
          else unclaimed()
        }
        sink.stateChanged(state, error)
      },
      received: (message) => this.#received(message),
      restarted: (unacknowledged) => this.#restarted(unacknowledged),
      reclaimed: (calls) => this.#reclaimed(calls),
      taken: () => this.#requests.flush(),
    })
    this.#requests = new Requests(this.connection, context.runtime)
    this.#running = new Running((message) => this.connection.send(message), (call) => this.#dialogs.has(call))
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
      encode(metadata)
      this.connection.send({ type: 'invite', call, to, media, metadata, replaces })
    } catch (error) {
      const { code, message: text } = error as RtcError
      dialog.lost({ code: code as EndCode, by: 'system', text })
      if (code === 'usage/invalid-argument') throw error
    }
    return dialog
  }

  extension<T>(key: ExtensionKey<T>): T | undefined {
    return this.#requests.extensions[key.name] as T | undefined
  }

  probe(deadlineMs: number): Promise<void> {
    return this.connection.probe(deadlineMs)
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  #dialog(id: string, peer: PeerIdentity, caller: boolean, epoch = 0, accepted = false): NativeDialog {
    const dialog = new NativeDialog(id, peer, {
      caller,
      epoch,
      accepted,
      tells: this.connection.partBytes > 0,
      send: (message) => this.#running.send(message),
      over: () => this.#dialogs.delete(id),
      runtime: this.#runtime,
      invite: (to, body, replaces) => this.invite(to, body, replaces),
    })
    this.#dialogs.set(id, dialog)
    return dialog
  }

  #received(message: ServerMessage): void {
    if (message.type === 'invited') this.#invited(message)
    else if ('call' in message) this.#inCall(message)
    else this.#requests.heard(message)
  }

  #invited({ call, from, media, metadata, replaces, epoch }: Invited): void {
    if (this.#dialogs.has(call)) return
    const replaced = replaces && this.#dialogs.get(replaces.call)
    const dialog = this.#dialog(call, from, false, epoch)
    // Not for this device, or the call is over, or nobody told us: it never rings.
    if (replaces && !replaced?.replaceableWith(replaces.key)) quietly(dialog.end({ code: 'call/unreachable', by: 'local' }))
    else this.#sink.invited(dialog, { media, metadata }, replaced)
  }

  #inCall(message: CallMessage): void {
    const { type, call } = message
    const running = this.#running
    const dialog = this.#dialogs.get(call)
    if (type === 'ended') running.delete(call)
    if ((type === 'leg' || type === 'control') && !running.heard(message)) return
    if (type === 'accepted' && dialog && message.key) running.add({ call, key: message.key, peer: message.from.id, role: dialog.role, epoch: 0 })
    if (type === 'synced') running.synced(call)
    // What comes for a call that has just ended here is late, not wrong.
    dialog?.heard(message)
  }

  /** The page was loaded again: these are its calls. */
  #reclaimed(calls: readonly ReclaimedCall[]): void {
    for (const { call, key, role, peer, media, metadata, epoch } of calls) {
      const caller = role === 'caller'
      const dialog = this.#dialog(call, peer, caller, epoch, true)
      this.#running.add({ call, key, peer: peer.id, role: dialog.role, epoch })
      if (this.#sink.reclaimed) this.#sink.reclaimed(dialog, { media, metadata }, caller ? 'outgoing' : 'incoming')
      else quietly(dialog.end({ code: 'call/hung-up', by: 'local' }))
    }
  }

  /** Accepted calls are claimed. Invitations that did not arrive go again, with all that followed them; other calls were lost with the session. */
  #restarted(unacknowledged: readonly ClientMessage[]): void {
    const running = this.#running
    running.restart(unacknowledged)
    const invited = new Set(unacknowledged.map((message) => message.type === 'invite' && message.call))
    for (const [id, dialog] of this.#dialogs) if (!invited.has(id) && !running.has(id)) dialog.lost(LOST)
    for (const message of unacknowledged) {
      // How a running call began is past.
      if (!('call' in message) || (running.has(message.call) && BEGINNING.has(message.type))) continue
      try {
        running.send(message)
      } catch {
        // An app that hears of the loss may have closed the session by now, or filled it.
      }
    }
    this.#requests.restarted()
  }

  #closed(error = closed()): void {
    this.#requests.closed(error)
    for (const dialog of this.#dialogs.values()) dialog.lost({ code: 'signaling/closed', by: 'system' })
  }
}

const LOST: EndReason = { code: 'call/lost', by: 'system' }

const BEGINNING: ReadonlySet<ClientMessage['type']> = new Set(['invite', 'ring', 'accept'])

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
  open: async (sink, { token, signal, keeper }) => {
    const session = new NativeSession(sink, {
      transport,
      token,
      keeper,
      runtime,
      logger,
      reconnect: { ...RECONNECT_DEFAULTS, ...reconnect },
    })
    await session.connection.open(signal)
    return session
  },
})
