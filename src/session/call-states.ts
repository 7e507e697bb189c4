import type { Table } from '../base/machine'

/**
 * Where a call is. `ringing`: the callee is being alerted, seen from both sides. `connecting`: accepted, media not flowing yet.
 * `reconnecting`: the path between the two sides is lost and being looked for again.
 */
export type CallState = 'inviting' | 'ringing' | 'connecting' | 'active' | 'reconnecting' | 'ended'

/** What moves a call. */
export type CallEvent = 'alert' | 'accept' | 'connect' | 'lose' | 'end'

/** inviting -alert-> ringing; either -accept-> connecting -connect-> active -lose-> reconnecting -connect-> active; any -end-> ended */
export const CALL_STATES: Table<CallState, CallEvent> = {
  inviting: { alert: 'ringing', accept: 'connecting', end: 'ended' },
  ringing: { accept: 'connecting', end: 'ended' },
  connecting: { connect: 'active', end: 'ended' },
  active: { lose: 'reconnecting', end: 'ended' },
  reconnecting: { connect: 'active', end: 'ended' },
  ended: {},
}
