/**
 * How many frames one link may still send: so many at once, and so many per second after that.
 *
 * The hub charges a session for what it asks. This one charges a link for whatever comes in, also what is no frame at all.
 */
export class FrameBudget {
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: () => number
  #left: number
  #countedAt: number

  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#now = now
    this.#left = burst
    this.#countedAt = now()
  }

  /** Takes one; false where there is none left. */
  take(): boolean {
    const now = this.#now()
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#countedAt) / 1_000) * this.#perSecond)
    this.#countedAt = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
