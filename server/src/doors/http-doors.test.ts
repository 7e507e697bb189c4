import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DoorBench } from '../testing/door-bench'
import { longPollingDoor } from './long-polling'
import { sseDoor } from './sse'

const JSON_TYPE = { 'content-type': 'application/json' }

/** Both ways down over HTTP; what goes up is the same. */
const DOORS = {
  sse: { make: sseDoor, accept: 'text/event-stream' },
  'long-polling': { make: longPollingDoor, accept: 'application/json' },
} as const

interface Batch {
  readonly protocol?: string
  readonly link?: string
  readonly frames?: readonly string[]
  readonly close?: number
}

describe.each(Object.entries(DOORS))('the way up of the %s door', (name, { make, accept }) => {
  let bench: DoorBench
  const streams: IncomingMessage[] = []
  beforeEach(async () => {
    bench = await new DoorBench(make).listen()
  })
  afterEach(async () => {
    for (const stream of streams.splice(0)) stream.destroy()
    await bench.end()
  })

  const opening = { accept, 'tsunagu-protocol': 'tsunagu.v1' }
  /** Opens a link and says its id. */
  const open = async (headers: Record<string, string> = {}): Promise<string> => {
    const asked = request(bench.url, { method: 'POST', headers: { ...opening, ...headers }, agent: false }).end()
    asked.on('error', () => undefined)
    const [stream] = (await once(asked, 'response')) as [IncomingMessage]
    stream.on('error', () => undefined)
    streams.push(stream)
    const [first] = (await once(stream.setEncoding('utf8'), 'data')) as [string]
    stream.resume()
    const { protocol, link } = JSON.parse(first.replace(/^data: /, '')) as Batch
    expect(protocol).toBe('tsunagu.v1')
    return link ?? ''
  }
  const post = (link: string, body: unknown, headers: Record<string, string> = {}) =>
    bench.send({ ...opening, 'tsunagu-link': link, ...JSON_TYPE, ...headers }, typeof body === 'string' ? body : JSON.stringify(body))

  it('hands batches over in the order of their numbers, whatever order they come in', async () => {
    const link = await open()
    const answers = await Promise.all([3, 2, 4, 1].map((n) => post(link, { n, frames: [`${n}a`, `${n}b`] })))
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204])
    expect(bench.links[0]?.frames).toEqual(['1a', '1b', '2a', '2b', '3a', '3b', '4a', '4b'])
  })

  it('takes a batch once that a browser sends twice', async () => {
    const link = await open()
    const second = [1, 2].map(() => post(link, { n: 2, frames: ['second'] }).then(({ status }) => status, () => 'broken'))
    await Promise.race(second)
    await post(link, { n: 1, frames: ['first'] })
    expect((await post(link, { n: 1, frames: ['first'] })).status).toBe(204)
    expect((await Promise.all(second)).sort()).toEqual([204, 'broken'])
    expect(bench.links[0]?.frames).toEqual(['first', 'second'])
  })

  it('ends with the batch that says so, after all before it', async () => {
    const link = await open()
    const last = post(link, { n: 2, frames: ['bye'], close: true })
    // One link's requests come in the order of their connections; another's answer shows that this one is there.
    await post(await open(), { n: 1 })
    expect(bench.links[0]).toMatchObject({ frames: [], closed: 0 })
    await post(link, { n: 1, frames: ['hello'] })
    expect((await last).status).toBe(204)
    expect(bench.links[0]).toMatchObject({ frames: ['hello', 'bye'], closed: 1 })
    expect(bench.held).toBe(1)
    expect(await post(link, { n: 3, frames: [] })).toMatchObject({ status: 404 })
  })

  it('answers a batch that came too early once all before it are there, so that nobody runs ahead of one that is stuck', async () => {
    const link = await open()
    const answered: number[] = []
    const posts = [2, 3, 8].map((n) => post(link, { n, frames: [String(n)] }).then(({ status }) => answered.push(n, status)))
    await post(await open(), { n: 1 })
    expect(answered).toEqual([])
    await post(link, { n: 1, frames: ['1'] })
    await Promise.all(posts.slice(0, 2))
    expect(answered.sort((a, b) => a - b)).toEqual([2, 3, 204, 204])
    expect(bench.links[0]?.frames).toEqual(['1', '2', '3'])
    // What waits for a batch that never comes hears that its link is over.
    bench.links[0]?.link.close(1006)
    await posts[2]
    expect(answered.sort((a, b) => a - b)).toEqual([2, 3, 8, 204, 204, 404])
  })

  it.each([
    ['cut short by a proxy', '{"n":1,"frames":["{', {}],
    ['given another type by one', '{"n":1,"frames":[]}', { 'content-type': 'application/octet-stream' }],
    ['that is too large', 'x'.repeat(1_100_000), {}],
  ])('lets who sent a body %s try again over another link', async (_, body, headers) => {
    const said: string[] = []
    const asked = request(bench.url, { method: 'POST', headers: opening, agent: false }).end()
    const [stream] = (await once(asked, 'response')) as [IncomingMessage]
    streams.push(stream)
    stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
    await vi.waitFor(() => expect(said).toHaveLength(1))
    const { link } = JSON.parse((said[0] ?? '').replace(/^data: /, '')) as { link: string }
    const next =
      name === 'long-polling' ? bench.send({ ...opening, 'tsunagu-link': link, ...JSON_TYPE }, '{"poll":1}').then(({ text }) => said.push(text)) : undefined
    await post(link, body, headers).catch(() => undefined)
    await next
    await vi.waitFor(() => expect(said.join('')).toContain('refused'))
    expect(said.join('')).toContain(String.raw`\"retry\":\"yes\"`)
  })

  it('gives each link an id of its own that says nothing', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => open()))
    expect(new Set(ids).size).toBe(20)
    for (const id of ids) expect(id).toMatch(/^[\w-]{43}$/)
  })

  it('knows no link of a wrong id, and says what to do', async () => {
    const link = await open()
    for (const id of ['x', link.slice(1), `${link}x`, 'a'.repeat(43), '__proto__']) {
      const { status, text } = await post(id, { n: 1, frames: ['forged'] })
      expect([status, JSON.parse(text)]).toEqual([404, { code: 'signaling/unreachable', message: 'There is no such link, or no more: open another.' }])
    }
    expect(bench.links[0]).toMatchObject({ frames: [], closed: 0 })
  })

  it('lets no other page use a link, even one that has its id', async () => {
    const link = await open({ origin: 'https://app.example' })
    expect((await post(link, { n: 1, frames: ['forged'] }, { origin: 'https://evil.example' })).status).toBe(404)
    expect((await post(link, { n: 1, frames: ['forged'] })).status).toBe(404)
    expect(bench.refused).toEqual([['link of another origin', 'turnedAway'], ['link of another origin', 'turnedAway']])
    await post(link, { n: 1, frames: ['mine'] }, { origin: 'https://app.example' })
    expect(bench.links[0]).toMatchObject({ frames: ['mine'], closed: 0 })
  })

  it.each([[undefined], [''], ['tsunagu.v9'], ['tsunagu.v1x, other']])('turns away who offers the protocol %j', async (protocol) => {
    const { status, text } = await bench.send({ accept, ...(protocol !== undefined && { 'tsunagu-protocol': protocol }) })
    expect(status).toBe(400)
    expect(JSON.parse(text)).toEqual({
      code: 'signaling/protocol-unsupported',
      message: 'Send tsunagu-protocol: tsunagu.v1; this server speaks tsunagu.v1.',
    })
    expect(bench.refused).toEqual([['this server speaks tsunagu.v1', 'turnedAway']])
    expect(bench.links).toEqual([])
  })

  it('chooses tsunagu.v1 among what is offered', async () => {
    await open({ 'tsunagu-protocol': 'tsunagu.v9, tsunagu.v1' })
    expect(bench.links).toHaveLength(1)
  })

  it('turns away an address that holds too many links, of thousands too', async () => {
    bench.room = 20
    const answers = await Promise.all(Array.from({ length: 20 }, () => open()))
    for (let round = 0; round < 20; round++) {
      const late = await Promise.all(Array.from({ length: 100 }, () => bench.send(opening)))
      for (const { status, text } of late) {
        expect(status).toBe(429)
        expect(JSON.parse(text)).toMatchObject({ code: 'signaling/limit-exceeded' })
      }
    }
    expect(bench.refused).toHaveLength(2_000)
    expect(bench.links).toHaveLength(20)
    for (const link of answers) await post(link, { n: 1, close: true })
    expect(bench.held).toBe(0)
    await open()
  }, 30_000)

  it.each([
    ['of another type', 415, 'signaling/invalid-message', '{"n":1,"frames":[]}', { 'content-type': 'multipart/form-data' }],
    ['of no type', 415, 'signaling/invalid-message', '{"n":1,"frames":[]}', { 'content-type': '' }],
    ['that is no JSON', 400, 'signaling/invalid-message', '{"n":1,"frames":[', {}],
    ['that is empty', 400, 'signaling/invalid-message', '', {}],
    ['that is no object', 400, 'signaling/invalid-message', '[1]', {}],
    ['that is null', 400, 'signaling/invalid-message', 'null', {}],
    ['without a number', 400, 'signaling/invalid-message', '{"frames":["x"]}', {}],
    ['with the number 0', 400, 'signaling/invalid-message', '{"n":0,"frames":["x"]}', {}],
    ['with half a number', 400, 'signaling/invalid-message', '{"n":1.5,"frames":["x"]}', {}],
    ['with a number as text', 400, 'signaling/invalid-message', '{"n":"1","frames":["x"]}', {}],
    ['with a number far ahead', 400, 'signaling/invalid-message', '{"n":9,"frames":["x"]}', {}],
    ['with frames that are no text', 400, 'signaling/invalid-message', '{"n":1,"frames":["x",{}]}', {}],
    ['with frames that are no list', 400, 'signaling/invalid-message', '{"n":1,"frames":"x"}', {}],
    ['with an end that is neither yes nor no', 400, 'signaling/invalid-message', '{"n":1,"frames":["x"],"close":1}', {}],
    ['nested a million deep', 400, 'signaling/invalid-message', '['.repeat(1_000_000), {}],
  ])('ends a link with a body %s, counted', async (_, status, code, body, headers) => {
    const link = await open()
    const refusal = await post(link, body, headers)
    expect(refusal.status).toBe(status)
    expect(JSON.parse(refusal.text)).toEqual({ code, message: expect.any(String) })
    expect(bench.refused).toHaveLength(1)
    expect(bench.links[0]?.frames).toEqual([])
    expect((await open()).length).toBe(43)
  })

  it('takes no text that is no UTF-8', async () => {
    const link = await open()
    const body = Buffer.concat([Buffer.from('{"n":1,"frames":["'), Buffer.from([0xc3, 0x28]), Buffer.from('"]}')])
    expect((await bench.send({ ...opening, ...JSON_TYPE, 'tsunagu-link': link }, body)).status).toBe(400)
    expect(bench.links[0]?.frames).toEqual([])
  })

  it('takes 1 MiB at once and no more, whatever length was announced', async () => {
    const frame = 'x'.repeat(1_000_000)
    const link = await open()
    expect((await post(link, { n: 1, frames: [frame] })).status).toBe(204)
    const asked = request(bench.url, { method: 'POST', headers: { ...opening, ...JSON_TYPE, 'tsunagu-link': link }, agent: false })
    asked.on('error', () => undefined)
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>
    asked.write(`{"n":2,"frames":["${frame}`)
    asked.write('x'.repeat(100_000))
    const [response] = await answered
    expect(response.statusCode).toBe(413)
    expect(response.headers.connection).toBe('close')
    asked.destroy()
    expect(bench.refused).toEqual([['Bodies of one link may have 1048576 bytes together.', 'tooLarge']])
    expect(bench.links[0]?.frames.map(({ length }) => length)).toEqual([1_000_000])
  })

  it('keeps no more than 1 MiB of batches that wait for an earlier one', async () => {
    const link = await open()
    const statuses: number[] = []
    const posts = [2, 3, 4, 5].map((n) => post(link, { n, frames: ['x'.repeat(300_000)] }).then(({ status }) => statuses.push(status), () => 0))
    await vi.waitFor(() => expect(statuses[0]).toBe(413))
    bench.clock.advance(10_000)
    await Promise.all(posts)
    // What was still on its way when the link ended is told that the link is done, or gone; the session above repeats it.
    expect(statuses.slice(1).map((status) => status === 404 || status === 204)).toEqual([true, true, true])
    expect(bench.links[0]?.frames).toEqual([])
  })

  it('puts out who sends more frames than a link may', async () => {
    bench.limits.linkFramesBurst = 10
    const link = await open()
    await post(link, { n: 1, frames: Array.from({ length: 100 }, (_, n) => String(n)) })
    expect(bench.links[0]?.frames).toHaveLength(9)
    expect(bench.refused).toEqual([['too many frames on one link', 'turnedAway']])
    expect((await post(link, { n: 2, frames: [] })).status).toBeGreaterThan(400)
  })

  it('gives a link up whose request broke off, and no other', async () => {
    const [link, other] = [await open(), await open()]
    const socket = connect(bench.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      `POST /signal HTTP/1.1\r\nhost: a\r\naccept: ${accept}\r\ncontent-type: application/json\r\ntsunagu-link: ${link}\r\ncontent-length: 99\r\n\r\n{"n":1`,
    )
    await vi.waitFor(() => expect(socket.bytesWritten).toBeGreaterThan(0))
    await post(link, { n: 1, frames: ['meanwhile'] })
    socket.resetAndDestroy()
    await vi.waitFor(() => expect(bench.links[0]).toMatchObject({ frames: ['meanwhile'], closed: 1 }))
    await post(other, { n: 1, frames: ['here'] })
    expect(bench.links[1]).toMatchObject({ frames: ['here'], closed: 0 })
  })

  it('takes requests that come one behind the other on one connection', async () => {
    const link = await open()
    const socket = connect(bench.port, '127.0.0.1')
    let heard = ''
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text))
    for (let n = 1; n <= 50; n++) {
      const body = JSON.stringify({ n, frames: [`frame ${n}`] })
      socket.write(
        `POST /signal HTTP/1.1\r\nhost: a\r\naccept: ${accept}\r\ncontent-type: application/json\r\ntsunagu-link: ${link}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
    }
    await vi.waitFor(() => expect(heard.match(/HTTP\/1.1 204/g)).toHaveLength(50))
    socket.write('NONSENSE\r\n\r\n')
    await once(socket, 'close')
    expect(heard).toContain('HTTP/1.1 400')
    expect(bench.links[0]?.frames).toEqual(Array.from({ length: 50 }, (_, n) => `frame ${n + 1}`))
    expect(bench.links[0]?.closed).toBe(0)
  })

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('leaves %s to others', async (method) => {
    expect((await bench.send(opening, '', method)).status).toBe(418)
  })

  it('leaves what asks for another door to that', async () => {
    expect((await bench.send({ ...opening, accept: 'text/html' })).status).toBe(418)
  })

  it('lets nobody in once it is closed', async () => {
    await bench.door.close()
    expect(await bench.send(opening)).toMatchObject({ status: 503 })
  })

  it('waits a moment for what is on its way up where the way down broke', async () => {
    const link = await open()
    const asked = request(bench.url, { method: 'POST', headers: { ...opening, ...JSON_TYPE, 'tsunagu-link': link }, agent: false })
    asked.on('error', () => undefined)
    if (name === 'long-polling') {
      asked.end('{"poll":1}')
      // The question is there: its end is planned.
      await vi.waitFor(() => expect(bench.clock.planned).toBe(2))
    }
    const { planned } = bench.clock
    asked.destroy()
    streams.splice(0).forEach((stream) => stream.destroy())
    await vi.waitFor(() => expect(bench.clock.planned).toBe(planned + 1))
    expect(bench.links[0]?.closed).toBe(0)
    expect((await post(link, { n: 1, frames: ['bye'], close: true })).status).toBe(204)
    expect(bench.links[0]).toMatchObject({ frames: ['bye'], closed: 1 })
    await open()
    bench.clock.advance(1_000)
    expect(bench.links[1]?.closed).toBe(0)
  })
})
