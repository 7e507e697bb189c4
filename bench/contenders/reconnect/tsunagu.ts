import type * as Sdk from 'tsunagu'
import type * as Adapter from 'tsunagu/adapters/websocket'
import { WebSocket } from 'ws'
import type { ReconnectContender } from '../../reconnect-contender'

let lines = 0

/** Messages outside calls, between two clients. */
export const contender: ReconnectContender = async ({ load, server, cuttable, heard }) => {
  const { Client } = (await load('index.js')) as typeof Sdk
  const { webSocket } = (await load('adapters/websocket.js')) as typeof Adapter
  const { url } = await server('tsunagu')
  const id = ++lines
  const sender = new Client({ signaling: webSocket({ url, WebSocket }), token: `sender-${id}` })
  const receiver = new Client({ signaling: webSocket({ url: await cuttable(url), WebSocket }), token: `receiver-${id}` })
  receiver.on('messageReceived', ({ data }) => heard(data as number))
  await Promise.all([sender.connect(), receiver.connect()])
  return {
    send: (n) => void sender.send(`receiver-${id}`, n),
    close: async () => {
      await Promise.all([sender.close(), receiver.close()])
    },
  }
}
