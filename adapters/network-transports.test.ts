import { afterEach, describe, it } from 'vitest'
import { WebSocket } from 'ws'
import { transportCases } from '../src/testing'
import { type EchoDoors, startEchoServer } from '../tests/setup/echo-server'
import { NETWORK_TRANSPORTS } from '../tests/setup/network-transports'

describe.each(Object.entries(NETWORK_TRANSPORTS))('%s at the real door', (_, make) => {
  const servers: EchoDoors[] = []
  const start = async (): Promise<EchoDoors> => {
    const server = await startEchoServer()
    servers.push(server)
    return server
  }
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
  })

  it.each(
    transportCases(async () => {
      const [{ url }, dead] = [await start(), await start()]
      await dead.close()
      return { transport: make(url, { WebSocket }), unreachable: make(dead.url, { WebSocket }) }
    }),
  )('$name', ({ run }) => run())
})
