import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type OwnServer, startOwnServer } from '../setup/own-server'
import { SEED } from './amount'
import { Chance } from './chance'
import { breakText, hostileText, hostileValue, mutate, write } from './hostile'

/** Broken envelopes at each door: what frames travel in there. */
const ENVELOPES = 1_000
const PING = '{"type":"ping","id":1}'

let server: OwnServer
beforeAll(async () => {
  // All of it comes from one address and as fast as it can.
  server = await startOwnServer({ doors: ['websocket', 'sse', 'long-polling', 'socket-io'], limits: { linkFramesBurst: 100_000, linksPerAddress: 5_000 } })
})
afterAll(() => server?.close())

/** The server lets somebody in as if nothing had happened, and holds nothing of what did. */
const isWell = async (): Promise<void> => {
  const socket = new WebSocket(server.url.replace(/^http/, 'ws'), ['tsunagu.v1'])
  const greeting = once(socket, 'message')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'hello', v: 1, token: 'aki', instance: 'tab' }))
  const [data] = (await greeting) as [Buffer]
  expect(JSON.parse(data.toString())).toMatchObject({ type: 'welcome', self: { id: 'aki' } })
  socket.send('{"type":"bye"}')
  await once(socket, 'close')
}

interface HttpLink {
  readonly id: string
  /** What is to come next from us. */
  n: number
  close(): Promise<unknown>
}

