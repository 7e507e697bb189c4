import { encode } from './decode'
import { byteLength, MAX_FRAME_BYTES, MAX_HELD_BYTES, MAX_HELD_FRAMES } from './limits'

/** How much an {@link Outbox} may hold. */
export interface OutboxLimits {
  readonly frameBytes: number
  readonly heldFrames: number
  readonly heldBytes: number
}

export const OUTBOX_LIMITS: OutboxLimits = {
  frameBytes: MAX_FRAME_BYTES,
  heldFrames: MAX_HELD_FRAMES,
  heldBytes: MAX_HELD_BYTES,
}

/** The frame as it goes out, or why it may not. */
export type Pushed =
  | { readonly frame: string }
  | { readonly refused: 'signaling/outbox-full' | 'signaling/too-large' }

/** Numbers the messages of one direction and holds their frames until the other side has acknowledged them. */
export class Outbox {
  readonly #limits: OutboxLimits
  readonly #held: { readonly frame: string; readonly sizeBytes: number }[] = []
  #sizeBytes = 0
  #last = 0

  constructor(limits: OutboxLimits = OUTBOX_LIMITS) {
    this.#limits = limits
  }

  /** Everything held, in order: what a new link has to carry again. */
  get frames(): readonly string[] {
    return this.#held.map(({ frame }) => frame)
  }

  /** How many frames are held. */
  get size(): number {
    return this.#held.length
  }

  /** How many bytes are held. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Gives a message the next number and holds it, or refuses it and changes nothing; `share` is how much of the room it may fill. */
  push(message: object, share = 1): Pushed {
    const frame = encode({ ...message, n: this.#last + 1 })
    const sizeBytes = byteLength(frame)
    const { frameBytes, heldFrames, heldBytes } = this.#limits
    if (sizeBytes > frameBytes) return { refused: 'signaling/too-large' }
    if (this.#held.length >= heldFrames * share || this.#sizeBytes + sizeBytes > heldBytes * share)
      return { refused: 'signaling/outbox-full' }
    this.#last++
    this.#sizeBytes += sizeBytes
    this.#held.push({ frame, sizeBytes })
    return { frame }
  }

  /** Lets go of everything up to a number. False where that number was never given out or was let go long ago. */
  ack(received: number): boolean {
    const count = received - (this.#last - this.#held.length)
    if (count < 0 || received > this.#last) return false
    for (const { sizeBytes } of this.#held.splice(0, count)) this.#sizeBytes -= sizeBytes
    return true
  }
}

/** Tells a new frame from a repeated one and from one before which others are missing, by the last number taken. */
export const placeOf = (n: number, last: number): 'new' | 'seen' | 'gap' =>
  n <= last ? 'seen' : n === last + 1 ? 'new' : 'gap'
