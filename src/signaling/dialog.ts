import { RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import { deferred, quietly } from '../base/wait'
import { isAddress, isCount } from '../protocol/decode'
import type { CallRole, ClientMessage, Replaces, ServerMessage } from '../protocol/messages'
import type {
  ControlMessage, Dialog, DialogFeature, DialogSink, EndCode, EndReason, InviteBody, LegMessage, PeerIdentity, SymmetricLeg,
} from './port'
import type { Consulted, Transfers } from './transfer'

/** What the server says about a call that is known here. */
export type CallMessage = Extract<
  ServerMessage,
  { readonly type: 'ringing' | 'accepted' | 'synced' | 'leg' | 'control' | 'link' | 'ended' }
>

const FEATURES: ReadonlySet<DialogFeature> = new Set(['hold', 'transfer', 'dtmf', 'control', 'data'])

/** How often the page at an end of a call was loaded again, by an epoch of the connection. */
const pagesOf = (epoch: unknown): number => (isCount(epoch) ? Math.floor(epoch / 65_536) : 0)

/** How much is kept of a call that still rings: its offer and every candidate, several times over. */
const MAX_KEPT = 256

/** Hands values to a receiver in order, and keeps them until there is one. */
class Mailbox<Value> {
  readonly #kept: Value[] = []
  #receive: (value: Value) => void = (value) => this.#kept.push(value)

  /** Whether there is room for more. */
  put(value: Value): boolean {
    this.#receive(value)
    return this.#kept.length < MAX_KEPT
  }

  bind(receive: (value: Value) => void): void {
    this.#receive = receive
    for (const value of this.#kept.splice(0)) receive(value)
  }
}

/** What a dialog needs of its session. */
export interface DialogContext {
  readonly caller: boolean
  /** At which its leg begins. */
  readonly epoch: number
  /** It was ours before the page was loaded again. */
  readonly accepted: boolean
  /** The server tells who accepted that the call is theirs; one of before tells the caller alone. */
  readonly tells: boolean
  /** @throws {@link RtcError} where signaling takes no more. */
  readonly send: (message: ClientMessage) => void
  /** The dialog is over and hears nothing any more. */
  readonly over: () => void
  readonly runtime: Pick<Runtime, 'after' | 'randomId'>
  /** @throws {@link RtcError} `usage/invalid-argument` */
  readonly invite: (to: string, body: InviteBody, replaces?: Replaces) => Dialog
}

/** One call over Tsunagu's own protocol. */
export class NativeDialog implements Dialog {
  readonly id: string
  readonly features = FEATURES
  readonly #context: DialogContext
  readonly #events = new Mailbox<(sink: DialogSink) => void>()
  readonly #legMessages = new Mailbox<LegMessage>()
  /** The server said that we have the call, or it is over. */
  readonly #decided = deferred<void>()
  #transfers: Promise<Transfers> | undefined
  /** With it an invitation may take the place of this call; the other side told us. */
  #key: unknown
  /** How often a page of this call was loaded again: each begins 65,536 above the one before. */
  #pages: number
  #peer: PeerIdentity
  #state: 'early' | 'accepted' | 'ended' = 'early'

  constructor(id: string, peer: PeerIdentity, context: DialogContext) {
    this.id = id
    this.#peer = peer
    this.#context = context
    this.#pages = pagesOf(context.epoch)
    if (context.accepted) this.#state = 'accepted'
    if (context.accepted || context.caller || !context.tells) this.#decided.resolve()
    const leg: SymmetricLeg = {
      mode: 'symmetric',
      polite: !context.caller,
      epoch: context.epoch,
      ours: this.#decided.promise,
      send: (message) => this.#send({ type: 'leg', call: id, message }),
      bind: (receive) => this.#legMessages.bind(receive),
    }
    this.#events.put((sink) => sink.leg(leg))
  }

  get role(): CallRole {
    return this.#context.caller ? 'caller' : 'callee'
  }

  get peer(): PeerIdentity {
    return this.#peer
  }

  bind(sink: DialogSink): void {
    this.#events.bind((event) => event(sink))
  }

  ring(): Promise<void> {
    return this.#send({ type: 'ring', call: this.id })
  }

  accept(): Promise<void> {
    const sent = this.#send({ type: 'accept', call: this.id })
    if (this.#state === 'early') this.#state = 'accepted'
    return sent
  }

  async end({ code, text }: EndReason): Promise<void> {
    const { caller, send } = this.#context
    const early = this.#state === 'early'
    if (!this.#over(code)) return
    const said = !early || code !== 'call/hung-up' ? code : caller ? 'call/cancelled' : 'call/rejected'
    send({ type: 'end', call: this.id, code: said, text })
  }

  control(message: ControlMessage): Promise<void> {
    return this.#send({ type: 'control', call: this.id, message })
  }

  transfer(to: string | Dialog): Promise<void> {
    return quietly(this.#transferring().then((transfers) => transfers.ask(to as string | Consulted)))
  }

  /** Whether an invitation with this key may take the place of this call; once. */
  replaceableWith(key: string): boolean {
    // Whoever was told none has none that fits.
    if (!key || this.#key !== key) return false
    this.#key = undefined
    return true
  }

  /** The server says something about this call. */
  heard(message: CallMessage): void {
    switch (message.type) {
      case 'ringing':
        return this.#tell((sink) => sink.progress(false))
      case 'accepted':
        // The callee hears it only of what it has accepted.
        if (this.#state !== (this.#context.caller ? 'early' : 'accepted')) return
        this.#state = 'accepted'
        this.#decided.resolve()
        if (this.#context.caller) this.#peer = message.from
        return this.#tell((sink) => sink.accepted())
      case 'synced':
        // What the server said of the other side's link went with it; if that is lost, it says so again.
        return this.#tell((sink) => {
          sink.peerLink?.(true)
          sink.restored?.()
        })
      case 'leg': {
        const pages = pagesOf(message.message.epoch)
        // The page that we asked something is no more.
        if (pages > this.#pages) this.#forgotten('call/lost')
        this.#pages = Math.max(pages, this.#pages)
        if (!this.#legMessages.put(message.message)) this.#overrun()
        return
      }
      case 'control': {
        const { kind } = message.message
        if (typeof kind === 'string') this.#controlled({ ...message.message, kind })
        return
      }
      case 'link':
        return this.#tell((sink) => sink.peerLink?.(message.up))
      case 'ended': {
        const { code, by, text } = message
        this.lost({ code: code as EndCode, by, text })
      }
    }
  }

  /** Ended by the other side or the server. */
  lost(reason: EndReason): void {
    if (this.#over(reason.code)) this.#events.put((sink) => sink.ended(reason))
  }

  #controlled(control: ControlMessage): void {
    const { kind, key, id } = control
    const tell = (): void => this.#tell((sink) => sink.control(control))
    if (this.#state !== 'accepted' || !/^(transfer(red)?|replaceable)$/.test(kind)) tell()
    // At once: the invitation may be right behind.
    else if (kind === 'replaceable') this.#key = key
    else
      this.#transferring()
        .then((transfers) => this.#state === 'ended' || transfers.heard(control) || tell())
        .catch(() => this.control({ kind: 'transferred', id, code: 'call/transfer-declined' }))
  }

  /** Few calls are put through: the machinery comes when one is. */
  #transferring(): Promise<Transfers> {
    return (this.#transfers ??= import('./transfer').then(
      ({ Transfers }) =>
        new Transfers({
          ...this.#context,
          isAddress,
          error: (code, text) => new RtcError(code, text),
          tell: (message) => this.control(message),
          requested: (request) =>
            this.#tell((sink) => {
              if (sink.transferRequested) sink.transferRequested(request)
              else quietly(request.done('call/transfer-declined'))
            }),
        }),
      (cause: unknown) => {
        this.#transfers = undefined
        throw new RtcError('signaling/unreachable', 'A part of the SDK could not be loaded.', { cause })
      },
    ))
  }

  #tell(event: (sink: DialogSink) => void): void {
    if (!this.#events.put(event)) this.#overrun()
  }

  /** Whoever calls fills our memory while it only rings. */
  #overrun(): void {
    if (this.#state === 'ended') return
    const reason = { code: 'signaling/rate-limited', by: 'system' } as const
    quietly(this.end(reason))
    this.#events.put((sink) => sink.ended(reason))
  }

  #send(message: ClientMessage): Promise<void> {
    return quietly(
      (async () => {
        if (this.#state === 'ended') throw new RtcError('usage/closed', 'The call is over.')
        this.#context.send(message)
      })(),
    )
  }

  /** Tells whether it had not been over before. */
  #over(code: EndCode): boolean {
    if (this.#state === 'ended') return false
    this.#state = 'ended'
    this.#decided.resolve()
    this.#context.over()
    this.#forgotten(code)
    return true
  }

  /** What became of a transfer that we asked for, nobody will say any more. */
  #forgotten(code: EndCode): void {
    this.#transfers?.then((transfers) => transfers.over(code)).catch(() => undefined)
  }
}
