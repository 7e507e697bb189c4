import type { IncomingMessage, ServerResponse } from 'node:http'
import { RtcError, faultOf, isRtcError, type ClientContext, type Identity, type Logger } from 'tsunagu/hub'
import { answer, refuse, refuseUpgrade } from './answers'
import type { TurnedAway } from './arrivals'
import type { Handlers } from './attach'
import { isIdentity } from './authentication'
import type { Clock } from './clock'
import type { Door } from './doors/door'

/** One entry of what `/ice` answers: the shape of the browser's RTCIceServer. */
export interface IceServer {
  readonly urls: string | readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** What the routes need of the server. */
export interface RouteContext {
  readonly path: string
  readonly icePath: string | false
  readonly healthPath: string | false
  readonly doors: readonly Door[]
  readonly guests: boolean
  readonly iceServers: readonly IceServer[]
  readonly closing: () => boolean
  readonly judge: (headers: IncomingMessage['headers']) => TurnedAway | undefined
  readonly remoteOf: (request: IncomingMessage) => string
  readonly authenticate: (token: string | undefined, context: ClientContext) => Identity | Promise<Identity>
  /** How long `authenticate` may take. */
  readonly helloMs: number
  readonly clock: Pick<Clock, 'after'>
  /** Takes one of the questions that an address may have waiting; `undefined` where it has them all. The result gives it back. */
  readonly ask: (remote: string) => (() => void) | undefined
  /** Writes into the audit log that a request was turned away. */
  readonly refused: (remote: string, reason: string) => void
  readonly log: Logger
}

/** The path of a request, without its query. */
export const pathOf = (request: Pick<IncomingMessage, 'url'>): string => (request.url ?? '/').split('?', 1)[0] ?? '/'

/** What a client calls the transport that goes through each door. */
const TRANSPORTS: Readonly<Record<string, string>> = {
  websocket: 'webSocket',
  sse: 'sse',
  'long-polling': 'longPolling',
  'socket-io': 'socketIo',
}

/** Says which doors are open: who stands before one that is shut cannot know. */
const howToConnect = (doors: readonly Door[]): string =>
  `This is a signaling server: connect to this address with ${doors.map(({ name }) => `${TRANSPORTS[name] ?? name}({ url })`).join(', ')} of tsunagu.`

/** What every 426 has to name (RFC 9110 section 15.5.22), in the connection header too (section 7.8). */
const TO_WEBSOCKET = { upgrade: 'websocket' } as const
const UPGRADE_AND_CLOSE = 'upgrade, close'

/** In the audit log, where a closed door is to be found. */
const SHUT = 'door not open'

const isStun = ({ urls }: IceServer): boolean => [urls].flat().every((url) => /^stuns?:/i.test(url))

const bearerOf = ({ authorization }: IncomingMessage['headers']): string | undefined =>
  /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]

