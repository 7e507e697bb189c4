import type { RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import type { SendMessage, SendPart } from '../protocol/messages'
import type { OutboxLimits } from '../protocol/numbers'

/** Messages whose JSON has more characters go in parts. */
const WHOLE_LENGTH = 16_384

/** So many bytes may be on their way before the next part waits: what comes behind it passes. */
const WINDOW_BYTES = 65_536

/**
 * What sending in parts needs. This file imports nothing but types: it is a chunk of its own, and whatever that shares with the core
 * would have to become a chunk too.
 */
export interface OutgoingContext {
  readonly connection: {
    /** @throws {@link RtcError} */
    send(message: SendMessage | SendPart): void
    readonly heldBytes: number
    /** Bytes of the data of one part; 0 where the server knows none. */
    readonly partBytes: number
  }
  readonly limits: OutboxLimits
  readonly randomId: Runtime['randomId']
  /** Whether somebody still waits for what becomes of a message; the rest of any other is not sent. */
  readonly wanted: (id: number) => boolean
  readonly failed: (id: number, error: unknown) => void
  /** Says that too much waits. */
  readonly full: () => RtcError
}

interface Queued {
  readonly message: SendMessage | SendPart
  readonly length: number
}

/** Sends messages in their order, large ones in parts, between which other frames pass. */
export class Outgoing {
  readonly #context: OutgoingContext
  #queue: Queued[] = []

  constructor(context: OutgoingContext) {
    this.#context = context
  }

  /** @throws {@link RtcError} as the connection's `send` */
  send(message: SendMessage): void {
    const { connection, limits, wanted, full } = this.#context
    const parts = this.#cut(message)
    this.#queue = this.#queue.filter((queued) => wanted(queued.message.id))
    if (parts.length === 1 && !this.#queue.length) return connection.send(message)
    const queue = [...this.#queue, ...parts]
    if (queue.reduce((sum, { length }) => sum + length, 0) > limits.heldBytes) throw full()
    this.#queue = queue
    this.flush()
  }

  /** Sends what there is room for. */
  flush(): void {
    const { connection, wanted, failed } = this.#context
    while (connection.heldBytes < WINDOW_BYTES) {
      const next = this.#queue.shift()?.message
      if (!next) return
      if (!wanted(next.id)) continue
      try {
        connection.send(next)
      } catch (error) {
        failed(next.id, error)
      }
    }
  }

  #cut(message: SendMessage): Queued[] {
    const { connection: { partBytes }, limits, randomId } = this.#context
    const json = JSON.stringify(message.data) as string | undefined
    const length = json?.length ?? 0
    // What is too large in parts is so as a whole, and the connection says it.
    if (!json || !partBytes || length <= WHOLE_LENGTH || new TextEncoder().encode(json).length > limits.frameBytes) return [{ message, length }]
    // No character takes more than three bytes.
    const size = Math.min(WHOLE_LENGTH, Math.floor(partBytes / 3))
    const { id, to } = message
    const key = randomId()
    const parts = Math.ceil(length / size)
    return Array.from({ length: parts }, (_, at) => {
      const data = json.slice(at * size, (at + 1) * size)
      return { message: { type: 'part', id, to, key, part: at + 1, parts, data }, length: data.length }
    })
  }
}
