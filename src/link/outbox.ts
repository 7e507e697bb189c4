import type { LegMessage } from '../signaling/port'

/** A talk's descriptions and candidates several times over; whoever confirmed none of so many is helped by a rebuild alone. */
const MAX_KEPT = 128

/** Whoever asks for more over one connection does not mean to listen. */
const MAX_REPEATED = 1_024

/** Numbers the messages of one epoch and keeps those that the other side has not confirmed, to be said again. */
export class Outbox {
  #last = 0
  #kept: LegMessage[] = []
  #confirmed = 0
  #repeated = 0

  /** Numbers a message, and keeps it. */
  add(make: (n: number) => LegMessage): LegMessage {
    const message = make(++this.#last)
    this.#kept.push(message)
    if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    return message
  }

  /** The other side has everything up to a number. */
  confirm(received: number): void {
    if (received <= this.#confirmed || received > this.#last) return
    this.#confirmed = received
    this.#kept = this.#kept.slice(Math.max(0, this.#kept.length + received - this.#last))
  }

  /** What the other side has not confirmed and asks for; `undefined` where that is not all here any more. */
  again(): readonly LegMessage[] | undefined {
    const { length } = this.#kept
    if (length < this.#last - this.#confirmed) return undefined
    this.#repeated += length
    return this.#repeated <= MAX_REPEATED ? this.#kept : []
  }
}
