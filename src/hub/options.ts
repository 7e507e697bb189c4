import type { RtcErrorCode } from '../base/errors'
import type { Logger } from '../base/log'
import type { SessionStore } from './store'

/** Stands for everybody in a set of watched ids; no user may be called so. */
export const EVERYBODY = '*'

/** Who a session belongs to. */
export interface Identity {
  /** Unique among all users; 1 to 256 characters, none of them a control character. */
  readonly id: string
  /** Shown to others; up to 256 characters. */
  readonly name?: string
  /** What the app's own rules may look at. */
  readonly grants?: readonly string[]
}

/** What someone may be allowed to do to someone. */
export type Action = 'call' | 'message' | 'watch' | 'join'

/** One decision of `authorize`. */
export interface AuditEntry {
  /** Milliseconds on the hub's clock, see `HubRuntime.now`. */
  readonly at: number
  readonly action: Action
  readonly from: string
  readonly to: string
  readonly allowed: boolean
}

/** What a hook learns about a client beside its token. */
export interface ClientContext {
  /** Random, the same for all sessions and links of one client object: a guest keeps the identity made for it. */
  readonly instance: string
  /** Where the link comes from, as the door says. */
  readonly remote?: string
}

/** How much one session, one user and the whole hub may use. */
export interface HubLimits {
  /** Numbered frames per second, on average. @defaultValue 100 */
  readonly framesPerSecond?: number
  /** Numbered frames at once. @defaultValue 500 */
  readonly framesBurst?: number
  /** Bytes of numbered frames per second, on average. @defaultValue 262144 */
  readonly bytesPerSecond?: number
  /** Bytes of numbered frames at once; one frame always fits. @defaultValue 2097152 */
  readonly bytesBurst?: number
  /** Calls of one session at once, ringing ones included. @defaultValue 50 */
  readonly callsPerSession?: number
  /** Sessions of one user at once. @defaultValue 20 */
  readonly sessionsPerUser?: number
  /** Sessions of one address (with IPv6: of one /64 network) at once, as far as links say theirs. @defaultValue 1000 */
  readonly sessionsPerAddress?: number
  /** Ids one session may watch. @defaultValue 1000 */
  readonly watchedIds?: number
  /** Sessions of everybody. @defaultValue 100000 */
  readonly sessions?: number
}

/** The parts of `Runtime` a hub needs; written out, for that one speaks of a browser's types, which a server has not. */
export interface HubRuntime {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** A new id of 128 random bits, in URL-safe characters. */
  randomId(): string
  /** Runs a task once after a delay; the return value takes it back. */
  after(delayMs: number, task: () => void): () => void
}

/** How a {@link Hub} behaves; everything is optional. */
export interface HubOptions {
  readonly runtime?: HubRuntime
  readonly logger?: Logger
  /**
   * Says whose token this is; what it throws refuses the client with `signaling/unauthorized` for good.
   * An `RtcError` `signaling/unreachable` tells the client to try again; the message of another `RtcError` is passed on to it.
   * @defaultValue everybody is a guest with an id of their own
   */
  readonly authenticate?: (token: string | undefined, context: ClientContext) => Identity | Promise<Identity>
  /** Says whether someone may do something to someone; anything but `true` refuses. @defaultValue everybody may do everything */
  readonly authorize?: (from: Identity, action: Action, to: string) => boolean | Promise<boolean>
  /** Says which users an address means; anything but an array of ids finds nobody. @defaultValue an address is a user's id */
  readonly resolve?: (address: string, from: Identity) => readonly string[] | Promise<readonly string[]>
  readonly limits?: HubLimits
  /**
   * How long a session without a link is kept, in milliseconds. One that lost its link within 10 s of its beginning and had
   * said nothing yet is kept for 5 s at most.
   * @defaultValue 60000
   */
  readonly graceMs?: number
  /** How long someone without a link still looks online, in milliseconds. @defaultValue 5000 */
  readonly lingerMs?: number
  /** How often a link is asked whether it is alive, in milliseconds. @defaultValue 20000 */
  readonly pingMs?: number
  /** How long a link may take to answer that, in milliseconds. @defaultValue 10000 */
  readonly pongMs?: number
  /** How long a link may take to say hello, in milliseconds. @defaultValue 10000 */
  readonly helloMs?: number
  /** How long `authorize` and `resolve` may take to answer, in milliseconds; later counts as failed. @defaultValue 10000 */
  readonly hookMs?: number
  /** Gets every decision that `authorize` made; what it throws is logged. */
  readonly audit?: (entry: AuditEntry) => void
  /** Where sessions are on record. @defaultValue this process' memory */
  readonly store?: SessionStore
  /** Hashes a session key. @defaultValue SHA-256 of the Web Crypto API */
  readonly hash?: (text: string) => string | Promise<string>
}

/** Someone who is there. */
export interface OnlinePerson {
  readonly id: string
  readonly name?: string
  readonly status: 'online' | 'away' | 'busy'
}

/** What went wrong on the wire so far, by kind. */
export interface HubCounters {
  /** Frames that are no JSON object or lack a field. */
  readonly malformed: number
  readonly unknownTypes: number
  readonly unknownFields: number
  readonly tooLarge: number
  /** Frames whose number was seen before. */
  readonly replayed: number
  /** Frames before which others are missing. */
  readonly gaps: number
  /** Resumes with an unknown session, a wrong key or somebody else's token, and calls with an id in use. */
  readonly forged: number
  /** Frames about a call that the session has no part in. */
  readonly strays: number
  readonly rateLimited: number
  readonly unauthorized: number
  readonly forbidden: number
  readonly superseded: number
  readonly overflowed: number
  /** Links given up because they did not answer. */
  readonly silent: number
}

/** How much there is of everything in a hub right now. */
export interface HubStats {
  readonly links: number
  readonly sessions: number
  readonly users: number
  readonly calls: number
  /** Ids that somebody watches. */
  readonly watchedIds: number
}

/** One link that a door has accepted. */
export interface HubLink {
  /** Keeps the order; does nothing once the link is closed. */
  send(frame: string): void
  /** Ends the link after what was sent; the code is a WebSocket close code. Idempotent. */
  close(code?: number): void
  /** The address the link comes from; handed to `authenticate`, and what `sessionsPerAddress` counts by. */
  readonly remote?: string
}

/** What a door reports to. */
export interface HubLinkSink {
  frame(frame: string): void
  /** The link is gone, whoever closed it. Idempotent. */
  closed(): void
}

/** A code that says why the hub refused something. */
export type RefusalCode = Extract<RtcErrorCode, `signaling/${string}`>
