import { type Call, Client } from 'tsunagu'
import { webSocket } from 'tsunagu/adapters/websocket'
import type { FootprintContender } from '../../pages/footprint-contender'

/** Calls between two clients; each call has its own channel. */
export const contender: FootprintContender = {
  server: 'tsunagu',
  start: async (url) => {
    const calls = { max: 10_000 }
    const one = new Client({ signaling: webSocket({ url }), token: 'one', calls })
    const other = new Client({ signaling: webSocket({ url }), token: 'other', calls })
    await Promise.all([one.connect(), other.connect()])
    let received: (call: Call) => void = () => undefined
    other.on('callReceived', ({ call }) => {
      void call.accept()
      received(call)
    })
    return async () => {
      const arrived = new Promise<Call>((resolve) => (received = resolve))
      const [call, answered] = [one.call('other'), await arrived]
      await Promise.all([call.whenActive(), answered.whenActive()])
      return async () => {
        const ended = new Promise<void>((resolve) =>
          answered.on('stateChanged', ({ to }) => {
            if (to === 'ended') resolve()
          }),
        )
        await call.hangUp()
        await ended
      }
    }
  },
}
