/** What a channel needs of its connection. */
export interface ChannelOwner {
  /** Fires an event at the other side's channel of the same label, as long as there is a path to it. */
  carry(label: string, event: Event): void
}

/**
 * A data channel of a {@link FakePeerConnection}: opens when both connections are connected, and carries text from then on. The
 * end of its connection closes the other side's too.
 *
 * @example
 * ```ts
 * import { FakePeerConnection, FakeTasks } from 'tsunagu/testing'
 * const connection = new FakePeerConnection({ name: 'a', tasks: new FakeTasks() })
 * const channel = connection.createDataChannel('chat')
 * channel.addEventListener('open', () => channel.send('hello'))
 * ```
 */
export class FakeDataChannel extends EventTarget {
  readonly label: string
  readyState: RTCDataChannelState = 'connecting'
  /** Everything that was sent, also what never arrived. */
  readonly sent: string[] = []
  readonly #owner: ChannelOwner

  constructor(label: string, owner: ChannelOwner) {
    super()
    this.label = label
    this.#owner = owner
  }

  send(text: string): void {
    if (this.readyState !== 'open') throw new DOMException('The channel is not open.', 'InvalidStateError')
    this.sent.push(text)
    this.#owner.carry(this.label, Object.assign(new Event('message'), { data: text }))
  }

  close(): void {
    if (this.readyState === 'open') this.#owner.carry(this.label, new Event('close'))
    this.readyState = 'closed'
  }

  /** Something happens to this end. */
  receive(event: Event): void {
    const { readyState } = this
    if (readyState === 'closed' || (readyState === 'open') === (event.type === 'open')) return
    this.readyState = event.type === 'close' ? 'closed' : 'open'
    this.dispatchEvent(event)
  }
}

/** One end of the wires that a test's connections are on. */
export interface WireEnd extends ChannelOwner {
  readonly channels: readonly FakeDataChannel[]
  /** Whom it talks to, by their ICE generations; `undefined` while it is not connected. */
  readonly wire: { readonly local: string; readonly remote: string } | undefined
}

/** The end that has been connected to this one. */
export const otherEnd = (ends: Iterable<WireEnd>, { wire }: WireEnd): WireEnd | undefined => {
  if (!wire) return undefined
  for (const end of ends) if (end.wire?.local === wire.remote && end.wire.remote === wire.local) return end
  return undefined
}
