import { handWritten } from '../../pages/hand-written'
import type { SetupContender } from '../../pages/setup-contender'
import { tsunaguSocket } from '../../pages/signaling-socket'

/** A hand-written RTCPeerConnection over the same server's websocket. */
export const contender: SetupContender = {
  server: 'tsunagu',
  join: (url, name, answer) => handWritten((receive) => tsunaguSocket(url, name, receive), answer),
}
