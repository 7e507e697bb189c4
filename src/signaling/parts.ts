import { type RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import { byteLength, MAX_FRAME_BYTES, MAX_HELD_BYTES } from '../protocol/limits'
import type { DeliverPart, SendMessage, SendPart } from '../protocol/messages'
import { refused } from './errors'

/** Messages whose JSON has more characters go in parts. */
const WHOLE_LENGTH = 16_384

/** So many bytes may be on their way before the next part waits: what comes behind it passes. */
const WINDOW_BYTES = 65_536

/** How long the next part of a message may take. */
const NEXT_MS = 30_000

/** Messages that one sender, and all of them, may have begun. */
const MAX_BEGUN = [4, 64] as const

/** Of a connection. */
interface Way {
  /** @throws {@link RtcError} */
  send(message: SendMessage | SendPart): void
  readonly heldBytes: number
  /** Bytes of the data of one part; 0 where the server knows none. */
  readonly partBytes: number
}

interface Queued {
  readonly message: SendMessage | SendPart
  readonly length: number
}

/** Sends messages in their order, large ones in parts, between which other frames pass. */
export class Outgoing {
  readonly #way: Way
  readonly #randomId: Runtime['randomId']
  readonly #failed: (id: number, error: RtcError) => void
  #queue: Queued[] = []

  constructor(way: Way, randomId: Runtime['randomId'], failed: (id: number, error: RtcError) => void) {
    this.#way = way
    this.#randomId = randomId
    this.#failed = failed
  }

  /** @throws {@link RtcError} as the connection's `send` */
  send(message: SendMessage): void {
    const parts = this.#cut(message)
    if (parts.length === 1 && !this.#queue.length) return this.#way.send(message)
    const queue = [...this.#queue, ...parts]
    if (queue.reduce((sum, { length }) => sum + length, 0) > MAX_HELD_BYTES) throw refused('signaling/outbox-full')
    this.#queue = queue
    this.flush()
  }

  /** Sends what there is room for. */
  flush(): void {
    while (this.#way.heldBytes < WINDOW_BYTES) {
      const next = this.#queue.shift()?.message
      if (!next) return
      try {
        this.#way.send(next)
      } catch (error) {
        this.drop(next.id)
        this.#failed(next.id, error as RtcError)
      }
    }
  }

  /** What is left of a message, or of all, need not be sent any more. */
  drop(id?: number): void {
    this.#queue = this.#queue.filter(({ message }) => id !== undefined && message.id !== id)
  }

  #cut(message: SendMessage): Queued[] {
    const { partBytes } = this.#way
    let json: string | undefined
    try {
      json = JSON.stringify(message.data)
    } catch {
      // The connection tells.
    }
    if (!partBytes || !json || json.length <= WHOLE_LENGTH) return [{ message, length: json?.length ?? 0 }]
    if (byteLength(json) > MAX_FRAME_BYTES) throw refused('signaling/too-large')
    // No character takes more than three bytes.
    const size = Math.min(WHOLE_LENGTH, Math.floor(partBytes / 3))
    const { id, to } = message
    const key = this.#randomId()
    const parts = Math.ceil(json.length / size)
    return Array.from({ length: parts }, (_, at) => {
      const data = json.slice(at * size, (at + 1) * size)
      return { message: { type: 'part', id, to, key, part: at + 1, parts, data }, length: data.length }
    })
  }
}

interface Begun {
  readonly from: string
  readonly parts: number
  readonly part: number
  readonly json: string
  readonly stop: () => void
}

/** Puts messages together that come in parts. What does not fit together, or does not go on, is dropped. */
export class Incoming {
  readonly #begun = new Map<string, Begun>()
  readonly #after: Runtime['after']

  constructor(after: Runtime['after']) {
    this.#after = after
  }

  /** The whole message with its last part. */
  add({ from: { id: from }, key, part, parts, data }: DeliverPart): { readonly data: unknown } | undefined {
    const name = JSON.stringify([from, key])
    const before = this.#begun.get(name) ?? { part: 0, json: '', parts }
    const json = before.json + data
    this.#drop(name)
    if (part !== before.part + 1 || parts !== before.parts || json.length > MAX_FRAME_BYTES) return
    if (part < parts) {
      const names = [...this.#begun].map(([other, { from: sender }]) => [other, sender] as const)
      const own = names.filter(([, sender]) => sender === from)
      for (const [held, most] of [[own, MAX_BEGUN[0]], [names, MAX_BEGUN[1]]] as const)
        if (held[0] && held.length >= most) this.#drop(held[0][0])
      this.#begun.set(name, { from, parts, part, json, stop: this.#after(NEXT_MS, () => this.#drop(name)) })
      return
    }
    try {
      return { data: JSON.parse(json) as unknown }
    } catch {
      return
    }
  }

  #drop(name: string): void {
    this.#begun.get(name)?.stop()
    this.#begun.delete(name)
  }
}
