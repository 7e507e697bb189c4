import { type DataConnection, type MediaConnection, Peer } from 'peerjs'
import type { SetupContender } from '../../pages/setup-contender'

/** peerjs over its own server. It makes two connections: one for sound and picture, another for data. */
export const contender: SetupContender = {
  server: 'peerjs',
  join: async (url, name, answer) => {
    const { hostname, port } = new URL(url)
    const peer = new Peer(name, { host: hostname, port: Number(port), path: '/', config: { iceServers: [] } })
    const open = new Set<DataConnection | MediaConnection>()
    const keep = (one: DataConnection | MediaConnection): void => void open.add(one)
    peer.on('connection', keep)
    peer.on('call', (call) => {
      keep(call)
      call.answer(answer())
    })
    await new Promise<void>((resolve, reject) => {
      peer.on('open', () => resolve())
      peer.on('error', reject)
    })
    return {
      call: (to, media) => {
        keep(peer.call(to, media))
        keep(peer.connect(to))
      },
      hangUp: () => {
        for (const one of open) one.close()
        open.clear()
      },
    }
  },
}
