import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { refuse, refuseUpgrade } from './answers'

/** What is hung into an HTTP server: each says whether the request was its own. */
export interface Handlers {
  request(request: IncomingMessage, response: ServerResponse): boolean
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

const NOT_FOUND = ['usage/invalid-argument', 'There is nothing at this address.'] as const

/**
 * Hangs the handlers into an HTTP server, before what already listens there, and returns the undo.
 *
 * `node:http` calls every listener of a request, so two that answer would clash: the listeners found are called by ours,
 * for what is not ours alone. Upgrades are left to others where there are any, for else nobody would answer them.
 */
export const attach = (http: HttpServer, handlers: Handlers): (() => void) => {
  const apps = http.listeners('request')
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (handlers.request(request, response)) return
    for (const app of apps) app.call(http, request, response)
    if (apps.length === 0) refuse(response, 404, ...NOT_FOUND)
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (handlers.upgrade(request, socket, head) || http.listenerCount('upgrade') > 1) return
    refuseUpgrade(socket, 404, ...NOT_FOUND)
  }
  http.removeAllListeners('request')
  http.on('request', onRequest)
  http.on('upgrade', onUpgrade)
  return () => {
    http.off('upgrade', onUpgrade)
    http.off('request', onRequest)
    for (const app of apps) http.on('request', app as (...args: unknown[]) => void)
  }
}

/** Where a server is reached from this machine, like `http://127.0.0.1:8080`; `undefined` where it has no port. */
export const addressOf = (http: HttpServer): { readonly base: string; readonly port: number } | undefined => {
  const address = http.address()
  if (address === null || typeof address === 'string') return undefined
  // An unspecified address is one to listen on, not one to go to (RFC 4291 section 2.5.2).
  const host = address.address === '0.0.0.0' || address.address === '::' ? 'localhost' : address.address
  // Only a TLS server can change its certificate.
  const scheme = 'setSecureContext' in http ? 'https' : 'http'
  return { base: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`, port: address.port }
}
