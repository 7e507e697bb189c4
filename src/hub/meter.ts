import { MAX_FRAME_BYTES } from '../protocol/limits'
import { Bucket } from './bucket'
import type { HubConfig } from './config'

/** Counts what one session sends, in frames and in bytes, and whatever else it has to pay for. */
export class Meter {
  readonly #frames: Bucket
  readonly #bytes: Bucket
  readonly #counters: HubConfig['counters']
  readonly #mostAtOnce: number

  constructor({ limits, runtime, counters }: HubConfig) {
    this.#frames = new Bucket(limits.framesPerSecond, limits.framesBurst, runtime.now)
    this.#bytes = new Bucket(limits.bytesPerSecond, Math.max(limits.bytesBurst, MAX_FRAME_BYTES), runtime.now)
    this.#counters = counters
    this.#mostAtOnce = limits.framesBurst / 2
  }

  /** Takes a frame. `overdrawn`: what it asks for is to be refused; `empty`: it is not to be taken at all. */
  take(sizeBytes: number): 'paid' | 'overdrawn' | 'empty' {
    const paid = [this.#frames.take(), this.#bytes.take(sizeBytes)]
    if (paid.includes('empty')) return this.refuse('empty')
    return paid.includes('overdrawn') ? this.refuse('overdrawn') : 'paid'
  }

  /** Takes so many frames for what a request brings beside its own; what costs more than can be had costs half of that. */
  pay(frames: number): boolean {
    return this.#frames.take(Math.min(frames, this.#mostAtOnce)) === 'paid' || this.refuse(false)
  }

  /** Counts a refusal. */
  refuse<Answer>(answer: Answer): Answer {
    this.#counters.rateLimited++
    return answer
  }
}
