import type { Table } from '../base/machine'
import type { SessionState } from './port'

export type SessionEvent = 'open' | 'attach' | 'lose' | 'close'

/** offline|waiting -open-> connecting -attach-> online; connecting|online -lose-> waiting; online -open-> connecting: the server lost the session; any -close-> closed */
export const SESSION_STATES: Table<SessionState, SessionEvent> = {
  offline: { open: 'connecting', close: 'closed' },
  connecting: { attach: 'online', lose: 'waiting', close: 'closed' },
  online: { open: 'connecting', lose: 'waiting', close: 'closed' },
  waiting: { open: 'connecting', close: 'closed' },
  closed: {},
}
