import { RtcError } from '../base/errors'
import { quietly } from '../base/wait'
import type { ClientMessage, ServerMessage } from '../protocol/messages'
import type {
  ControlMessage, Dialog, DialogFeature, DialogSink, EndCode, EndReason, LegMessage, PeerIdentity, SymmetricLeg,
} from './port'

/** What the server says about a call that is known here. */
export type CallMessage = Extract<
  ServerMessage,
  { readonly type: 'ringing' | 'accepted' | 'synced' | 'leg' | 'control' | 'link' | 'ended' }
>

const FEATURES: ReadonlySet<DialogFeature> = new Set(['hold', 'dtmf', 'control', 'data'])

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
  /** @throws {@link RtcError} where signaling takes no more. */
  readonly send: (message: ClientMessage) => void
  /** The dialog is over and hears nothing any more. */
  readonly over: () => void
}

/** One call over Tsunagu's own protocol. */
export class NativeDialog implements Dialog {
  readonly id: string
  readonly features = FEATURES
  readonly #context: DialogContext
  readonly #events = new Mailbox<(sink: DialogSink) => void>()
  readonly #legMessages = new Mailbox<LegMessage>()
  #peer: PeerIdentity
  #state: 'early' | 'accepted' | 'ended' = 'early'

  constructor(id: string, peer: PeerIdentity, context: DialogContext) {
    this.id = id
    this.#peer = peer
    this.#context = context
    const leg: SymmetricLeg = {
      mode: 'symmetric',
      polite: !context.caller,
      epoch: 0,
      send: (message) => this.#send({ type: 'leg', call: id, message }),
      bind: (receive) => this.#legMessages.bind(receive),
    }
    this.#events.put((sink) => sink.leg(leg))
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
    if (!this.#over()) return
    const said = !early || code !== 'call/hung-up' ? code : caller ? 'call/cancelled' : 'call/rejected'
    send({ type: 'end', call: this.id, code: said, text })
  }

  control(message: ControlMessage): Promise<void> {
    return this.#send({ type: 'control', call: this.id, message })
  }

  /** The server says something about this call. */
  heard(message: CallMessage): void {
    const { caller, send } = this.#context
    const tell = (event: (sink: DialogSink) => void): void => void this.#events.put(event)
    switch (message.type) {
      case 'ringing':
        return tell((sink) => sink.progress(false))
      case 'accepted':
        if (!caller || this.#state !== 'early') return
        this.#state = 'accepted'
        this.#peer = message.from
        return tell((sink) => sink.accepted())
      case 'leg':
        if (this.#legMessages.put(message.message)) return
        // Whoever calls fills our memory while it only rings.
        send({ type: 'end', call: this.id, code: 'signaling/rate-limited' })
        return this.lost({ code: 'signaling/rate-limited', by: 'system' })
      case 'control': {
        const { kind } = message.message
        if (typeof kind === 'string') tell((sink) => sink.control({ ...message.message, kind }))
        return
      }
      case 'link':
        return tell((sink) => sink.peerLink?.(message.up))
      case 'ended': {
        const { code, by, text } = message
        this.lost({ code: code as EndCode, by, text })
      }
    }
  }

  /** Ended by the other side or the server. */
  lost(reason: EndReason): void {
    if (this.#over()) this.#events.put((sink) => sink.ended(reason))
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
  #over(): boolean {
    if (this.#state === 'ended') return false
    this.#state = 'ended'
    this.#context.over()
    return true
  }
}
