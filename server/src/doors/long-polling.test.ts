import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DoorBench } from '../testing/door-bench'
import { longPollingDoor } from './long-polling'

const HEADERS = { accept: 'application/json', 'content-type': 'application/json', 'tsunagu-protocol': 'tsunagu.v1' }

describe('the long-polling door', () => {
  let bench: DoorBench
  beforeEach(async () => {
    bench = await new DoorBench(longPollingDoor).listen()
  })
  afterEach(() => bench.end())

  const open = async (): Promise<string> => {
    const { status, text } = await bench.send(HEADERS, '{"poll":0}')
    expect(status).toBe(200)
    return (JSON.parse(text) as { link: string }).link
  }
  const poll = async (link: string, n: unknown) => {
    const { status, text } = await bench.send({ ...HEADERS, 'tsunagu-link': link }, JSON.stringify({ poll: n }))
    return { status, batch: JSON.parse(text) as unknown }
  }
  /** Asks, and resolves when the question has arrived. */
  const ask = async (link: string, n: number) => {
    const { planned } = bench.clock
    const answered = poll(link, n)
    answered.catch(() => undefined)
    await vi.waitFor(() => expect(bench.clock.planned).toBeGreaterThan(planned))
    return { answered }
  }

  it('answers as soon as there is something to say, with all of it', async () => {
    const link = await open()
    const { answered } = await ask(link, 1)
    for (const frame of ['one', 'two\r\n', '🤝']) bench.links[0]?.link.send(frame)
    expect(await answered).toEqual({ status: 200, batch: { frames: ['one', 'two\r\n', '🤝'] } })
  })

  it('keeps what there is to say for the next question', async () => {
    const link = await open()
    for (const frame of ['one', 'two']) bench.links[0]?.link.send(frame)
    await new Promise(setImmediate)
    bench.links[0]?.link.send('three')
    expect((await poll(link, 1)).batch).toEqual({ frames: ['one', 'two', 'three'] })
    bench.links[0]?.link.send('four')
    expect((await poll(link, 2)).batch).toEqual({ frames: ['four'] })
  })

  it('answers with nothing after 10 s, and goes on', async () => {
    const link = await open()
    const { answered } = await ask(link, 1)
    bench.clock.advance(9_999)
    bench.clock.advance(1)
    expect(await answered).toEqual({ status: 200, batch: {} })
    bench.links[0]?.link.send('next')
    expect((await poll(link, 2)).batch).toEqual({ frames: ['next'] })
  })

  it.each([[2], [0], [-1], ['1'], [null], [1.5]])('ends the link of who asks for %j instead of what comes next', async (n) => {
    const link = await open()
    bench.links[0]?.link.send('one')
    expect(await poll(link, n)).toEqual({
      status: 409,
      batch: { code: 'signaling/unreachable', message: 'The next to ask for is 1: open another link.' },
    })
    expect(bench.links[0]?.closed).toBe(1)
    expect(await poll(link, 1)).toMatchObject({ status: 404 })
  })

  it('ends the link of who asks again for what was answered, for that answer may be lost', async () => {
    const link = await open()
    bench.links[0]?.link.send('one')
    await poll(link, 1)
    expect(await poll(link, 1)).toMatchObject({ status: 409 })
    expect(bench.links[0]?.closed).toBe(1)
  })

  it('answers the later of two questions for the same, which a browser asks where the first broke', async () => {
    const link = await open()
    const first = await ask(link, 1)
    const second = await ask(link, 1)
    await expect(first.answered).rejects.toThrow()
    bench.links[0]?.link.send('one')
    expect(await second.answered).toEqual({ status: 200, batch: { frames: ['one'] } })
    bench.clock.advance(1_000)
    expect(bench.links[0]?.closed).toBe(0)
  })

  it('takes a link for lost where no question comes for 10 s', async () => {
    const link = await open()
    bench.clock.advance(9_999)
    expect(bench.links[0]?.closed).toBe(0)
    bench.clock.advance(1)
    expect(bench.links[0]?.closed).toBe(1)
    expect(bench.held).toBe(0)
    expect(await poll(link, 1)).toMatchObject({ status: 404 })
  })

  it('takes a link for lost a second after its question broke off', async () => {
    const link = await open()
    const asked = request(bench.url, { method: 'POST', headers: { ...HEADERS, 'tsunagu-link': link }, agent: false })
    asked.on('error', () => undefined)
    asked.end('{"poll":1}')
    await vi.waitFor(() => expect(bench.clock.planned).toBe(2))
    asked.destroy()
    await vi.waitFor(() => expect(bench.clock.planned).toBe(3))
    expect(bench.links[0]?.closed).toBe(0)
    bench.clock.advance(1_000)
    expect(bench.links[0]?.closed).toBe(1)
  })

  it('tells the end with all that was said before, to who is asking and to who asks next', async () => {
    const [waiting, later] = [await open(), await open()]
    const { answered } = await ask(waiting, 1)
    for (const { link } of bench.links) {
      link.send('last')
      link.close(4001)
      link.send('late')
    }
    expect((await answered).batch).toEqual({ frames: ['last'], close: 4001 })
    expect((await poll(later, 1)).batch).toEqual({ frames: ['last'], close: 4001 })
    expect(bench.links.map(({ closed }) => closed)).toEqual([1, 1])
    expect(bench.held).toBe(0)
  })

  it('hangs up without a word where the hub does', async () => {
    const link = await open()
    const { answered } = await ask(link, 1)
    bench.links[0]?.link.close(1006)
    await expect(answered).rejects.toThrow()
    expect(bench.links[0]?.closed).toBe(1)
  })

  it('cuts who does not fetch what waits, and nobody else', async () => {
    await open()
    const other = await open()
    for (let n = 0; n < 6; n++) bench.links[0]?.link.send('x'.repeat(200_000))
    expect(bench.links.map(({ closed }) => closed)).toEqual([1, 0])
    expect(bench.warned).toEqual(['receiver too slow, link cut'])
    bench.links[1]?.link.send('alive')
    expect((await poll(other, 1)).batch).toEqual({ frames: ['alive'] })
  })

  it('says 1001 to who asks when it closes', async () => {
    const link = await open()
    const { answered } = await ask(link, 1)
    const closing = bench.door.close()
    expect((await answered).batch).toEqual({ frames: [], close: 1001 })
    await closing
    expect(bench.links[0]?.closed).toBe(1)
  })
})
