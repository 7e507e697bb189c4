import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DoorBench } from '../testing/door-bench'
import { sseDoor } from './sse'

/** One event stream, as it came. */
interface Stream {
  readonly response: IncomingMessage
  readonly batches: readonly Readonly<Record<string, unknown>>[]
  readonly ended: boolean
  readonly text: string
}

describe('the sse door', () => {
  let bench: DoorBench
  beforeEach(async () => {
    bench = await new DoorBench(sseDoor).listen()
  })
  afterEach(() => bench.end())

  const open = async (): Promise<Stream> => {
    const headers = { accept: 'text/event-stream', 'tsunagu-protocol': 'tsunagu.v1', 'accept-encoding': 'gzip, br' }
    const asked = request(bench.url, { method: 'POST', headers, agent: false }).end()
    asked.on('error', () => undefined)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    let text = ''
    response.setEncoding('utf8').on('data', (more: string) => (text += more))
    response.on('error', () => undefined)
    const stream = {
      response,
      get text() {
        return text
      },
      get ended() {
        return response.complete
      },
      get batches() {
        return text
          .split('\n\n')
          .slice(0, -1)
          .map((event) => JSON.parse(event.replace(/^data: /, '')) as Record<string, unknown>)
      },
    }
    await vi.waitFor(() => expect(stream.batches).toHaveLength(1))
    return stream
  }

  it('begins at once, and nothing on the way may keep or change it', async () => {
    const { response, batches } = await open()
    expect(response.statusCode).toBe(200)
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    expect(response.headers['content-encoding']).toBeUndefined()
    expect(batches).toEqual([{ protocol: 'tsunagu.v1', link: expect.stringMatching(/^[\w-]{43}$/) }])
  })

  it('brings every frame as one line of data, in order', async () => {
    const stream = await open()
    const frames = ['one', 'two\nlines', 'cr\r\n', 'つなぐ 🤝', '', 'data: x\n\n', ':']
    for (const frame of frames) bench.links[0]?.link.send(frame)
    await vi.waitFor(() => expect(stream.batches).toHaveLength(8))
    expect(stream.batches.slice(1)).toEqual(frames.map((frame) => ({ frames: [frame] })))
  })

  it('says something every 10 s', async () => {
    const stream = await open()
    for (const beats of [1, 2, 3]) {
      bench.clock.advance(9_999)
      bench.clock.advance(1)
      await vi.waitFor(() => expect(stream.batches.slice(1)).toEqual(Array(beats).fill({})))
    }
  })

  it('ends with the hub’s code after all that was said', async () => {
    const stream = await open()
    bench.links[0]?.link.send('last')
    bench.links[0]?.link.close(4001)
    bench.links[0]?.link.send('late')
    await vi.waitFor(() => expect(stream.ended).toBe(true))
    expect(stream.batches.slice(1)).toEqual([{ frames: ['last'] }, { close: 4001 }])
    await vi.waitFor(() => expect(bench.links[0]?.closed).toBe(1))
    expect(bench.held).toBe(0)
  })

  it('keeps the connection of a stream that it has ended for what is asked on it next', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const opening = { accept: 'text/event-stream', 'tsunagu-protocol': 'tsunagu.v1' }
    const ask = async () => {
      const asked = request(bench.url, { method: 'POST', headers: opening, agent }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string]
      return { reused: asked.reusedSocket, response, link: (JSON.parse(first.slice(6)) as { readonly link: string }).link }
    }
    const stream = await ask()
    const [link] = bench.links
    // A good-bye ends the session, and with it the link, before its sender does.
    if (link) link.frames.push = () => (link.link.close(), 1)
    const ended = once(stream.response.resume(), 'end')
    const last = await bench.send({ ...opening, 'tsunagu-link': stream.link, 'content-type': 'application/json' }, JSON.stringify({ n: 1, frames: ['bye'], close: true }))
    await ended
    const next = await ask()
    expect([last.status, next.reused, next.response.statusCode]).toEqual([204, true, 200])
    agent.destroy()
  })

  it('tells the hub of a stream that broke, once, after a second', async () => {
    const { response } = await open()
    const { planned } = bench.clock
    response.destroy()
    await vi.waitFor(() => expect(bench.clock.planned).toBe(planned + 1))
    bench.clock.advance(999)
    expect(bench.links[0]?.closed).toBe(0)
    bench.clock.advance(1)
    bench.clock.advance(60_000)
    expect(bench.links[0]?.closed).toBe(1)
    expect(bench.held).toBe(0)
  })

  it('cuts a receiver that does not read, and nobody else', async () => {
    const [slow, other] = [await open(), await open()]
    slow.response.pause()
    const frame = 'x'.repeat(200_000)
    let sent = 0
    // The kernel takes some megabytes before anything waits in the process.
    while (bench.links[0]?.closed === 0 && sent++ < 500) {
      bench.links[0].link.send(frame)
      await new Promise(setImmediate)
    }
    expect(sent).toBeLessThan(500)
    expect(bench.warned).toEqual(['receiver too slow, link cut'])
    bench.links[1]?.link.send('alive')
    await vi.waitFor(() => expect(other.batches).toHaveLength(2))
    expect(bench.links[1]?.closed).toBe(0)
  })

  it('says 1001 to every link when it closes, and cuts who does not read it', async () => {
    const [polite, deaf] = [await open(), await open()]
    deaf.response.pause()
    for (let n = 0; n < 20; n++) bench.links[1]?.link.send('x'.repeat(40_000))
    const closing = bench.door.close()
    await vi.waitFor(() => expect(polite.batches.at(-1)).toEqual({ close: 1001 }))
    bench.clock.advance(2_000)
    await closing
    expect(bench.links.map(({ closed }) => closed)).toEqual([1, 1])
  })
})
