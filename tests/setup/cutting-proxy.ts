import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * How a link is cut. `idle`: now, wherever it is. `torn`: in the middle of what the client sends next. `unsent`: instead of what the client
 * sends next. `unacknowledged`: the server gets what the client sends next, and nothing of what it says to that ever arrives.
 */
export type Cut = 'idle' | 'torn' | 'unsent' | 'unacknowledged'

/** How long a server is given to commit and to acknowledge before the link is cut: longer than it takes on loopback. */
const COMMIT_MS = 15

/** A TCP proxy that forwards one link at a time, and cuts it. */
export interface CuttingProxy {
  readonly port: number
  /** Cuts the present link in this way; resolves with the moment it was cut. */
  cut(how: Cut): Promise<number>
  close(): Promise<void>
}

/** Starts a proxy in front of a server on this machine. */
export const startCuttingProxy = async (serverPort: number): Promise<CuttingProxy> => {
  const sockets = new Set<Socket>()
  let cutNext: { readonly how: Cut; readonly done: (at: number) => void } | undefined
  let endLink: (() => number) | undefined

  const server = createServer((client) => {
    const upstream = connect(serverPort, '127.0.0.1')
    let muted = false
    const end = (): number => {
      const at = performance.now()
      // A reset, as from a network that is gone: nobody says good-bye.
      client.resetAndDestroy()
      upstream.resetAndDestroy()
      return at
    }
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
    client.on('data', (data: Buffer) => {
      const cut = cutNext
      if (!cut || muted) return void upstream.write(data)
      cutNext = undefined
      muted = true
      if (cut.how === 'unsent') return cut.done(end())
      upstream.write(cut.how === 'torn' ? data.subarray(0, Math.ceil(data.length / 2)) : data)
      setTimeout(() => cut.done(end()), cut.how === 'torn' ? 2 : COMMIT_MS)
    })
    upstream.on('data', (data: Buffer) => {
      if (!muted) client.write(data)
    })
    endLink = end
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    cut: (how) =>
      new Promise((done) => {
        if (how !== 'idle') cutNext = { how, done }
        else done(endLink?.() ?? performance.now())
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
