import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LinkClosed } from '../../src/signaling/transport'
import { longPolling } from '../long-polling'
import { sse } from '../sse'

const never = new AbortController().signal

interface UpBatch {
  readonly n: number
  readonly frames: readonly string[]
  readonly close: boolean
}

/** How a server speaks to each of the adapters. */
const WAYS = {
  sse: { make: sse, say: (batch: unknown) => `data: ${JSON.stringify(batch)}\n\n`, endless: true },
  'long-polling': { make: longPolling, say: (batch: unknown) => JSON.stringify(batch), endless: false },
} as const

const FIRST = { protocol: 'tsunagu.v1', link: 'the-link' }

describe.each(Object.entries(WAYS))('%s', (_, { make, say, endless }) => {
  let http: Server
  let url: string
  /** What came up, and the way to answer it. */
  let ups: { readonly batch: UpBatch; readonly response: ServerResponse }[]
  /** Where what comes down is written to. */
  let downs: ServerResponse[]
  let asked: IncomingMessage[]
  let first: (response: ServerResponse) => void
  let answerUps: boolean

  beforeEach(async () => {
    ;[ups, downs, asked] = [[], [], []]
    answerUps = true
    first = (response) => {
      response.write(say(FIRST))
      if (!endless) response.end()
    }
    http = createServer((request, response) => {
      asked.push(request)
      let text = ''
      request.on('data', (more: Buffer) => (text += more.toString()))
      request.on('end', () => {
        const body = (text ? JSON.parse(text) : {}) as Partial<UpBatch> & { poll?: number }
        if (body.n !== undefined) {
          ups.push({ batch: body as UpBatch, response })
          if (answerUps) response.writeHead(204).end()
        } else {
          downs.push(response)
          if (!request.headers['tsunagu-link']) first(response)
        }
      })
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/signal`
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })

  const open = async (more: { readonly url?: string; readonly openTimeoutMs?: number } = {}) => {
    const frames: string[] = []
    const closed: LinkClosed[] = []
    const link = await make({ url, ...more }).open(
      { frame: (frame) => frames.push(frame), closed: (why) => closed.push(why) },
      { signal: never },
    )
    return { link, frames, closed }
  }
  const tell = async (batch: unknown): Promise<void> => {
    await vi.waitFor(() => expect(downs.at(-1)?.writableEnded).toBe(false))
    downs.at(-1)?.write(say(batch))
    if (!endless) downs.at(-1)?.end()
  }

  it.each(['ws', 'http'])('takes a %s address, and puts nothing into it', async (scheme) => {
    const { link, frames } = await open({ url: url.replace('http', scheme) })
    await link.send('up')
    await tell({ frames: ['down'] })
    await vi.waitFor(() => expect([ups.length, frames]).toEqual([1, ['down']]))
    expect(new Set(asked.map((request) => `${request.method} ${request.url}`))).toEqual(new Set(['POST /signal']))
    expect(asked[0]?.headers).toMatchObject({ 'tsunagu-protocol': 'tsunagu.v1', 'tsunagu-link': '' })
    for (const request of asked.slice(1)) expect(request.headers['tsunagu-link']).toBe('the-link')
    await link.close()
  })

  it.each([
    ['not a place', 'not a place'],
    [undefined, 'undefined'],
    ['', 'No link'],
    ['ftp://example.com/signal', 'ftp://example.com/signal'],
    ['data:text/plain,x', 'data:text/plain,x'],
    ['https://user:word@example.com/signal', 'example.com'],
    ['http://:80?secret', 'http://:80'],
  ])('refuses %j, to which no request can go, and names it', async (wrong, named) => {
    const error: unknown = await open({ url: wrong as string }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'usage/invalid-argument', message: expect.stringContaining(named) })
    expect(String(error)).not.toContain('secret')
    expect(asked).toHaveLength(0)
  })

  it('refuses no options at all as it refuses no url', async () => {
    const bare = make as (options?: unknown) => ReturnType<typeof make>
    const opening = bare().open({ frame: () => undefined, closed: () => undefined }, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument' })
    expect(asked).toHaveLength(0)
  })

  it('does not wait for ever where a proxy keeps the first word back, or the whole answer', async () => {
    for (const keeper of [(response: ServerResponse) => response.flushHeaders(), () => undefined]) {
      first = keeper
      await expect(open({ openTimeoutMs: 50 })).rejects.toMatchObject({
        code: 'signaling/unreachable',
        message: expect.stringContaining(url),
      })
      // Nor is anything left open.
      await vi.waitFor(() => expect(downs.at(-1)?.destroyed).toBe(true))
    }
  })

  it.each([
    ['a page', 200, '<!doctype html><p>Please log in', 'signaling/unreachable'],
    ['nothing', 200, '', 'signaling/unreachable'],
    ['JSON of others', 200, '{"ok":true}', endless ? 'signaling/unreachable' : 'signaling/protocol-unsupported'],
    ['null', 200, 'null', 'signaling/unreachable'],
    ['an event of others', 200, 'data: {"hello":1}\n\n', endless ? 'signaling/protocol-unsupported' : 'signaling/unreachable'],
    ['that it is not there', 404, 'Cannot POST /signaling/x', 'signaling/unreachable'],
    ['that a gateway failed', 502, '<html>Bad Gateway', 'signaling/unreachable'],
    ['that it speaks otherwise', 400, '{"code":"signaling/protocol-unsupported","message":"No."}', 'signaling/protocol-unsupported'],
    ['that there are too many', 429, '{"code":"signaling/limit-exceeded","message":"No."}', 'signaling/limit-exceeded'],
  ])('rejects where what answers says %s', async (_what, status, text, code) => {
    first = (response) => response.writeHead(status).end(text)
    await expect(open()).rejects.toMatchObject({ code })
  })

  it('rejects at once when aborted against a server that never answers', async () => {
    first = () => undefined
    const controller = new AbortController()
    const opening = make({ url }).open({ frame: () => undefined, closed: () => undefined }, { signal: controller.signal })
    await vi.waitFor(() => expect(downs).toHaveLength(1))
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    await vi.waitFor(() => expect(downs[0]?.destroyed).toBe(true))
  })

  it('has two requests on their way up at most, and puts what waits into one', async () => {
    answerUps = false
    const { link } = await open()
    await link.send('a')
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    await link.send('b')
    await vi.waitFor(() => expect(ups).toHaveLength(2))
    for (const frame of ['c', 'd', 'e']) await link.send(frame)
    await new Promise((resolve) => setImmediate(resolve))
    expect(ups).toHaveLength(2)
    ups[1]?.response.writeHead(204).end()
    await vi.waitFor(() => expect(ups).toHaveLength(3))
    expect(ups.map(({ batch }) => batch)).toEqual([
      { n: 1, frames: ['a'], close: false },
      { n: 2, frames: ['b'], close: false },
      { n: 3, frames: ['c', 'd', 'e'], close: false },
    ])
  })

  it('sends little at once, but for a longer frame, and waits longer for what is longer, so that a slow line is enough', async () => {
    const patience = vi.spyOn(AbortSignal, 'timeout')
    const { link } = await open()
    const sizes = [10, 5_000, 1_000, 60_000, 10, 20]
    await Promise.all(sizes.map((size) => link.send('x'.repeat(size))))
    await vi.waitFor(() => expect(ups.flatMap(({ batch }) => batch.frames)).toHaveLength(sizes.length))
    const sorted = ups.map(({ batch }) => batch).sort((a, b) => a.n - b.n)
    expect(sorted.map(({ frames }) => frames.map(({ length }) => length))).toEqual([[10, 5_000], [1_000], [60_000], [10, 20]])
    // At 1 kB a second, and 5 s before the first frame comes down.
    expect(patience.mock.calls.map(([ms]) => Math.floor(ms / 1_000))).toEqual([10, 6, 65, 5])
  })

  it('says good-bye behind all that still waits, in as many requests as that takes', async () => {
    const { link, closed } = await open()
    const frames = Array.from({ length: 30 }, (_, n) => `${n}`.padEnd(60_000, '"'))
    await Promise.all(frames.map((frame) => link.send(frame)))
    await link.send('bye')
    await link.close()
    expect(closed).toHaveLength(1)
    await vi.waitFor(() => expect(ups.at(-1)?.batch.close).toBe(true), 5_000)
    const sorted = ups.map(({ batch }) => batch).sort((a, b) => a.n - b.n)
    expect(sorted.flatMap((batch) => batch.frames)).toEqual([...frames, 'bye'])
    expect(sorted.filter(({ close }) => close)).toEqual([sorted.at(-1)])
    for (const { frames } of sorted) expect(frames.join('').length).toBeLessThan(65_536)
    // Nor is anything left open.
    await vi.waitFor(() => expect(downs.at(-1)?.destroyed).toBe(true), 5_000)
  })

  it('sends what still waits with its good-bye, and lets what is on its way arrive', async () => {
    answerUps = false
    const { link, closed } = await open()
    await link.send('a')
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    await link.send('b')
    await vi.waitFor(() => expect(ups).toHaveLength(2))
    await link.send('hang up')
    await link.send('bye')
    await link.close()
    await vi.waitFor(() => expect(ups).toHaveLength(3))
    expect(ups[2]?.batch).toEqual({ n: 3, frames: ['hang up', 'bye'], close: true })
    expect(closed).toEqual([{ clean: true, retry: 'yes', cause: undefined }])
    expect(ups.map(({ response }) => response.destroyed)).toEqual([false, false, false])
    for (const { response } of ups) response.writeHead(204).end()
    // Only now the way down goes.
    await vi.waitFor(() => expect(downs.at(-1)?.destroyed).toBe(true))
    await expect(link.send('late')).rejects.toMatchObject({ code: 'signaling/closed' })
  })

  it.each([
    ['is refused', (response: ServerResponse) => response.writeHead(404).end('{"code":"signaling/unreachable","message":"No link."}')],
    ['fails', (response: ServerResponse) => response.writeHead(500).end('oops')],
    ['is lost', (response: ServerResponse) => response.destroy()],
  ])('ends, and lets another be opened, where a request up %s', async (_what, answer) => {
    answerUps = false
    const { link, closed, frames } = await open()
    await link.send('a')
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    for (const { response } of ups) answer(response)
    await vi.waitFor(() => expect(closed).toMatchObject([{ clean: false, retry: 'yes' }]))
    await expect(link.send('late')).rejects.toMatchObject({ code: 'signaling/closed' })
    await link.close()
    await vi.waitFor(() => expect(downs.at(-1)?.destroyed).toBe(true))
    expect([closed.length, ups.length, frames]).toEqual([1, 1, []])
  })

  it('gives a greeting up as soon as an opening that nobody answers, for its connection may be dead; what comes later has longer', async () => {
    answerUps = false
    const patience = vi.spyOn(AbortSignal, 'timeout')
    const { link, closed } = await open({ openTimeoutMs: 300 })
    await link.send('hello')
    await vi.waitFor(() => expect(closed).toMatchObject([{ clean: false, retry: 'yes', cause: { code: 'signaling/unreachable' } }]))
    const again = await open({ openTimeoutMs: 300 })
    await again.link.send('hello')
    await tell({ frames: ['welcome'] })
    await vi.waitFor(() => expect(again.frames).toEqual(['welcome']))
    await again.link.send('message')
    await vi.waitFor(() => expect(ups.length).toBeGreaterThan(2))
    expect(patience.mock.calls.map(([ms]) => Math.floor(ms / 1_000))).toEqual([0, 0, 15])
  })

  it('ends where the way down does, or says what nobody can', async () => {
    for (const end of [
      (response?: ServerResponse) => response?.end(),
      (response?: ServerResponse) => response?.destroy(),
      (response?: ServerResponse) => response?.end(endless ? 'data: nonsense\n\n' : 'nonsense'),
      (response?: ServerResponse) => response?.end(say({ frames: 7 })),
    ]) {
      const { closed } = await open()
      await vi.waitFor(() => expect(downs.at(-1)?.writableEnded).toBe(false))
      end(downs.at(-1))
      await vi.waitFor(() => expect(closed).toMatchObject([{ clean: false, retry: 'yes' }]))
    }
  })

  it('ends where the server says so, and hears nothing after it', async () => {
    const { closed, frames } = await open()
    await tell({ frames: ['last'], close: 1001 })
    await vi.waitFor(() => expect(closed).toEqual([{ clean: true, retry: 'yes', cause: undefined }]))
    expect(frames).toEqual(['last'])
  })

  it('hears nothing more of a batch in whose middle it was closed', async () => {
    const heard: string[] = []
    const link = await make({ url }).open(
      {
        frame: (frame) => {
          heard.push(frame)
          void link.close()
        },
        closed: () => undefined,
      },
      { signal: never },
    )
    await tell({ frames: ['one', 'two'] })
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    expect(heard).toEqual(['one'])
  })

  it('gives up a server that says nothing for 15 s', async () => {
    const [plan, cancel] = [globalThis.setTimeout, globalThis.clearTimeout]
    const waiting = new Set<() => void>()
    vi.stubGlobal('setTimeout', (task: () => void, delayMs?: number) => {
      if (delayMs !== 15_000) return plan(task, delayMs)
      waiting.add(task)
      return task
    })
    vi.stubGlobal('clearTimeout', (timer: never) => waiting.delete(timer) || cancel(timer))
    const { closed, frames, link } = await open()
    expect(waiting.size).toBe(1)
    await tell({ frames: ['here'] })
    await vi.waitFor(() => expect(frames).toEqual(['here']))
    // What goes up proves nothing of what comes down.
    await link.send('up')
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    expect([waiting.size, closed]).toEqual([1, []])
    for (const task of waiting) task()
    await vi.waitFor(() => expect(closed).toMatchObject([{ clean: false, retry: 'yes' }]))
    expect(waiting.size).toBe(0)
  })

  it('asks for what is small to outlive the page, and for nothing that the browser would refuse', async () => {
    const real = globalThis.fetch
    const seen: RequestInit[] = []
    vi.stubGlobal('fetch', (address: string, init: RequestInit) => {
      seen.push(init)
      return real(address, init)
    })
    const { link } = await open()
    await link.send('small')
    await vi.waitFor(() => expect(ups).toHaveLength(1))
    await link.send('x'.repeat(7_000))
    await vi.waitFor(() => expect(ups).toHaveLength(2))
    const up = seen.filter(({ body }) => typeof body === 'string' && body.startsWith('{"n"'))
    expect(up.map(({ keepalive }) => keepalive)).toEqual([true, false])
  })
})
