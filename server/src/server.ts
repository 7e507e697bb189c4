import type { IncomingMessage, Server as HttpServer } from 'node:http'
import { Hub, RtcError, type HubCounters, type HubStats, type OnlinePerson } from 'tsunagu/hub'
import { addressOf, attach, boundTo, type Handlers } from './attach'
import { judgeArrivals } from './arrivals'
import { auditor } from './audit'
import { audited } from './authentication'
import { CLOCK } from './clock'
import { openDoors, type DoorName, type DoorStats } from './doors/all'
import { GUEST_WARNING } from './guests'
import { limitLog } from './limited-log'
import { resolveOptions, type ServerOptions } from './options'
import { createOwnHttp, listen } from './own-http'
import { Quota, networkOf, remoteOf } from './remote'
import { createRoutes } from './routes'

/** What went wrong since the start, by kind. */
export interface ServerCounters extends HubCounters {
  /** Links and requests that were refused at the door, or closed there for broken frames; each is in the audit log. */
  readonly turnedAway: number
}

/** How much there is of everything. */
export interface ServerStats extends HubStats {
  /** How much went through each door that is open. */
  readonly doors: Readonly<Partial<Record<DoorName, DoorStats>>>
}

/** How a server ends. */
export interface CloseOptions {
  /** How long clients may take to go elsewhere, in milliseconds. @defaultValue 0: they are not asked */
  readonly drainMs?: number
}

/** How often it is looked whether everybody has gone. */
const LOOK_MS = 50

