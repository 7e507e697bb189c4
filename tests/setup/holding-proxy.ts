import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a server that can keep back what the server says. What clients say passes at once. */
export interface HoldingProxy {
  /** The same address through the proxy. */
  readonly url: string
  /** From now on clients hear nothing. */
  hold(): void
  /** Clients hear what was kept, and what follows. */
  release(): void
  close(): Promise<void>
}

/** Starts a proxy in front of a server on this machine. */
export const startHoldingProxy = async (to: string): Promise<HoldingProxy> => {
  const url = new URL(to)
  const serverPort = Number(url.port)
  const sockets = new Set<Socket>()
  const kept: (() => void)[] = []
  let holds = false
  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay()
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (data: Buffer) => void upstream.write(data))
    upstream.on('data', (data: Buffer) => {
      if (holds) kept.push(() => void client.write(data))
      else client.write(data)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    hold: () => {
      holds = true
    },
    release: () => {
      holds = false
      for (const say of kept.splice(0)) say()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
