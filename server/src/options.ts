import { RtcError, type ClientContext, type HubLimits, type HubOptions, type Identity, type Logger } from 'tsunagu/hub'
import type { AuditRecord } from './audit'
import { DOOR_NAMES, type DoorName } from './doors/all'
import { guestIdentity } from './guests'
import { jsonLogger } from './logging'
import { originOf } from './origins'
import type { IceServer } from './routes'

/** How much may be used; the limits of the hub and those of the doors. */
export interface ServerLimits extends HubLimits {
  /**
   * Links of one address (with IPv6: of one /64 network) at once; many people can share one. As many requests for `/ice`
   * may wait, and at a port of the server's own three times as many connections may be open, unless proxies are in front.
   * @defaultValue 256
   */
  readonly linksPerAddress?: number
  /** Bytes that may wait for one slow receiver before its link is cut; its session keeps them. @defaultValue 4194304 */
  readonly bufferedBytes?: number
  /** Frames of one link per second on average, of any kind, also broken ones. @defaultValue 1000 */
  readonly linkFramesPerSecond?: number
  /** Frames of one link at once. @defaultValue 5000 */
  readonly linkFramesBurst?: number
}

type DoorLimits = Required<
  Pick<ServerLimits, 'linksPerAddress' | 'bufferedBytes' | 'linkFramesPerSecond' | 'linkFramesBurst'>
>

/** What {@link createServer} takes; everything is optional. */
export interface ServerOptions
  extends Pick<HubOptions, 'authorize' | 'resolve' | 'graceMs' | 'lingerMs' | 'pingMs' | 'pongMs' | 'helloMs'> {
  /** Port to listen on; 0 takes a free one. Without it nothing listens until `attach`. */
  readonly port?: number
  /** Address to listen on; `0.0.0.0` for all of IPv4. @defaultValue '127.0.0.1' */
  readonly host?: string
  /** Where clients connect. @defaultValue '/signal' */
  readonly path?: string
  /**
   * The transports that are let in. `socket-io` needs the package `socket.io`, which is loaded only where it stands here.
   * @defaultValue all but `socket-io`
   */
  readonly doors?: readonly DoorName[]
  /** Where clients fetch their ICE servers, or `false` for nowhere. @defaultValue '/ice' */
  readonly icePath?: string | false
  /** Where a load balancer asks for health, or `false` for nowhere. @defaultValue '/healthz' */
  readonly healthPath?: string | false
  /**
   * Origins of pages that may connect, like `https://app.example`; `*` allows any. Only scheme, host and port count.
   * @defaultValue only pages of the server's own host; on a loopback address only by the names `localhost`, `127.0.0.1`,
   * `[::1]` and `host`, which nobody else can make point there
   */
  readonly allowedOrigins?: readonly string[]
  /**
   * Says whose token this is, and refuses by throwing. The context's `instance` is empty where `/ice` asks.
   * @defaultValue everybody is a guest
   */
  readonly authenticate?: (token: string | undefined, context: ClientContext) => Identity | Promise<Identity>
  /**
   * Lets everybody be who they say they are, with the token as the name.
   * @defaultValue true without `authenticate`, except where `NODE_ENV` is `production`: there it must be said
   */
  readonly guests?: boolean
  /** Serves https and wss: key and certificate chain in PEM. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer }
  /** What `/ice` hands out. Guests get those with `stun:` and `stuns:` alone. @defaultValue none */
  readonly iceServers?: readonly IceServer[]
  /** How many proxies stand in front, whose `X-Forwarded-For` says where a client comes from. @defaultValue 0 */
  readonly trustedProxies?: number
  readonly limits?: ServerLimits
  /**
   * Where the log goes; {@link fromPino} makes one of a pino logger.
   * @defaultValue lines of JSON on standard output, from level info
   */
  readonly logger?: Logger
  /** Gets every decision about who may do what; refusals are in the log as well. What it throws is logged, no more. */
  readonly audit?: (record: AuditRecord) => void | Promise<void>
}

/** Options with every blank filled in. */
export type ServerConfig = Required<Pick<ServerOptions, Filled>> & Pick<ServerOptions, 'tls'> & {
  readonly allowedOrigins: readonly string[] | undefined
  readonly limits: DoorLimits
}
type Filled =
  | 'host' | 'path' | 'doors' | 'icePath' | 'healthPath' | 'authenticate' | 'guests' | 'iceServers' | 'trustedProxies' | 'logger' | 'helloMs'

/** What {@link ServerOptions} means where nothing is said. */
export const SERVER_DEFAULTS = Object.freeze({
  host: '127.0.0.1',
  path: '/signal',
  doors: DOOR_NAMES.filter((name) => name !== 'socket-io'),
  icePath: '/ice',
  healthPath: '/healthz',
  iceServers: [],
  trustedProxies: 0,
  helloMs: 10_000,
  limits: Object.freeze({
    linksPerAddress: 256,
    bufferedBytes: 4_194_304,
    linkFramesPerSecond: 1_000,
    linkFramesBurst: 5_000,
  } satisfies DoorLimits),
})

const wrong = (message: string, fix: string): RtcError => new RtcError('usage/invalid-argument', message, { fix })

const checkGuests = ({ authenticate, guests }: ServerOptions, production: boolean): boolean => {
  if (authenticate) {
    if (guests) throw wrong('`authenticate` and `guests: true` exclude each other.', 'Leave one of them out.')
    return false
  }
  if (guests === false)
    throw wrong('Without `authenticate` and without guests nobody could come in.', 'Pass `authenticate`.')
  if (production && !guests)
    throw wrong(
      'NODE_ENV is production and there is no `authenticate`: anybody could take anybody’s name.',
      'Pass `authenticate`, or `guests: true` (the command: --guests) where that is what you want.',
    )
  return true
}

const checkOrigin = (text: string): string => {
  const origin = originOf(text)
  if (origin === undefined)
    throw wrong(
      `"${text}" in \`allowedOrigins\` is no origin.`,
      'Write it with scheme and, where it is not the usual one, port, like https://app.example.',
    )
  return origin
}

/**
 * Checks options and fills in the blanks.
 *
 * @throws {@link RtcError} `usage/invalid-argument` where options contradict each other or the environment, or are not what they should be.
 */
export const resolveOptions = (options: ServerOptions, production: boolean): ServerConfig => {
  const { limits, logger = jsonLogger('info'), ...given } = options
  const guests = checkGuests(options, production)
  if (options.tls && options.port === undefined)
    throw wrong(
      '`tls` is for a port of the server’s own.',
      'Pass a port, or give the certificate to the server you attach to.',
    )
  const config = { ...SERVER_DEFAULTS, ...given }
  for (const path of [config.path, config.icePath, config.healthPath])
    if (path !== false && !path.startsWith('/'))
      throw wrong(`The path "${path}" has no slash at its start.`, `Write "/${path}".`)
  const unknown = config.doors.find((name) => !DOOR_NAMES.includes(name))
  if (unknown !== undefined || config.doors.length === 0)
    throw wrong(`"${String(unknown ?? '')}" is no door.`, `Name some of ${DOOR_NAMES.join(', ')}.`)
  return {
    ...config,
    allowedOrigins: options.allowedOrigins?.map(checkOrigin),
    authenticate: options.authenticate ?? guestIdentity,
    guests,
    logger,
    helloMs: options.helloMs ?? SERVER_DEFAULTS.helloMs,
    limits: { ...SERVER_DEFAULTS.limits, ...limits },
  }
}
