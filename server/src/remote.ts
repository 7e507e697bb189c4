import type { IncomingMessage } from 'node:http'
import { isIP, isIPv6 } from 'node:net'

/** The eight groups of an IPv6 address, as numbers. */
const groupsOf = (address: string): readonly number[] => {
  // The last two groups may be written as an IPv4 address (RFC 4291 section 2.2).
  const hexOnly = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number)
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  })
  const [head = [], tail = []] = hexOnly.split('::').map((half) => (half === '' ? [] : half.split(':')))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map((group) => parseInt(group, 16))
}

/** An address without brackets, port and IPv4 mapping; `undefined` for what is none. */
const addressIn = (text: string): string | undefined => {
  const bare = /^"?\[(.*)\](?::\d+)?"?$/.exec(text)?.[1] ?? (isIP(text) ? text : text.replace(/:\d+$/, ''))
  if (!isIPv6(bare)) return isIP(bare) ? bare : undefined
  // A socket that listens on `::` writes IPv4 addresses in the mapped form (RFC 4291 section 2.5.5.2).
  const groups = groupsOf(bare)
  const [high = 0, low = 0] = groups.slice(6)
  const mapped = groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  return mapped ? [high >> 8, high & 255, low >> 8, low & 255].join('.') : bare
}

/**
 * The address a request came from.
 *
 * Each proxy in front appends who it heard from to `X-Forwarded-For`, so the entry that counts is the one that the
 * outermost trusted proxy wrote: anything left of it was sent by the client and may say what it likes. An entry that is
 * no address counts for nothing: as a key for quotas it could be a new one each time.
 */
export const remoteOf = (request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string => {
  const { remoteAddress = '' } = request.socket
  const direct = addressIn(remoteAddress) ?? 'unknown'
  if (trustedProxies === 0) return direct
  const said = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  const hops = said.map((hop) => hop.trim()).filter((hop) => hop !== '')
  return addressIn(hops.at(-trustedProxies) ?? hops[0] ?? '') ?? direct
}

/**
 * What an address counts as: itself, or with IPv6 the network of 64 bits that it lies in, for that is the least that one
 * subscriber is given (RFC 6177) and all of it is at that subscriber's hand.
 */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address
  return `${groupsOf(address).slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`
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
