import type { Hub } from '../../src/hub'
import { decode } from '../../src/protocol/decode'
import { SERVER_FRAMES } from '../../src/protocol/server-frames'

export type Heard = Readonly<Record<string, unknown>> & { readonly type: string }

/** A link to a hub in this process, which checks all that it hears: every frame has the shape that clients expect, and no number is left out. */
export class HubGuest {
  /** Every frame since it was last looked at. */
  heard: Heard[] = []
  /** The last own number that was said. */
  n = 0
  open = true
  readonly token: string
  readonly #sink: ReturnType<Hub['connect']>
  #received = 0
  #acknowledged = 0

  constructor(hub: Hub, token: string) {
    this.token = token
    this.#sink = hub.connect({
      send: (text) => {
        const read = decode(SERVER_FRAMES, text)
        // Looked at by hand: a million times over, `expect` takes longer than the hub.
        if (!('frame' in read) || read.unknownFields) throw new Error(`The hub said what no client understands: ${text}`)
        const frame = JSON.parse(text) as Heard
        if (frame['n'] !== undefined && frame['n'] !== ++this.#received) throw new Error(`The hub left out ${this.#received}: ${text}`)
        this.heard.push(frame)
      },
      close: () => {
        this.open = false
      },
    })
  }

  text(text: string): void {
    this.#sink.frame(text)
  }

  say(frame: object): void {
    this.text(JSON.stringify(frame))
  }

  number(frame: object): void {
    this.say({ ...frame, n: ++this.n })
  }

  hello(): void {
    this.say({ type: 'hello', v: 1, token: this.token, instance: `instance of ${this.token}` })
  }

  /** What was heard since the last time, acknowledged. */
  take(): readonly Heard[] {
    const heard = this.heard.splice(0)
    if (this.open && this.#received > this.#acknowledged) this.say({ type: 'ack', received: (this.#acknowledged = this.#received) })
    return heard
  }

  /** Leaves for good. */
  leave(): void {
    if (this.open) this.say({ type: 'bye' })
    this.lose()
  }

  lose(): void {
    this.open = false
    this.#sink.closed()
  }
}
