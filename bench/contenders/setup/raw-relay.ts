import { handWritten } from '../../pages/hand-written'
import type { SetupContender } from '../../pages/setup-contender'
import { relaySocket } from '../../pages/signaling-socket'

/** A hand-written RTCPeerConnection over a relay that does nothing but pass on. */
export const contender: SetupContender = {
  server: 'relay',
  join: (url, name, answer) => handWritten((receive) => relaySocket(url, name, receive), answer),
}
