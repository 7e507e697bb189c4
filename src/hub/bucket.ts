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

  /** Takes one. Once the burst is used up it lends as many again (`overdrawn`), then none (`empty`). */
  take(): 'paid' | 'overdrawn' | 'empty' {
    const now = this.#now()
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1_000) * this.#perSecond)
    this.#at = now
    if (this.#tokens < 1 - this.#burst) return 'empty'
    return this.#tokens-- < 1 ? 'overdrawn' : 'paid'
  }
}
