import { RtcError } from '../base/errors'
import type { ClientMessage, OpaqueObject } from '../protocol/messages'
import type {
  ControlMessage, Dialog, DialogFeature, DialogSink, EndReason, LegMessage, PeerIdentity, SymmetricLeg,
} from './port'

const FEATURES: ReadonlySet<DialogFeature> = new Set(['hold', 'dtmf', 'control', 'data'])

/** Hands values to a receiver in order, and keeps them until there is one. */
class Mailbox<Value> {
  #kept: Value[] | undefined = []
  #receive: (value: Value) => void = (value) => this.#kept?.push(value)

  put(value: Value): void {
    this.#receive(value)
  }

  bind(receive: (value: Value) => void): void {
    const kept = this.#kept ?? []
    this.#kept = undefined
    this.#receive = receive
    for (const value of kept) receive(value)
  }
}

/** What a dialog needs of its session. */
export interface DialogContext {
  readonly id: string
  readonly peer: PeerIdentity
  readonly caller: boolean
  /** @throws {@link RtcError} where signaling takes no more. */
  readonly send: (message: ClientMessage) => void
  /** The dialog is over and hears nothing any more. */
  readonly over: () => void
}

/** One call over Tsunagu's own protocol. */
export class NativeDialog implements Dialog {
  readonly features = FEATURES
  readonly #context: DialogContext
  readonly #events = new Mailbox<(sink: DialogSink) => void>()
  readonly #legMessages = new Mailbox<LegMessage>()
  #peer: PeerIdentity
  #state: 'early' | 'accepted' | 'ended' = 'early'

  constructor(context: DialogContext) {
    this.#context = context
    this.#peer = context.peer
    const leg: SymmetricLeg = {
      mode: 'symmetric',
      polite: !context.caller,
      epoch: 0,
      send: async (message) => this.#send({ type: 'leg', call: this.id, message }),
      bind: (receive) => this.#legMessages.bind(receive),
    }
    this.#events.put((sink) => sink.leg(leg))
  }

  get id(): string {
    return this.#context.id
  }

  get peer(): PeerIdentity {
    return this.#peer
  }

  bind(sink: DialogSink): void {
    this.#events.bind((event) => event(sink))
  }

  async ring(): Promise<void> {
    this.#send({ type: 'ring', call: this.id })
  }

  async accept(): Promise<void> {
    this.#send({ type: 'accept', call: this.id })
    this.#state = 'accepted'
  }

  async end({ code, text }: EndReason): Promise<void> {
    if (this.#state === 'ended') return
    const early = this.#state === 'early'
    this.#over()
    const said =
      !early || code !== 'call/hung-up' ? code : this.#context.caller ? 'call/cancelled' : 'call/rejected'
    this.#context.send({ type: 'end', call: this.id, code: said, text })
  }

  async control(message: ControlMessage): Promise<void> {
    this.#send({ type: 'control', call: this.id, message })
  }

  /** The other side is being alerted. */
  alerted(): void {
    this.#events.put((sink) => sink.progress(false))
  }

  answered(peer: PeerIdentity): void {
    if (this.#state !== 'early') return
    this.#state = 'accepted'
    this.#peer = peer
    this.#events.put((sink) => sink.accepted())
  }

  /** Ended by the other side or the server. */
  ended(reason: EndReason): void {
    if (this.#state === 'ended') return
    this.#over()
    this.#events.put((sink) => sink.ended(reason))
  }

  heardLeg(message: OpaqueObject): void {
    if (this.#state !== 'ended') this.#legMessages.put(message)
  }

  heardControl(message: OpaqueObject): void {
    const { kind } = message
    if (typeof kind === 'string') this.#events.put((sink) => sink.control({ ...message, kind }))
  }

  peerLink(up: boolean): void {
    this.#events.put((sink) => sink.peerLink?.(up))
  }

  #send(message: ClientMessage): void {
    if (this.#state === 'ended') throw new RtcError('usage/closed', 'The call is over.')
    this.#context.send(message)
  }

  #over(): void {
    this.#state = 'ended'
    this.#context.over()
  }
}
