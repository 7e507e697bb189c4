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

  /** Takes so many. Once the burst is used up it lends as many again (`overdrawn`), then none (`empty`). */
  take(cost = 1): 'paid' | 'overdrawn' | 'empty' {
    const now = this.#now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond)
    this.#at = now
    const left = this.#tokens - cost
    if (left < -this.#burst) return 'empty'
    this.#tokens = left
    return left < 0 ? 'overdrawn' : 'paid'
  }
}
