import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { webSocket } from '../../adapters/websocket'
import { Client } from '../../src/client'
import { type Cut, type CuttingProxy, startCuttingProxy } from '../setup/cutting-proxy'
import { type ServerProcess, startServer } from '../setup/server-process'

const CUTS = 50
const MESSAGES = 1_000
/** Between two messages of one direction: 125 per second, which the server's default limits allow for as long as this takes. */
const PACE_MS = 8

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

describe('a session over a link that is cut again and again', () => {
  let server: ServerProcess
  let proxy: CuttingProxy
  const clients: Client[] = []
  const connect = async (token: string, port: number): Promise<Client> => {
    const client = new Client({
      signaling: webSocket({ url: `http://127.0.0.1:${port}/signal`, WebSocket }),
      token,
      // By default only a link that lived 10 s is opened again at once; here each lives some 100 ms, and it is the quick way that is measured.
      reconnect: { stableAfterMs: 0 },
    })
    clients.push(client)
    await client.connect()
    return client
  }

  beforeAll(async () => {
    server = await startServer()
    proxy = await startCuttingProxy(Number(new URL(server.url).port))
  })
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()))
    await proxy.close()
    await server.close()
  })

  it(`delivers ${MESSAGES} messages each way once and in order through ${CUTS} cuts, and is back within 50 ms`, async () => {
    const alice = await connect('alice', proxy.port)
    const bob = await connect('bob', Number(new URL(server.url).port))
    const atAlice: unknown[] = []
    const atBob: unknown[] = []
    let cutAt: number | undefined
    let back: (afterMs: number) => void = () => undefined
    bob.on('messageReceived', ({ data }) => atBob.push(data))
    alice.on('messageReceived', ({ data }) => {
      atAlice.push(data)
      // What the old link brought before it was cut does not count: only a new one makes it online again.
      if (cutAt !== undefined && online > cutAt) back(performance.now() - cutAt)
    })
    let online = performance.now()
    alice.on('stateChanged', ({ to }) => {
      if (to === 'online') online = performance.now()
    })

    const wanted = Array.from({ length: MESSAGES }, (_, n) => n)
    const sent: Promise<void>[] = []
    const speak = async (from: Client, to: string): Promise<void> => {
      const start = performance.now()
      for (const n of wanted) {
        sent.push(from.send(to, n))
        await pause(start + (n + 1) * PACE_MS - performance.now())
      }
    }
    const speaking = Promise.all([speak(alice, 'bob'), speak(bob, 'alice')])

    const backAfterMs: number[] = []
    const ways: readonly Cut[] = ['idle', 'unacknowledged', 'torn', 'unsent', 'unacknowledged']
    for (let n = 0; n < CUTS; n++) {
      await pause(20 + Math.random() * 60)
      const delivering = new Promise<number>((resolve) => (back = resolve))
      cutAt = undefined
      cutAt = await proxy.cut(ways[n % ways.length] ?? 'idle')
      backAfterMs.push(await delivering)
    }
    const sentWhenCut = sent.length
    await speaking
    await Promise.all(sent)
    await expect.poll(() => [atAlice.length, atBob.length], { timeout: 10_000 }).toEqual([MESSAGES, MESSAGES])

    expect(atAlice).toEqual(wanted)
    expect(atBob).toEqual(wanted)
    // The cuts fell into the traffic, not behind it.
    expect(sentWhenCut).toBeLessThan(2 * MESSAGES)
    process.stdout.write(`back after a cut: median ${median(backAfterMs).toFixed(1)} ms, slowest ${Math.max(...backAfterMs).toFixed(1)} ms\n`)
    expect(median(backAfterMs)).toBeLessThan(50)
  })
})
