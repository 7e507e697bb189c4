/** How much of something may still be had: so much at once, and so much per second after that. */
export class Budget {
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
