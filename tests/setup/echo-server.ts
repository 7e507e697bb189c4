import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type WebSocket, WebSocketServer } from 'ws'
import { DROPPED, EchoServer } from '../../src/testing/echo-server'

/** A WebSocket server that echoes, for the conformance cases. */
export interface EchoWebSocketServer {
  readonly url: string
  close(): Promise<void>
}

const serve = (echo: EchoServer, socket: WebSocket): void => {
  const sink = echo.connect({
    send: (frame) => socket.send(frame),
    close: (code = 1000) => (code === DROPPED ? socket.terminate() : socket.close(code)),
  })
  socket.on('message', (data: Buffer) => sink.frame(data.toString()))
  socket.on('close', () => sink.closed())
  socket.on('error', () => undefined)
}

/** Starts the server on a free port of this machine. */
export const startEchoServer = async (): Promise<EchoWebSocketServer> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  const echo = new EchoServer()
  server.on('connection', (socket) => serve(echo, socket))
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/signal`,
    close: async () => {
      for (const client of server.clients) client.terminate()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where an echo server listens, for tests in a browser. */
    readonly echoUrl: string
    /** Where nobody listens. */
    readonly deadUrl: string
  }
}

/** Starts it for a whole project of tests, whose browsers cannot start servers; `inject('echoUrl')` says where. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const [server, dead] = [await startEchoServer(), await startEchoServer()]
  await dead.close()
  project.provide('echoUrl', server.url)
  project.provide('deadUrl', dead.url)
  return () => server.close()
}
