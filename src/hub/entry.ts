import type { Identity } from './options'
import type { Session } from './session'

/** A session with what proves that a client may go on with it. */
export interface Entry {
  readonly session: Session
  readonly instance: string
  readonly guest: boolean
  /** Where it was opened from. */
  readonly remote: string | undefined
  readonly uncount: () => void
  /** Another session is about to take over from it. */
  moving: boolean
  /** The session that it took over from. */
  heirOf: string | undefined
  /** The latest attempts of its client to go on with it, and of the page after. */
  readonly attempts: { resume: number; reclaim: number }
}

/** The session that has taken over from another one, and what of that still leads to it. */
export type Heir = Pick<Claimed, 'session' | 'keyHash' | 'attempts'>

/** A session that a link has proven to be its own. */
export interface Claimed {
  readonly session: Session
  readonly entry: Entry
  readonly identity: Identity
  /** What its client showed. */
  readonly keyHash: string
  readonly attempts: Entry['attempts']
  /** Which link of the session it is. */
  readonly epoch: number
}
