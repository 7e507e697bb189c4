/** A process: brings JSON to whoever has the name, and says its address when it listens. The least that signaling can be. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
const sockets = new Map<string, WebSocket>()
server.on('connection', (socket, request) => {
  const name = new URL(request.url ?? '', 'http://relay').searchParams.get('name') ?? ''
  sockets.set(name, socket)
  socket.send('{}')
  socket.on('message', (frame: Buffer) => {
    const { to, data } = JSON.parse(frame.toString()) as { to: string; data: unknown }
    sockets.get(to)?.send(JSON.stringify({ from: name, data }))
  })
})
await once(server, 'listening')
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
