import SimplePeer from 'simple-peer'
import type { FootprintContender } from '../../pages/footprint-contender'

/** Two peers that are handed each other's signals. */
export const contender: FootprintContender = {
  start: async () => async () => {
    const config = { iceServers: [] }
    const one = new SimplePeer({ initiator: true, config })
    const other = new SimplePeer({ config })
    one.on('signal', (data) => other.signal(data))
    other.on('signal', (data) => one.signal(data))
    await Promise.all([one, other].map((peer) => new Promise((resolve) => peer.on('connect', resolve))))
    return () => {
      // The one that hears of it from the other.
      other.on('error', () => undefined)
      one.destroy()
      other.destroy()
    }
  },
}
