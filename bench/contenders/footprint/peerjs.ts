import { type DataConnection, Peer } from 'peerjs'
import type { FootprintContender } from '../../pages/footprint-contender'

/** Data connections between two peers. */
export const contender: FootprintContender = {
  server: 'peerjs',
  start: async (url) => {
    const { hostname, port } = new URL(url)
    const options = { host: hostname, port: Number(port), path: '/', config: { iceServers: [] } }
    const [one, other] = [new Peer('one', options), new Peer('other', options)]
    await Promise.all([one, other].map((peer) => new Promise<void>((resolve) => peer.on('open', () => resolve()))))
    let received: (connection: DataConnection) => void = () => undefined
    other.on('connection', (connection) => received(connection))
    const opened = (connection: DataConnection): Promise<void> =>
      new Promise((resolve) => {
        if (connection.open) resolve()
        else connection.once('open', () => resolve())
      })
    return async () => {
      const arrived = new Promise<DataConnection>((resolve) => (received = resolve))
      const [connection, answered] = [one.connect('other'), await arrived]
      await Promise.all([opened(connection), opened(answered)])
      return () => {
        connection.close()
        answered.close()
      }
    }
  },
}
