import type { LegMessage } from '../signaling/port'

/** A talk's descriptions and candidates several times over; whoever confirmed none of so many is helped by a rebuild alone. */
const MAX_KEPT = 128

/** Numbers the messages of one epoch and keeps those that the other side has not confirmed, to be said again. */
export class Outbox {
  #last = 0
  #kept: LegMessage[] = []

  /** Numbers a message, and keeps it. */
  add(make: (n: number) => LegMessage): LegMessage {
    const message = make(++this.#last)
    this.#kept.push(message)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    return message
  }

  /** The other side has everything up to a number. */
  confirm(received: number): void {
    const missing = this.#last - received
    if (missing >= 0 && missing < this.#kept.length) this.#kept = this.#kept.slice(this.#kept.length - missing)
  }

  /** What the other side has not confirmed; `undefined` where that is not all here any more. */
  after(received: number): readonly LegMessage[] | undefined {
    this.confirm(received)
    return this.#kept.length < this.#last - received ? undefined : this.#kept
  }
}