describe.each([
  // First, for a link that nobody asks about is kept for 10 s, until the last of these tests looks.
  ['long-polling', 'application/json'],
  ['sse', 'text/event-stream'],
])('the door %s', (_door, accept) => {
  const open = async (): Promise<HttpLink> => {
    const abort = new AbortController()
    const ask = () => fetch(server.url, { method: 'POST', headers: { accept, 'tsunagu-protocol': 'tsunagu.v1' }, signal: abort.signal })
    // Once more, for the server may just have closed the connection that it goes over (RFC 9112, 9.5).
    const response = await ask().catch(ask)
    const first = await response.body?.getReader().read()
    const { link } = JSON.parse(new TextDecoder().decode(first?.value).replace(/^data: /, '')) as { readonly link: string }
    const headers = { accept, 'tsunagu-protocol': 'tsunagu.v1', 'tsunagu-link': link }
    const made: HttpLink = {
      id: link,
      n: 1,
      // Where it is still there, or it would take a place until its time is over.
      close: () => fetch(server.url, { method: 'POST', headers, body: JSON.stringify({ n: made.n, close: true }) }).finally(() => abort.abort()),
    }
    return made
  }

  it(`answers each of ${ENVELOPES} broken requests in words of its own, and never fails`, { timeout: 120_000 }, async () => {
    const chance = new Chance(SEED)
    const statuses: Record<string, number> = {}
    let link: HttpLink | undefined
    let request = ''
    try {
      for (let index = 0; index < ENVELOPES; index++) {
        link ??= await open()
        const body: Record<string, unknown> = { n: link.n, frames: chance.pick([[], [PING], [PING, PING], [hostileText(chance)], hostileValue(chance)]), close: false }
        if (chance.flip(0.2)) body['poll'] = chance.pick([0, 1, -1, 2 ** 53, 'x', null])
        if (chance.flip(0.6)) mutate(body, chance, ['frames', 'close'], chance.flip() ? ['n'] : [])
        const text = chance.flip(0.2) ? breakText(write(body), chance) : write(body)
        const headers: Record<string, string> = {
          accept: chance.flip(0.97) ? accept : chance.pick(['*/*', 'text/html', '']),
          'content-type': chance.flip(0.95) ? 'text/plain' : chance.pick(['application/octet-stream', 'multipart/form-data; boundary=x', 'x', 'text/plain; charset=utf-16']),
          'tsunagu-protocol': 'tsunagu.v1',
          'tsunagu-link': chance.flip(0.95) ? link.id : chance.pick(['A'.repeat(43), '__proto__', 'constructor', `${link.id},${link.id}`, 'x'.repeat(4_000)]),
        }
        request = `${JSON.stringify(headers)} ${text.slice(0, 2_000)}`
        // A question waits for something to say, and a batch that comes too early for those before it.
        const waits = typeof body['poll'] === 'number' || body['n'] !== link.n
        const patience = AbortSignal.timeout(waits ? 100 : 15_000)
        const response = await fetch(server.url, { method: chance.flip(0.98) ? 'POST' : chance.pick(['PUT', 'DELETE', 'GET']), headers, ...(chance.flip(0.98) && { body: text }), signal: patience }).catch((error: unknown) => {
          // It may cut somebody who sends too much; and nothing else may stay without an answer.
          if (patience.aborted && !waits) throw error
          return undefined
        })
        const status = response?.status ?? 0
        await response?.body?.cancel()
        statuses[status] = (statuses[status] ?? 0) + 1
        if (status === 204) link.n += body['n'] === link.n ? 1 : 0
        else {
          await link.close()
          link = undefined
        }
        expect(status).toBeLessThan(500)
      }
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${SEED} ${request}`, { cause })
    } finally {
      await link?.close()
    }
    console.log(JSON.stringify(statuses))
    // Both what is in order and what is not was among them.
    for (const status of [204, 400, 404, 415, 426]) expect(statuses[status], `${status}`).toBeGreaterThan(0)
    await isWell()
  })
})

it(`the door socket-io takes ${ENVELOPES} broken packets, or puts their sender out`, { timeout: 120_000 }, async () => {
  const chance = new Chance(SEED)
  let socket: WebSocket | undefined
  let packet = ''
  let links = 0
  let answers = 0
  const open = async (): Promise<WebSocket> => {
    links++
    const made = new WebSocket(`${server.url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`)
    made.on('error', () => undefined)
    made.on('message', (data) => {
      if ((data as Buffer).toString().startsWith('42/tsunagu.v1,')) answers++
    })
    await once(made, 'message')
    const joined = once(made, 'message')
    made.send('40/tsunagu.v1,')
    await joined
    return made
  }
  for (let index = 0; index < ENVELOPES; index++) {
    socket ??= await open()
    const good = `42/tsunagu.v1,${JSON.stringify(['frame', PING])}`
    const broken = chance.pick([
      () => `${chance.int(10)}${good.slice(1)}`,
      () => `4${chance.int(10)}${good.slice(2)}`,
      () => `42/tsunagu.v1,${write([chance.pick(['frame', 'disconnect', 'connect', 'error', '__proto__', hostileValue(chance)]), hostileValue(chance), hostileValue(chance)])}`,
      () => breakText(good, chance),
      () => `45${chance.pick([0, 1, 2, 99, -1])}-/tsunagu.v1,["frame",{"_placeholder":true,"num":${chance.pick([0, 1, -1, 1e9])}}]`,
      () => good.replace('/tsunagu.v1', chance.pick(['/', '/admin', '/tsunagu.v2', '/__proto__', '/tsunagu.v1?x=1', '/../tsunagu.v1'])),
      () => `42/tsunagu.v1,${chance.pick([0, 1, -1, 2 ** 53, '1e9'])}["frame",${JSON.stringify(PING)}]`,
      () => hostileText(chance),
      () => `43/tsunagu.v1,${chance.int(5)}[]`,
    ])()
    packet = chance.flip(0.7) ? good : broken
    if (chance.flip(0.03)) socket.send(Buffer.from(packet))
    else socket.send(packet)
    if (index % 5 === 4) {
      // Answered, or put out.
      const made: WebSocket = socket
      const before = answers
      made.send(good)
      await expect.poll(() => answers > before || made.readyState === made.CLOSED, { timeout: 15_000, interval: 2, message: `FUZZ_SEED=${SEED} ${packet.slice(0, 2_000)}` }).toBe(true)
    }
    if (socket.readyState !== socket.OPEN) socket = undefined
  }
  socket?.terminate()
  console.log(JSON.stringify({ links, answers }))
  expect(answers).toBeGreaterThan(ENVELOPES / 5)
  expect(links).toBeGreaterThan(10)
  await isWell()
})

it('holds nothing of all that in the end', { timeout: 30_000 }, async () => {
  await expect.poll(() => server.stats(), { timeout: 20_000, interval: 100 }).toMatchObject({ links: 0, sessions: 0, users: 0 })
})
