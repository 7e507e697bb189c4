import { RtcError } from './base/errors'
import type { Logger } from './base/log'
import type { Runtime } from './base/runtime'
import type { IceConfig } from './peer/ice-servers'
import type { ReconnectOptions } from './signaling/retry'
import type { SessionKeeper, SignalingProtocol } from './signaling/port'
import type { SignalingTransport } from './signaling/transport'

/** ICE servers with the moment until which their credentials hold. */
export interface IceServers {
  readonly iceServers: readonly RTCIceServer[]
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
}

/** Which STUN and TURN servers to use, and how. */
export interface IceOptions {
  /** The servers, or a function that is asked before each connection. @defaultValue `[]`: the local network alone */
  readonly servers?:
    | readonly RTCIceServer[]
    | IceServers
    | (() => readonly RTCIceServer[] | IceServers | Promise<readonly RTCIceServer[] | IceServers>)
  /** `relay`: only through a TURN server, which hides addresses from the other side. @defaultValue `'all'` */
  readonly policy?: 'all' | 'relay'
}

/** How a client treats its calls. */
export interface CallsOptions {
  /** How long an outgoing call rings before it ends with `call/no-answer`, in milliseconds. @defaultValue 45000 */
  readonly ringTimeoutMs?: number
  /** How long an accepted call may look for a path before it ends with `ice/failed`, in milliseconds. @defaultValue 30000 */
  readonly connectTimeoutMs?: number
  /** How long a call may be reconnecting before it ends with `ice/failed`, or with `call/lost` where the other side is away altogether, in milliseconds. @defaultValue 40000 */
  readonly reconnectTimeoutMs?: number
  /** How many calls there may be at once; one more is told that we are busy. @defaultValue 8 */
  readonly max?: number
}

/** How a {@link Client} is made. */
export interface ClientOptions {
  /** The way to the signaling server: a transport such as `webSocket({ url })`, or a whole protocol. */
  readonly signaling: SignalingTransport | SignalingProtocol
  /** Proves who we are; a function is called before every open, so that the token may be short-lived. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>)
  readonly ice?: IceOptions
  /** How a lost signaling link is opened again. */
  readonly reconnect?: ReconnectOptions
  readonly calls?: CallsOptions
  /** Lets a page that is loaded again go on with its calls: `acrossReloads()` of `tsunagu/reload`. @defaultValue none: they end with the page */
  readonly keeper?: SessionKeeper
  /** Where the SDK writes what happens. @defaultValue warnings and errors go to the console */
  readonly logger?: Logger
  /** The world around the SDK; for tests. @internal */
  readonly runtime?: Runtime
}

/** The defaults of {@link CallsOptions}. */
export const CALLS_DEFAULTS: Required<CallsOptions> = Object.freeze({
  ringTimeoutMs: 45_000,
  connectTimeoutMs: 30_000,
  reconnectTimeoutMs: 40_000,
  max: 8,
})

/** Asks for the ICE servers anew each time; whoever asks says what a failure means. @internal */
export const iceSource = (ice: IceOptions = {}): (() => Promise<IceConfig>) => {
  // Types do not stop everybody, and servers that are not asked are missed in a firewall first.
  if (Array.isArray(ice) || 'iceServers' in ice) throw new RtcError('usage/invalid-argument', 'Pass ice: { servers }.')
  const { servers = [], policy = 'all' } = ice
  return async () => {
    const given = typeof servers === 'function' ? await servers() : servers
    return { servers: 'iceServers' in given ? given.iceServers : given, policy }
  }
}
