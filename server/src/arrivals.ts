import type { IncomingHttpHeaders } from 'node:http'
import { judgeOrigins } from './origins'

/** Why a request is turned away: in the words of the audit log, and in those for who sent it. */
export interface TurnedAway {
  readonly reason: string
  readonly message: string
}

const ORIGIN: TurnedAway = {
  reason: 'origin not allowed',
  message: 'This origin is not among allowedOrigins of the server.',
}
const HOST: TurnedAway = {
  reason: 'host not allowed',
  message: 'This server is known to this machine alone, by other names; its allowedOrigins can name the page’s origin.',
}

const isLoopback = (address: string): boolean => /^(::ffff:)?127\.|^::1$/i.test(address)

/** A name as it stands in a `Host` header: IPv6 addresses in brackets. */
const inHost = (name: string): string => (name.includes(':') ? `[${name}]` : name.toLowerCase())

/**
 * Makes the judge of who may ask for more than health.
 *
 * That a page's origin is the host it asks proves nothing where anybody can name the host: a page of evil.example can have
 * its name point at 127.0.0.1 once it is loaded ("DNS rebinding"), and its own GETs carry no `Origin` at all. Names that
 * nobody else can make point here are therefore all that a server on a loopback address answers to, unless it was told
 * which origins are good, or a proxy in front answers for the names.
 */
export const judgeArrivals = (
  options: {
    readonly allowedOrigins: readonly string[] | undefined
    readonly host: string
    readonly trustedProxies: number
  },
  boundTo: () => string,
): ((headers: Pick<IncomingHttpHeaders, 'host' | 'origin'>) => TurnedAway | undefined) => {
  const judgeOrigin = judgeOrigins(options.allowedOrigins)
  const anyHost = options.allowedOrigins !== undefined || options.trustedProxies > 0
  const names = new Set(['localhost', '127.0.0.1', '[::1]', inHost(options.host)])
  const isKnown = (host: string): boolean => {
    const address = boundTo()
    const name = host.replace(/:\d+$/, '').toLowerCase()
    return !isLoopback(address) || names.has(name) || name === inHost(address)
  }
  return (headers) => {
    if (!judgeOrigin(headers).allowed) return ORIGIN
    return anyHost || headers.host === undefined || isKnown(headers.host) ? undefined : HOST
  }
}
