import type { IncomingMessage } from 'node:http'

/**
 * The address a request came from.
 *
 * Each proxy in front appends who it heard from to `X-Forwarded-For`, so the entry that counts is the one that the
 * outermost trusted proxy wrote: anything left of it was sent by the client and may say what it likes.
 */
export const remoteOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string => {
  const direct = request.socket.remoteAddress ?? 'unknown'
  if (trustedProxies === 0) return direct
  const said = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const hops = said.map((hop) => hop.trim()).filter((hop) => hop !== '')
  return hops.at(-trustedProxies) ?? hops[0] ?? direct
}

/** Counts what is open per key and says no beyond a limit. */
export class Quota {
  readonly #max: number
  readonly #open = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes one and returns the way to give it back (safe to call twice), or `undefined` where the limit is reached. */
  take(key: string): (() => void) | undefined {
    const open = this.#open.get(key) ?? 0
    if (open >= this.#max) return undefined
    this.#open.set(key, open + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const left = (this.#open.get(key) ?? 1) - 1
      if (left > 0) this.#open.set(key, left)
      else this.#open.delete(key)
    }
  }

  /** How many keys hold something. */
  get size(): number {
    return this.#open.size
  }
}
