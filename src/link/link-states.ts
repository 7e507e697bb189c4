import type { Table } from '../base/machine'
import type { PeerState } from '../peer/peer'

/** Where a link is. `interrupted`: connected before, and the path or the other side is lost for now. */
export type LinkState = 'new' | 'connecting' | 'connected' | 'interrupted' | 'failed' | 'closed'

/** new -> connecting -> connected <-> interrupted; failed and closed are ends. What moves a link is the state of its peer. */
export const LINK_STATES: Table<LinkState, PeerState> = {
  new: { connecting: 'connecting', connected: 'connected', failed: 'failed', closed: 'closed' },
  connecting: { connected: 'connected', failed: 'failed', closed: 'closed' },
  connected: { disconnected: 'interrupted', failed: 'failed', closed: 'closed' },
  interrupted: { connected: 'connected', failed: 'failed', closed: 'closed' },
  failed: { closed: 'closed' },
  closed: {},
}
