import SimplePeer, { type SignalData } from 'simple-peer'
import type { SetupContender } from '../../pages/setup-contender'
import { tsunaguSocket } from '../../pages/signaling-socket'

/** simple-peer, which brings no signaling of its own, over the same server's websocket. */
export const contender: SetupContender = {
  server: 'tsunagu',
  join: async (url, name, answer) => {
    let peer: SimplePeer.Instance | undefined
    const connect = (to: string, initiator: boolean, stream: MediaStream): SimplePeer.Instance => {
      const made = new SimplePeer({ initiator, stream, config: { iceServers: [] } })
      made.on('signal', (data) => socket.send(to, data))
      // The other side left.
      made.on('error', () => undefined)
      peer = made
      return made
    }
    const socket = await tsunaguSocket(url, name, (from, data) => {
      const told = data as SignalData | 'bye'
      if (told === 'bye') {
        peer?.destroy()
        peer = undefined
      } else {
        const made = peer ?? ('type' in told && told.type === 'offer' ? connect(from, false, answer()) : undefined)
        made?.signal(told)
      }
    })
    let other = ''
    return {
      call: (to, media) => {
        other = to
        connect(to, true, media)
      },
      hangUp: () => {
        socket.send(other, 'bye')
        peer?.destroy()
        peer = undefined
      },
    }
  },
}
