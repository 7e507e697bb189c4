import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * How connections end. `fin`: properly, half by half. `rst`: with a reset. `drop`: not at all for `DROP_MS`, in which what either side sends
 * goes nowhere, and then with a reset, as where a router has forgotten them.
 */
export type Fault = 'fin' | 'rst' | 'drop'

/** Longer than clients take to notice by themselves that nothing comes any more. */
const DROP_MS = 3_000

/** A TCP proxy that forwards any number of connections, and breaks those there are. */
export interface FaultProxy {
  readonly port: number
  /** Breaks every connection that is open now, and says how many; those that come later are not touched. */
  break(how: Fault): number
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
  dropped: boolean
}

/** Starts one in front of a port on this machine. */
export const startFaultProxy = async (serverPort: number): Promise<FaultProxy> => {
  const pairs = new Set<Pair>()
  const timers = new Set<NodeJS.Timeout>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair: Pair = { client, upstream, dropped: false }
    pairs.add(pair)
    for (const [socket, other] of [[client, upstream], [upstream, client]] as const) {
      socket.setNoDelay()
      socket.on('error', () => undefined)
      // Read to the end also while dropping: a full window would tell the sender that something is wrong.
      socket.on('data', (data: Buffer) => {
        if (!pair.dropped) other.write(data)
      })
      socket.on('end', () => {
        if (!pair.dropped) other.end()
      })
      socket.on('close', () => {
        if (!pair.dropped) other.destroy()
        if (client.destroyed && upstream.destroyed) pairs.delete(pair)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakers: Readonly<Record<Fault, (pair: Pair) => void>> = {
    fin: ({ client, upstream }) => [client, upstream].forEach((socket) => socket.end()),
    rst: ({ client, upstream }) => [client, upstream].forEach((socket) => socket.resetAndDestroy()),
    drop: (pair) => {
      pair.dropped = true
      timers.add(setTimeout(() => breakers.rst(pair), DROP_MS))
    },
  }
  return {
    port: (server.address() as AddressInfo).port,
    break: (how) => {
      const open = [...pairs].filter(({ dropped }) => !dropped)
      for (const pair of open) breakers[how](pair)
      return open.length
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.destroy())
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
