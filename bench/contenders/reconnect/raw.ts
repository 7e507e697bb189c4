import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import type { ReconnectContender } from '../../reconnect-contender'

/** A hand-written resume over ws: numbers, a server that keeps everything, a client that says what it has and tries again at once. */
export const contender: ReconnectContender = async ({ cuttable, heard }) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const sent: number[] = []
  let present: WebSocket | undefined
  server.on('connection', (socket) => {
    socket.on('error', () => undefined)
    socket.once('message', (received: Buffer) => {
      present = socket
      for (const n of sent.slice(Number(received.toString()))) socket.send(String(n))
    })
  })
  const url = await cuttable(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  let received = 0
  let over = false
  let client: WebSocket
  const connect = (failures: number): Promise<void> =>
    new Promise((resolve) => {
      let failed = failures + 1
      client = new WebSocket(url)
      client.on('error', () => undefined)
      client.on('open', () => {
        failed = 0
        client.send(String(received))
        resolve()
      })
      client.on('message', (n: Buffer) => {
        received++
        heard(Number(n.toString()))
      })
      client.on('close', () => {
        if (!over) setTimeout(() => void connect(failed), Math.min(10_000, failed * 100))
      })
    })
  await connect(0)
  return {
    send: (n) => {
      sent.push(n)
      present?.send(String(n))
    },
    close: async () => {
      over = true
      client.terminate()
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
