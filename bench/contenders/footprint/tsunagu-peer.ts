import { Peer } from 'tsunagu/peer'
import { type FootprintContender, opened } from '../../pages/footprint-contender'

/** Two peers that are handed each other's messages. */
export const contender: FootprintContender = {
  start: async () => async () => {
    const one = new Peer({ polite: false })
    const other = new Peer({ polite: true })
    one.on('signal', ({ message }) => other.receive(message))
    other.on('signal', ({ message }) => one.receive(message))
    const arrived = new Promise<RTCDataChannel>((resolve) => other.on('channelReceived', ({ channel }) => resolve(channel)))
    const channels = [one.createChannel('data'), await arrived]
    await Promise.all(channels.map(opened))
    return () => {
      one.close()
      other.close()
    }
  },
}
