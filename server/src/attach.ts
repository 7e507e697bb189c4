import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { refuse, refuseUpgrade } from './answers'

/** What is hung into an HTTP server: each says whether the request was its own. */
export interface Handlers {
  request(request: IncomingMessage, response: ServerResponse): boolean
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

const NOT_FOUND = ['usage/invalid-argument', 'There is nothing at this address.'] as const

type RequestListener = (this: HttpServer, request: IncomingMessage, response: ServerResponse) => void

/** The one listener of ours in an HTTP server, for however many servers of ours are hung into it. */
interface Hook {
  readonly add: (handlers: Handlers) => () => void
}

const hooks = new WeakMap<HttpServer, Hook>()

const hookInto = (http: HttpServer): Hook => {
  const all = new Set<Handlers>()
  // Raw, so that a `once` stays one.
  const apps = http.rawListeners('request') as RequestListener[]
  const onRequest: RequestListener = (request, response) => {
    for (const handlers of all) if (handlers.request(request, response)) return
    for (const app of apps) app.call(http, request, response)
    if (all.size > 0 && apps.length === 0 && http.listenerCount('request') < 2) refuse(response, 404, ...NOT_FOUND)
  }
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    for (const handlers of all) if (handlers.upgrade(request, socket, head)) return
    if (http.listenerCount('upgrade') < 2) refuseUpgrade(socket, 404, ...NOT_FOUND)
  }
  http.removeAllListeners('request')
  http.on('request', onRequest)
  http.on('upgrade', onUpgrade)
  const unhook = (): void => {
    hooks.delete(http)
    http.off('upgrade', onUpgrade)
    // Where somebody took our listener as we took the app's, it is called from there and goes on asking the app.
    if (!http.rawListeners('request').includes(onRequest)) return
    http.off('request', onRequest)
    for (const app of [...apps].reverse()) http.prependListener('request', app)
  }
  return {
    add: (handlers) => {
      all.add(handlers)
      return () => {
        if (all.delete(handlers) && all.size === 0) unhook()
      }
    },
  }
}

/**
 * Hangs the handlers into an HTTP server, before what already listens there, and returns the undo.
 *
 * `node:http` calls every listener of a request, so two that answer would clash: the listeners found are called by ours,
 * for what is not ours alone. Upgrades are left to others where there are any, for else nobody would answer them.
 * The undos of several servers can be called in any order: all share one listener, and the last takes it out.
 */
export const attach = (http: HttpServer, handlers: Handlers): (() => void) => {
  const hook = hooks.get(http) ?? hookInto(http)
  hooks.set(http, hook)
  return hook.add(handlers)
}

/** The address that a server listens on; empty where that is none, but the path of a socket, say. */
export const boundTo = (http: HttpServer): string => {
  const address = http.address()
  return typeof address === 'object' ? (address?.address ?? '') : ''
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
