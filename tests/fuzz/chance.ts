/** Chance that follows a seed: what one run found, the next one finds again ("mulberry32"). */
export class Chance {
  #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** From 0 up to 1. */
  readonly next = (): number => {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to `below`. */
  readonly int = (below: number): number => Math.floor(this.next() * below)

  readonly flip = (probability = 0.5): boolean => this.next() < probability

  readonly pick = <T>(list: readonly T[]): T => list[this.int(list.length)] as T
}

/** A number of a text, to seed each type of frame by its name. */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}
