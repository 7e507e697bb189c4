import type { RtcErrorCode } from '../base/errors'
import type { CallRole, MediaWish, Person } from './parties'

/** Why the server has no session to resume. `unknown`: expired, never there, or not yours. */
export type GoneReason = 'unknown' | 'overflow' | 'replay'

/** What a session may do, told at its start; numbers of 0 mean no limit. */
export interface SessionLimits {
  /** Bytes of one frame of the client. */
  readonly frameBytes: number
  readonly heldFrames: number
  readonly heldBytes: number
  /** The server pings after this many milliseconds; a client that hears nothing for much longer asks by itself. */
  readonly pingMs: number
  /** Bytes of the `data` of one `part`. A server that does not say it knows neither `part` nor `sync` nor `reclaim`. */
  readonly partBytes?: number
}

// ---- Frames without a number: about the link and the session itself ----

/** Opens a session. */
export interface Hello {
  readonly type: 'hello'
  readonly v: number
  readonly token?: string | undefined
  /** Random, the same for all sessions of one client object. */
  readonly instance: string
  /** Knows messages in parts; for whoever does not, the server puts them together. */
  readonly parts?: boolean | undefined
}

/** Goes on with a session over a new link. */
export interface Resume {
  readonly type: 'resume'
  readonly v: number
  readonly session: string
  readonly key: string
  readonly token?: string | undefined
  /** The last number of the server that the client has dispatched. */
  readonly received: number
  /** Counts up with each attempt of one client object: an earlier one that comes late takes nothing over. */
  readonly attempt?: number | undefined
}

/** Opens a new session that ends an old one and takes over its calls: the page was loaded again. */
export interface Reclaim {
  readonly type: 'reclaim'
  readonly v: number
  readonly session: string
  /** The old session's key. It works until something is said in the new one. */
  readonly key: string
  readonly token?: string | undefined
  readonly instance: string
  readonly parts?: boolean | undefined
  /** As in {@link Resume}. */
  readonly attempt?: number | undefined
}

/** Ends the session at once, or after a while. */
export interface Bye {
  readonly type: 'bye'
  /** Milliseconds: the page may be there again so soon, and then reclaims the session. */
  readonly backWithinMs?: number | undefined
}

/** Asks for a `pong` with the same id. */
export interface Ping {
  readonly type: 'ping'
  readonly id?: number | undefined
}

export interface Pong {
  readonly type: 'pong'
  readonly id?: number | undefined
}

/** Every number up to `received` is committed. */
export interface Ack {
  readonly type: 'ack'
  readonly received: number
}

/** The session is open. */
export interface Welcome {
  readonly type: 'welcome'
  readonly session: string
  /** Proves at `resume` that the session is ours: 256 random bits or more. */
  readonly key: string
  readonly epoch: number
  readonly graceMs: number
  /** Who the server says we are. */
  readonly self: Person
  readonly limits: SessionLimits
}

/** An accepted call of the old session that is the new one's now. */
export interface ReclaimedCall {
  readonly call: string
  readonly key: string
  readonly role: CallRole
  readonly peer: Person
  /** What the caller meant to send. */
  readonly media: MediaWish
  readonly metadata?: unknown
  /** Higher than any that the call's connections have had. */
  readonly epoch: number
}

/** A new session is open and has the calls of the old one. */
export interface Reclaimed extends Omit<Welcome, 'type'> {
  readonly type: 'reclaimed'
  readonly calls: readonly ReclaimedCall[]
}

/** The session goes on. */
export interface Resumed {
  readonly type: 'resumed'
  /** The last number of the client that is committed. */
  readonly received: number
  readonly epoch: number
}

/** There is nothing to resume: open a new session on the same link. */
export interface Gone {
  readonly type: 'gone'
  readonly reason: GoneReason
}

/** The server ends the link and says why. */
export interface Refused {
  readonly type: 'refused'
  readonly code: RtcErrorCode
  readonly retry: 'yes' | 'never'
  readonly retryWithinMs?: number | undefined
  readonly text?: string | undefined
}

/** Another link has taken the session over. */
export interface Superseded {
  readonly type: 'superseded'
}

/** The server will go away: leave this link within a random part of the time and open another one. */
export interface Draining {
  readonly type: 'draining'
  readonly retryWithinMs: number
}

export type ClientControl = Hello | Resume | Reclaim | Bye | Ping | Pong | Ack
export type ServerControl = Welcome | Resumed | Reclaimed | Gone | Refused | Superseded | Draining | Ping | Pong | Ack
