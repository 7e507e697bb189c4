import type { RtcErrorCode } from '../base/errors'

/** Someone, as the server vouches for them. */
export interface Person {
  readonly id: string
  readonly name?: string
}

/** Plain JSON that signaling carries unread. */
export type OpaqueObject = Readonly<Record<string, unknown>>

/** What a caller means to send. */
export interface MediaWish {
  readonly audio: boolean
  readonly video: boolean
}

export type WireStatus = 'online' | 'away' | 'busy' | 'offline'

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
}

// ---- Frames without a number: about the link and the session itself ----

/** Opens a session. */
export interface Hello {
  readonly type: 'hello'
  readonly v: number
  readonly token?: string | undefined
  /** Random, the same for all sessions of one client object. */
  readonly instance: string
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
}

/** Ends the session at once. */
export interface Bye {
  readonly type: 'bye'
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

export type ClientControl = Hello | Resume | Bye | Ping | Pong | Ack
export type ServerControl = Welcome | Resumed | Gone | Refused | Superseded | Ping | Pong | Ack

// ---- Numbered frames: delivered once and in order ----

export interface Invite {
  readonly type: 'invite'
  /** Made by the caller: random, at least 128 bits. */
  readonly call: string
  readonly to: string
  readonly media: MediaWish
  readonly metadata?: unknown
}

/** The callee is being alerted. */
export interface Ring {
  readonly type: 'ring'
  readonly call: string
}

export interface Accept {
  readonly type: 'accept'
  readonly call: string
}

/** Cancels, rejects or ends, by the state of the call. */
export interface End {
  readonly type: 'end'
  readonly call: string
  readonly code: string
  readonly text?: string | undefined
}

/** A description, a candidate or what else the ends of a call tell each other about their connection. */
export interface LegFrame {
  readonly type: 'leg'
  readonly call: string
  readonly message: OpaqueObject
}

/** Said inside a call, beside its connection. */
export interface ControlFrame {
  readonly type: 'control'
  readonly call: string
  readonly message: OpaqueObject
}

/** A message outside calls, answered by a `result` with the same id. */
export interface SendMessage {
  readonly type: 'message'
  readonly id: number
  readonly to: string
  readonly data?: unknown
}

/** Replaces the set of watched ids; answered by a `result`. */
export interface Watch {
  readonly type: 'watch'
  readonly id: number
  /** What is no address among them watches nobody. */
  readonly ids: readonly unknown[]
}

/** Sets our own status; answered by a `result`. */
export interface SetPresence {
  readonly type: 'presence'
  readonly id: number
  /** `offline`: look as if we were not there. */
  readonly status: WireStatus
}

export interface Invited {
  readonly type: 'invited'
  readonly call: string
  readonly from: Person
  readonly media: MediaWish
  readonly metadata?: unknown
}

export interface Ringing {
  readonly type: 'ringing'
  readonly call: string
}

export interface Accepted {
  readonly type: 'accepted'
  readonly call: string
  /** Who answered, for an address can lead to several people. */
  readonly from: Person
}

export interface Ended {
  readonly type: 'ended'
  readonly call: string
  readonly code: string
  readonly by: 'remote' | 'system'
  readonly text?: string | undefined
}

/** The other side's signaling link was lost, or is back; its media may go on all the while. */
export interface PeerLink {
  readonly type: 'link'
  readonly call: string
  readonly up: boolean
}

export interface DeliverMessage {
  readonly type: 'message'
  readonly from: Person
  readonly data?: unknown
}

export interface PresenceChanged {
  readonly type: 'presence'
  readonly id: string
  readonly name?: string | undefined
  readonly status: WireStatus
}

/** What became of a request. Without a code it was done. */
export interface Result {
  readonly type: 'result'
  readonly id: number
  readonly code?: RtcErrorCode | undefined
}

/** What a client says with a number. */
export type ClientMessage =
  | Invite | Ring | Accept | End | LegFrame | ControlFrame | SendMessage | Watch | SetPresence

/** What the server says with a number. */
export type ServerMessage =
  | Invited | Ringing | Accepted | Ended | LegFrame | ControlFrame | PeerLink | DeliverMessage | PresenceChanged | Result

/** A message with its number: per session and direction, from 1. */
export type Numbered<Message> = Message & { readonly n: number }

export type ClientFrame = ClientControl | Numbered<ClientMessage>
export type ServerFrame = ServerControl | Numbered<ServerMessage>