/** A running signaling server. */
export interface SignalingServer {
  /**
   * What clients connect to, like `http://127.0.0.1:8080/signal`: `webSocket({ url: server.url })`.
   *
   * @throws {@link RtcError} `usage/invalid-state` where the server has no port and is attached to no listening server.
   */
  readonly url: string
  /**
   * The port it listens on.
   *
   * @throws {@link RtcError} `usage/invalid-state` as `url` does.
   */
  readonly port: number
  /** Who is online right now. */
  people(): readonly OnlinePerson[]
  /** How much there is of everything right now. */
  stats(): ServerStats
  /** What went wrong on the wire since the start, by kind. */
  readonly counters: ServerCounters
  /**
   * Serves inside an HTTP server that an app already has, on this server's paths alone, and returns the undo.
   * Attach after the app's own handler was added (`createServer(app)`, `app.listen()`): requests on these paths then
   * never reach it.
   *
   * @throws {@link RtcError} `usage/closed` once the server is closed.
   */
  attach(http: HttpServer): () => void
  /**
   * Lets nobody in any more, closes every link with code 1001 and frees the port. Idempotent.
   *
   * With `drainMs` clients are first asked to go to another server, each at a moment of its own within so many milliseconds, and
   * their links are served until they have; the calls of those who do go on.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Starts a signaling server, or prepares one that is attached to an HTTP server of the app's own.
 *
 * Without `authenticate` everybody is a guest who is believed, which is said loudly in the log and by `/healthz`.
 *
 * @throws {@link RtcError} `usage/invalid-argument` where options contradict each other, or nobody says who may come in
 * while `NODE_ENV` is `production`; `usage/invalid-state` where the port is taken.
 *
 * @example
 * ```ts
 * import { createServer } from 'tsunagu-server'
 * const server = await createServer({
 *   port: 8080,
 *   allowedOrigins: ['https://app.example'],
 *   authenticate: async (token) => {
 *     if (token !== 'secret') throw new Error('unknown token')
 *     return { id: 'user-7', name: 'Aki' }
 *   },
 * })
 * console.log(server.url)
 * ```
 */
export const createServer = async (options: ServerOptions = {}): Promise<SignalingServer> => {
  const config = resolveOptions(options, process.env['NODE_ENV'] === 'production')
  const log = limitLog(config.logger, CLOCK)
  const audit = auditor(log, options.audit)
  const remote = (request: IncomingMessage): string => remoteOf(request, config.trustedProxies)
  const counted = { turnedAway: 0, tooLarge: 0 }
  const refused = (from: string, reason: string, kind: keyof typeof counted = 'turnedAway'): void => {
    counted[kind]++
    audit({ action: 'open', allowed: false, reason, remote: from })
  }

  const authenticate = audited(config.authenticate, audit)

  const { authorize, resolve, graceMs, lingerMs, pingMs, pongMs, limits } = options
  const hub = new Hub({
    ...(authorize && { authorize }),
    ...(resolve && { resolve }),
    ...(graceMs !== undefined && { graceMs }),
    ...(lingerMs !== undefined && { lingerMs }),
    ...(pingMs !== undefined && { pingMs }),
    ...(pongMs !== undefined && { pongMs }),
    ...(limits && { limits }),
    helloMs: config.helloMs,
    logger: log,
    authenticate,
    audit: ({ action, from, to, allowed }) =>
      audit({ action, from, to, allowed, ...(!allowed && { reason: 'authorize said no' }) }),
  })

  const links = new Quota(config.limits.linksPerAddress)
  const asking = new Quota(config.limits.linksPerAddress)
  const context = {
    connect: (link: Parameters<Hub['connect']>[0]) => hub.connect(link),
    admit: (from: string) => links.take(networkOf(from)),
    refused,
    limits: config.limits,
    now: CLOCK.now,
    after: CLOCK.after,
    log,
  }
  const { doors, stats } = await openDoors(config.doors, context)

  const counters = (): ServerCounters => ({
    ...hub.counters,
    turnedAway: counted.turnedAway,
    // A door refuses a frame by its length alone, before the hub could see it.
    tooLarge: hub.counters.tooLarge + counted.tooLarge,
  })

  let closing: Promise<void> | undefined
  const handlersFor = (http: HttpServer): Handlers => {
    const judge = judgeArrivals(config, () => boundTo(http))
    return createRoutes({
      ...config,
      doors,
      judge,
      authenticate,
      refused,
      log,
      clock: CLOCK,
      ask: (from) => asking.take(networkOf(from)),
      remoteOf: remote,
      closing: () => closing !== undefined,
    })
  }

  const attached = new Map<HttpServer, () => void>()
  const hang = (http: HttpServer): (() => void) => {
    if (closing) throw new RtcError('usage/closed', 'The server is closed.')
    const undo = attached.get(http) ?? attach(http, handlersFor(http))
    attached.set(http, undo)
    return () => {
      if (attached.delete(http)) undo()
    }
  }

  let own: HttpServer | undefined
  if (options.port !== undefined) {
    own = createOwnHttp(config, refused)
    hang(own)
    try {
      await listen(own, options.port, config.host)
    } catch (error) {
      hub.close()
      throw error
    }
    // Running out of file handles, say, is to be known and no reason to end the process.
    own.on('error', (error) => log.error('http server failed', { reason: error.message }))
  }
  if (config.guests) log.warn(GUEST_WARNING)

  const address = (): { readonly base: string; readonly port: number } => {
    for (const http of attached.keys()) {
      const found = addressOf(http)
      if (found) return found
    }
    throw new RtcError('usage/invalid-state', 'The server listens nowhere.', {
      fix: 'Pass a port, or attach to a listening server.',
    })
  }

  /** The port stays open meanwhile: transports without a lasting connection come again and again. */
  const drain = async (drainMs: number): Promise<void> => {
    hub.drain(drainMs)
    const until = CLOCK.now() + drainMs
    while (hub.stats().links > 0 && CLOCK.now() < until) await new Promise<void>((resolve) => CLOCK.after(LOOK_MS, resolve))
  }

  const end = async (drainMs: number): Promise<void> => {
    if (drainMs > 0) await drain(drainMs)
    const freed = own && new Promise<void>((done) => own.close(() => done()))
    hub.close()
    await Promise.all(doors.map((door) => door.close()))
    for (const undo of attached.values()) undo()
    attached.clear()
    // What is left are plain requests in keep-alive, or stuck.
    own?.closeAllConnections()
    await freed
    log.flush()
    log.info('closed', { ...counters() })
  }

  return {
    get url() {
      return address().base + config.path
    },
    get port() {
      return address().port
    },
    get counters() {
      return counters()
    },
    people: () => hub.people(),
    stats: () => ({ ...hub.stats(), doors: stats() }),
    attach: hang,
    close: ({ drainMs = 0 } = {}) => (closing ??= end(drainMs)),
  }
}
