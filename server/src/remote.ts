import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'

/**
 * The address a request came from.
 *
 * Each proxy in front appends who it heard from to `X-Forwarded-For`, so the entry that counts is the one that the
 * outermost trusted proxy wrote: anything left of it was sent by the client and may say what it likes.
 */
export const remoteOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string => {
  // A socket that listens on `::` writes IPv4 addresses in the mapped form (RFC 4291 section 2.5.5.2).
  const direct = (request.socket.remoteAddress ?? 'unknown').replace(/^::ffff:(?=\d+\.)/i, '')
  if (trustedProxies === 0) return direct
  const said = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const hops = said.map((hop) => hop.trim()).filter((hop) => hop !== '')
  return hops.at(-trustedProxies) ?? hops[0] ?? direct
}

/**
 * What an address counts as: itself, or with IPv6 the network of 64 bits that it lies in, for that is the least that one
 * subscriber is given (RFC 6177) and all of it is at that subscriber's hand.
 */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  const [before = '', after] = address.split('::', 2)
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  // The last two groups may be written as an IPv4 address.
  const sizeOf = (groups: readonly string[]): number => groups.length + (groups.at(-1)?.includes('.') ? 1 : 0)
  const zeros = after === undefined ? 0 : 8 - sizeOf(head) - sizeOf(tail)
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail]
  return `${groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
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
