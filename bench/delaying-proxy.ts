import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy that brings everything later, each way. */
export interface DelayingProxy {
  /** The same address through the proxy. */
  readonly url: string
  close(): Promise<void>
}

/** Starts one in front of a server on this machine. */
export const startDelayingProxy = async (to: string, delayMs: number): Promise<DelayingProxy> => {
  const { hostname, port } = new URL(to)
  const sockets = new Set<Socket>()
  const later = (from: Socket, into: Socket): void => {
    sockets.add(from)
    from.setNoDelay()
    // Timers of one delay fire in the order in which they were set.
    from.on('data', (data) => setTimeout(() => into.writable && into.write(data), delayMs))
    from.on('error', () => undefined)
    from.on('close', () => {
      sockets.delete(from)
      setTimeout(() => into.destroy(), delayMs)
    })
  }
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    later(client, upstream)
    later(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(to)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
