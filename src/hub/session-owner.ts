import type { ClientMessage } from '../protocol/messages'

/** `bye`: the client left. `expired`: its link was lost for too long. `overflow`: it did not take its frames. `reclaimed`: another has all it had. */
export type SessionEnd = 'bye' | 'expired' | 'overflow' | 'evicted' | 'reclaimed'

/** What became of a message for a client. */
export type Offered = 'taken' | 'full' | 'too-large'

/** The link a session is attached to right now. */
export interface SessionLink {
  send(frame: string): void
  /** Another link has taken over. */
  superseded(): void
  /** The session ended below the link. */
  sessionOver(why: SessionEnd): void
}

/** Where a session reports to. */
export interface SessionOwner<Owned> {
  /** Handles one message; it is committed when this is done. `overdrawn`: more came than the limits allow. */
  handle(session: Owned, message: ClientMessage, overdrawn: boolean): void | Promise<void>
  /** Handling threw: whoever asked is to hear of it. */
  failed(session: Owned, message: ClientMessage): void
  /** The link was lost or is back, or has been lost so long that the person no longer looks online. */
  linkChanged(session: Owned): void
  over(session: Owned, why: SessionEnd): void
}
