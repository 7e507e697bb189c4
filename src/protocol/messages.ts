import type { RtcErrorCode } from '../base/errors'
import type { CallRole, MediaWish, Person } from './parties'
import type { ClientControl, ServerControl } from './session-frames'

export type * from './parties'
export type * from './session-frames'

/** Plain JSON that signaling carries unread. */
export type OpaqueObject = Readonly<Record<string, unknown>>

export type WireStatus = 'online' | 'away' | 'busy' | 'offline'

/** The call that an invitation takes the place of; who knows its key is let in by the callee without being asked. */
export interface Replaces {
  readonly call: string
  readonly key: string
}

// Numbered frames: delivered once and in order.

export interface Invite {
  readonly type: 'invite'
  /** Made by the caller: random, at least 128 bits. */
  readonly call: string
  readonly to: string
  readonly media: MediaWish
  readonly metadata?: unknown
  readonly replaces?: Replaces | undefined
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

/** An accepted call that one side still has when its session was lost. */
export interface CallClaim {
  readonly call: string
  readonly key: string
  /** Who the other side is. */
  readonly peer: string
  readonly role: CallRole
  /** The highest one of its connections so far. */
  readonly epoch: number
}

/** The first frame of a session that follows a lost one: which calls go on. */
export interface Sync {
  readonly type: 'sync'
  /** A {@link CallClaim} each; what is none is answered by itself, and keeps no other from being heard. */
  readonly calls: readonly unknown[]
}

/** A message outside calls, answered by a `result` with the same id. */
export interface SendMessage {
  readonly type: 'message'
  readonly id: number
  readonly to: string
  readonly data?: unknown
}

/** One piece of a large message outside calls; all of them are answered by one `result`. */
export interface SendPart {
  readonly type: 'part'
  readonly id: number
  readonly to: string
  /** Random, the same for all parts of one message. */
  readonly key: string
  /** Counts from 1. */
  readonly part: number
  readonly parts: number
  /** A piece of the JSON of the message's data. */
  readonly data: string
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
  readonly replaces?: Replaces | undefined
  /** It rings again, for a page that was loaded again: the epoch of its connection, higher than any before. */
  readonly epoch?: number | undefined
}

export interface Ringing {
  readonly type: 'ringing'
  readonly call: string
}

/** Told to both sides. */
export interface Accepted {
  readonly type: 'accepted'
  readonly call: string
  /** The other side: for the caller who answered, for an address can lead to several people. */
  readonly from: Person
  /** Random; known to the two sides alone, which prove with it that this call is theirs. */
  readonly key?: string | undefined
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

export interface DeliverPart {
  readonly type: 'part'
  readonly from: Person
  readonly key: string
  readonly part: number
  readonly parts: number
  readonly data: string
}

/** Both sides of a call have claimed it: it goes on. */
export interface Synced {
  readonly type: 'synced'
  readonly call: string
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
  | Invite | Ring | Accept | End | LegFrame | ControlFrame | Sync | SendMessage | SendPart | Watch | SetPresence

/** What the server says with a number. */
export type ServerMessage =
  | Invited | Ringing | Accepted | Ended | LegFrame | ControlFrame | PeerLink | Synced | DeliverMessage | DeliverPart
  | PresenceChanged | Result

/** A message with its number: per session and direction, from 1. */
export type Numbered<Message> = Message & { readonly n: number }

export type ClientFrame = ClientControl | Numbered<ClientMessage>
export type ServerFrame = ServerControl | Numbered<ServerMessage>
