import { Client } from 'tsunagu'
import { webSocket } from 'tsunagu/adapters/websocket'
import type { SetupContender } from '../../pages/setup-contender'

const wishOf = (media: MediaStream) => ({
  audio: media.getAudioTracks()[0] ?? false,
  video: media.getVideoTracks()[0] ?? false,
})

export const contender: SetupContender = {
  server: 'tsunagu',
  join: async (url, name, answer) => {
    const client = new Client({ signaling: webSocket({ url }), token: name })
    client.on('callReceived', ({ call }) => call.accept(wishOf(answer())))
    await client.connect()
    return {
      call: (to, media) => void client.call(to, wishOf(media)),
      hangUp: () => {
        for (const call of client.calls) void call.hangUp()
      },
    }
  },
}
