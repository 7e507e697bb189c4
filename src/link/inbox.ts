import { isRecord } from '../base/record'
import type { LegMessage } from '../signaling/port'

/** Signaling keeps the order: whatever comes early comes by another way, and not by much. */
const MAX_EARLY = 32

/** Puts the messages of one epoch into their order and lets each through once; what is doubled, foreign or too early is refused. */
export class Inbox {
  readonly #epoch: number
  readonly #deliver: (message: LegMessage) => void
  readonly #refused: (why: 'duplicate' | 'invalid') => void
  readonly #early = new Map<number, LegMessage>()
  #last = 0

  constructor(epoch: number, deliver: (message: LegMessage) => void, refused: (why: 'duplicate' | 'invalid') => void) {
    this.#epoch = epoch
    this.#deliver = deliver
    this.#refused = refused
  }

  push(message: unknown): void {
    if (!isRecord(message)) return this.#refused('invalid')
    const { epoch, n } = message
    if (epoch !== this.#epoch || typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1) return this.#refused('invalid')
    if (n <= this.#last || this.#early.has(n)) return this.#refused('duplicate')
    if (n > this.#last + MAX_EARLY) return this.#refused('invalid')
    this.#early.set(n, message)
    for (let ready; (ready = this.#early.get(this.#last + 1)); ) {
      this.#early.delete(++this.#last)
      this.#deliver(ready)
    }
  }
}
