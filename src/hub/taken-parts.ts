import { MAX_HELD_BYTES } from '../protocol/limits'
import type { DeliverPart } from '../protocol/messages'
import type { HubRuntime } from './options'

/** As much as others may fill of what is held for a client. */
const MAX_LENGTH = MAX_HELD_BYTES / 2

/** How long the next part may take; whoever sends it is given up after that. */
const NEXT_MS = 30_000

interface Message {
  readonly parts: { readonly n: number; readonly part: DeliverPart }[]
  length: number
  /** The number of its last part. */
  lastN: number
  stop: () => void
}

/** Parts of the messages that a client has not whole yet: it may have taken the first ones, and would lose them with its page. */
export class TakenParts {
  readonly #runtime: Pick<HubRuntime, 'after'>
  /** In the order of their first parts. */
  readonly #messages = new Map<string, Message>()

  constructor(runtime: Pick<HubRuntime, 'after'>) {
    this.#runtime = runtime
  }

  /** A part goes out with a number. */
  add(n: number, part: DeliverPart): void {
    const id = JSON.stringify([part.from.id, part.key])
    const message = this.#messages.get(id) ?? { parts: [], length: 0, lastN: Infinity, stop: () => undefined }
    message.stop()
    message.parts.push({ n, part })
    message.length += part.data.length
    this.#messages.set(id, message)
    if (part.part === part.parts) message.lastN = n
    else message.stop = this.#runtime.after(NEXT_MS, () => this.#messages.delete(id))
    let length = [...this.#messages.values()].reduce((sum, one) => sum + one.length, 0)
    for (const [oldest, one] of this.#messages) {
      if (length <= MAX_LENGTH) return
      length -= one.length
      this.#forget(oldest, one)
    }
  }

  /** The client has taken everything up to a number: of the messages that it has whole nothing is kept. */
  acknowledged(received: number): void {
    for (const [id, message] of this.#messages) if (message.lastN <= received) this.#forget(id, message)
  }

  /** Those that were taken, up to a number, of messages that were not taken whole. */
  upTo(received: number): readonly DeliverPart[] {
    const parts = [...this.#messages.values()].flatMap((message) => message.parts.filter(({ n }) => n <= received))
    return parts.sort((one, other) => one.n - other.n).map(({ part }) => part)
  }

  clear(): void {
    for (const [id, message] of this.#messages) this.#forget(id, message)
  }

  #forget(id: string, message: Message): void {
    message.stop()
    this.#messages.delete(id)
  }
}
