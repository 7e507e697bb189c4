import { MAX_FRAME_BYTES } from '../protocol/limits'

/** What the hub adds to a frame of a client: who sent it. */
export const MAX_PASSED_BYTES = MAX_FRAME_BYTES + 4_096

/**
 * How much of what is held for a client others may fill, for its session ends where all is full: only its own requests may
 * do that. Presence waits outside the numbered queue, where a newer state replaces the older.
 */
export const ROOM = { presence: 0.4, stranger: 0.5, call: 0.75 } as const
