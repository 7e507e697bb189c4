import type { PresenceChanged } from '../protocol/messages'

/** What a client is still to be told of others: the newest of each person, in the order of the latest changes. */
export class PresenceQueue {
  readonly #waiting = new Map<string, PresenceChanged>()
  readonly #offer: (update: PresenceChanged) => boolean
  /** The client takes nothing right now. Whoever went through the queue to see that would do so for each update. */
  #stuck = false

  /** `offer` tells whether an update could be sent. */
  constructor(offer: (update: PresenceChanged) => boolean) {
    this.#offer = offer
  }

  add(update: PresenceChanged): void {
    // Deleted first, so that the order is that of the latest changes.
    this.#waiting.delete(update.id)
    this.#waiting.set(update.id, update)
    if (!this.#stuck) this.flush()
  }

  /** Sends what there is room for. */
  flush(): void {
    this.#stuck = false
    for (const [id, update] of this.#waiting) {
      this.#stuck = !this.#offer(update)
      if (this.#stuck) return
      this.#waiting.delete(id)
    }
  }

  /** Forgets those that are not to be told any more. */
  keep(wanted: (id: string) => boolean): void {
    for (const id of this.#waiting.keys()) if (!wanted(id)) this.#waiting.delete(id)
  }
}
