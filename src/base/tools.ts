import { RtcError } from './errors'
import { abortable, deferred } from './wait'

/** What parts that load late are handed: a file that they import besides the core would be cut out of the core, and cost it 280 bytes. */
export const TOOLS = { RtcError, abortable, deferred }
export type Tools = typeof TOOLS
