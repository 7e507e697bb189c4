import { networkOf } from './network'

/** Counts sessions by the network that they were opened from. What does not say where it comes from is not counted. */
export class Networks {
  readonly #counts = new Map<string, number>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Whether one more fits in. */
  fits(remote: string | undefined): boolean {
    return remote === undefined || (this.#counts.get(networkOf(remote)) ?? 0) < this.#most
  }

  /** Counts a session, and returns the undo. */
  add(remote: string | undefined): () => void {
    if (remote === undefined) return () => undefined
    const network = networkOf(remote)
    this.#change(network, 1)
    return () => this.#change(network, -1)
  }

  #change(network: string, by: 1 | -1): void {
    const count = (this.#counts.get(network) ?? 0) + by
    if (count) this.#counts.set(network, count)
    else this.#counts.delete(network)
  }
}
