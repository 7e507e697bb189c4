import { createServer as createHttp, type IncomingMessage, type Server as HttpServer, ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import { RtcError } from 'tsunagu/hub'
import { CLOCK } from './clock'
import { Quota, networkOf, remoteOf } from './remote'

/** What the server of its own is made of. */
export interface OwnHttpOptions {
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer }
  /** How long a client may take to say what it wants. */
  readonly helloMs: number
  readonly trustedProxies: number
  readonly limits: { readonly linksPerAddress: number }
}

/** Where people share an address: a link over HTTP takes three at its busiest, and `/ice` one now and then. */
const CONNECTIONS_PER_LINK = 3
const MIN_CONNECTIONS = 64

/** Requests of one connection, those it sends without waiting for answers among them; then it has to dial again. */
const REQUESTS_PER_CONNECTION = 100

/** Browsers and proxies send some thirty. */
const HEADERS = 100

/** The longest that anybody may take to say what they want, whatever `helloMs` is. */
const MAX_PATIENCE_MS = 60_000

/** How long the body of a request may take that waits for its answer: what goes up a link may be long, and its line slow. */
const BODY_MS = 60_000

/** Answers that wait only so long for the rest of a request that they have answered already. */
const answersWithin = (patienceMs: number): typeof ServerResponse =>
  class<Request extends IncomingMessage> extends ServerResponse<Request> {
    constructor(request: Request) {
      super(request)
      this.once('finish', () => {
        if (!request.complete) CLOCK.after(patienceMs, () => request.complete || request.socket.destroy())
      })
    }
  }

/** Makes an HTTP server for strangers: it hangs up on who dawdles, and on who dials too often at once. */
export const createOwnHttp = (
  { tls, helloMs, trustedProxies, limits }: OwnHttpOptions,
  refused: (remote: string, reason: string) => void,
): HttpServer => {
  const patienceMs = Math.max(1, Math.ceil(Math.min(helloMs, MAX_PATIENCE_MS)))
  const deadlines = {
    headersTimeout: patienceMs,
    requestTimeout: Math.max(patienceMs, BODY_MS),
    connectionsCheckingInterval: Math.ceil(patienceMs / 4),
    ServerResponse: answersWithin(patienceMs),
  }
  const http = tls ? createHttps({ ...tls, ...deadlines, handshakeTimeout: patienceMs }) : createHttp(deadlines)
  http.maxHeadersCount = HEADERS
  http.maxRequestsPerSocket = REQUESTS_PER_CONNECTION
  // The last answer said that there will be no other.
  http.on('dropRequest', (_request: IncomingMessage, socket: Socket) => socket.destroy())
  // Behind a proxy all come from its address, and how many of one client's it keeps open is its affair.
  if (trustedProxies > 0) return http
  const open = new Quota(Math.max(MIN_CONNECTIONS, CONNECTIONS_PER_LINK * limits.linksPerAddress))
  http.on('connection', (socket: Socket) => {
    const remote = remoteOf({ headers: {}, socket }, 0)
    const leave = open.take(networkOf(remote))
    if (leave) return void socket.once('close', leave)
    refused(remote, 'too many connections from this address')
    socket.destroy()
  })
  return http
}

const LISTEN_FIXES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Take a free port, or 0 to be given one.',
  EACCES: 'Take a port above 1023, or give the process the right to this one.',
  EADDRNOTAVAIL: 'Take an address of this machine as host, or 0.0.0.0 for all of them.',
}

/** Listens, and says in words of ours why that did not work. */
export const listen = (http: HttpServer, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void =>
      reject(
        new RtcError('usage/invalid-state', `Cannot listen on ${host} port ${port}: ${cause.code ?? cause.message}.`, {
          fix: LISTEN_FIXES[cause.code ?? ''] ?? 'Check host and port.',
          cause,
        }),
      )
    http.once('error', failed)
    http.listen(port, host, () => {
      http.off('error', failed)
      resolve()
    })
  })
