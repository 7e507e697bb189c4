import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { io } from 'socket.io-client'
import type { ReconnectContender } from '../../reconnect-contender'

/** socket.io over its websocket transport, with or without its recovery of what was missed; everything else as it comes. */
export const socketIo =
  (recovery: boolean): ReconnectContender =>
  async ({ cuttable, heard }) => {
    const http = createServer()
    const server = new Server(http, recovery ? { connectionStateRecovery: {} } : {})
    server.on('connection', (socket) => void socket.join('receiver'))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const client = io(await cuttable(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`), {
      transports: ['websocket'],
      // Each line is a connection of its own.
      forceNew: true,
    })
    client.on('message', heard)
    await new Promise<void>((resolve) => client.on('connect', resolve))
    return {
      send: (n) => void server.to('receiver').emit('message', n),
      close: async () => {
        client.close()
        await server.close()
      },
    }
  }

export const contender = socketIo(true)
