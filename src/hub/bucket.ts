/** A token bucket: lets through so many at once and so many per second on average. */
export class Bucket {
  readonly #perSecond: number
  readonly #burst: number
  readonly #now: () => number
  #tokens: number
  #at: number

  constructor(perSecond: number, burst: number, now: () => number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#now = now
    this.#tokens = burst
    this.#at = now()
  }

  /** Takes one, if there is one. `overdraft` lends as many again, for what may wait but must not be refused. */
  take(overdraft = false): boolean {
    const now = this.#now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond)
    this.#at = now
    if (this.#tokens < (overdraft ? 1 - this.#burst : 1)) return false
    this.#tokens--
    return true
  }
}
