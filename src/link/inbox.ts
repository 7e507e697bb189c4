import type { LegMessage } from '../signaling/port'

/** Signaling keeps the order: whatever comes early comes by another way, and not by much. */
const MAX_EARLY = 32

/** Puts the messages of one epoch into their order and lets each through once; what is doubled or too early is refused. */
export class Inbox {
  /** The number of the last message that was let through. */
  last = 0
  #early: Map<number, LegMessage> | undefined

  /** Takes a message in and gives those whose turn it is now, or why it is not taken. */
  push(n: number, message: LegMessage): readonly LegMessage[] | 'duplicate' | 'invalid' {
    if (n <= this.last || this.#early?.has(n)) return 'duplicate'
    if (n > this.last + MAX_EARLY) return 'invalid'
    if (n > this.last + 1) {
      this.#early = (this.#early ?? new Map<number, LegMessage>()).set(n, message)
      return []
    }
    const ready = [message]
    for (this.last = n; this.#early; ready.push(message)) {
      const next = this.#early.get(this.last + 1)
      if (!next) break
      this.#early.delete(++this.last)
      message = next
    }
    return ready
  }
}