/** Makes the functions that answer requests and upgrades: `true` when the path is one of ours. */
export const createRoutes = (context: RouteContext): Handlers => {
  const health = (_request: IncomingMessage, response: ServerResponse): void =>
    context.closing()
      ? answer(response, 503, { status: 'closing', guests: context.guests })
      : answer(response, 200, { status: 'ok', guests: context.guests })

  /** Asks the app whose token this is, and does not wait for ever. */
  const vouch = async (token: string | undefined, remote: string): Promise<void> => {
    let stop = (): void => undefined
    const late = new Promise<never>((_, reject) => {
      const error = new RtcError('signaling/unreachable', `It did not answer within ${context.helloMs} ms.`)
      stop = context.clock.after(context.helloMs, () => reject(error))
    })
    const identity = await Promise.race([context.authenticate(token, { instance: '', remote }), late]).finally(stop)
    if (!isIdentity(identity)) throw new TypeError('It gave no identity, which is { id }.')
  }

  const ice = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const token = bearerOf(request.headers)
    const remote = context.remoteOf(request)
    const done = context.ask(remote)
    if (!done) {
      context.refused(remote, 'too many requests of this address wait')
      return refuse(response, 429, 'signaling/limit-exceeded', 'Too many requests of this address wait; try again.')
    }
    try {
      if (!context.guests) await vouch(token, remote)
    } catch (error) {
      // In the words of the hub, which asks for links. In the audit log it stands already.
      context.log.warn('`authenticate` failed.', faultOf(error, token))
      if (isRtcError(error) && error.code === 'signaling/unreachable')
        return refuse(response, 503, error.code, 'Who you are cannot be found out right now; try again.')
      refuse(response, 401, 'signaling/unauthorized', 'Send the session’s token as Authorization: Bearer.', { 'www-authenticate': 'Bearer' })
      return
    } finally {
      done()
    }
    // A relay costs whoever runs it: it is for people somebody vouches for.
    const iceServers = context.guests ? context.iceServers.filter(isStun) : context.iceServers
    answer(response, 200, { iceServers })
  }

  /** What follows the signaling path, where a path is it or one that a door has below it. */
  const subPathOf = (path: string): string | undefined => {
    if (path === context.path) return ''
    const base = context.path.replace(/\/$/, '')
    const rest = path.startsWith(base) ? path.slice(base.length) : ''
    return context.doors.some(({ below }) => below !== undefined && `${rest}/`.startsWith(`${below}/`)) ? rest : undefined
  }

  const way = howToConnect(context.doors)

  const signal = (request: IncomingMessage, response: ServerResponse, subPath: string): void => {
    const arrival = { request, subPath, remote: context.remoteOf(request) }
    if (context.doors.some((door) => door.request?.(arrival, response))) return
    // Whoever only looks with a browser wanted no door.
    if (request.method === 'POST') context.refused(arrival.remote, SHUT)
    // `node:http` leaves a connection header of ours as it is, and reads from it alone whether to close.
    const connection = response.shouldKeepAlive ? 'upgrade' : UPGRADE_AND_CLOSE
    refuse(response, 426, 'signaling/protocol-unsupported', way, { connection, ...TO_WEBSOCKET })
  }

  const upgrade: Handlers['upgrade'] = (request, socket, head) => {
    const subPath = subPathOf(pathOf(request))
    if (subPath === undefined) return false
    const arrival = { request, subPath, remote: context.remoteOf(request) }
    const turnedAway = context.judge(request.headers)
    if (turnedAway) {
      context.refused(arrival.remote, turnedAway.reason)
      refuseUpgrade(socket, 403, 'signaling/forbidden', turnedAway.message)
    } else if (!context.doors.some((door) => door.upgrade?.(arrival, socket, head))) {
      context.refused(arrival.remote, SHUT)
      refuseUpgrade(socket, 426, 'signaling/protocol-unsupported', way, { connection: UPGRADE_AND_CLOSE, ...TO_WEBSOCKET })
    }
    return true
  }

  const plain: Handlers['request'] = (request, response) => {
    const path = pathOf(request)
    const subPath = subPathOf(path)
    const method = request.method ?? 'GET'
    if (path === context.healthPath) {
      if (method === 'GET' || method === 'HEAD') health(request, response)
      else refuse(response, 405, 'usage/invalid-argument', 'Only GET and HEAD work here.', { allow: 'GET, HEAD' })
      return true
    }
    if (path !== context.icePath && subPath === undefined) return false
    const turnedAway = context.judge(request.headers)
    const headers: Record<string, string> = { vary: 'origin' }
    if (turnedAway) {
      context.refused(context.remoteOf(request), turnedAway.reason)
      refuse(response, 403, 'signaling/forbidden', turnedAway.message, headers)
      return true
    }
    const { origin } = request.headers
    if (origin !== undefined) headers['access-control-allow-origin'] = origin
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    if (method === 'OPTIONS')
      // No body, so no length either (RFC 9110 section 8.6).
      response
        .writeHead(204, {
          'access-control-allow-methods': 'GET, POST',
          'access-control-allow-headers': 'authorization, content-type, tsunagu-protocol, tsunagu-link',
          // Two hours are the most that Chromium remembers (Fetch standard, section 4.9).
          'access-control-max-age': '7200',
        })
        .end()
    else if (subPath !== undefined) signal(request, response, subPath)
    else if (method !== 'GET')
      refuse(response, 405, 'usage/invalid-argument', 'Only GET works here.', { allow: 'GET, OPTIONS' })
    else void ice(request, response)
    return true
  }
  return { request: plain, upgrade }
}
