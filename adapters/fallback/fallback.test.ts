import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RtcError, type RtcErrorCode } from '../../src/base/errors'
import type { FrameSink, LinkClosed, SignalingTransport } from '../../src/signaling/transport'
import { EchoServer, transportCases } from '../../src/testing'
import { memory } from '../memory'
import { fallback } from '.'

const never = new AbortController().signal

/** What a scripted transport does when it is opened: refuses with a code, hangs, or opens and hands the test its sink. */
type Act = RtcErrorCode | 'hang' | 'open'

class Scripted implements SignalingTransport {
  readonly name: string
  act: Act
  opened = 0
  aborted: unknown
  closed = 0
  sink: FrameSink | undefined
  readonly sent: string[] = []

  constructor(name: string, act: Act) {
    this.name = name
    this.act = act
  }

  open: SignalingTransport['open'] = async (sink, { signal }) => {
    this.opened++
    if (this.act === 'hang')
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          this.aborted = signal.reason
          reject(signal.reason)
        })
      })
    if (this.act !== 'open') throw new RtcError(this.act, `${this.name} says no.`, { fix: `Mend ${this.name}.` })
    this.sink = sink
    return {
      send: async (frame) => void this.sent.push(frame),
      close: async () => {
        this.closed++
        sink.closed({ clean: true, retry: 'yes' })
      },
    }
  }
}

const three = (...acts: [Act, Act, Act]): [Scripted, Scripted, Scripted] => {
  const [a, b, c] = acts
  return [new Scripted('a', a), new Scripted('b', b), new Scripted('c', c)]
}

/** One opened link with a memory. */
const open = async (transport: SignalingTransport, signal = never) => {
  const frames: string[] = []
  const closed: LinkClosed[] = []
  const link = await transport.open({ frame: (frame) => frames.push(frame), closed: (why) => closed.push(why) }, { signal })
  return { link, frames, closed }
}

describe('fallback', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => {
    // Nothing goes on ticking.
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('takes the first that opens and asks no other', async () => {
    const [a, b, c] = three('signaling/unreachable', 'open', 'open')
    const { link, frames } = await open(fallback([a, b, c]))
    await link.send('up')
    b.sink?.frame('down')
    expect([a.opened, b.opened, c.opened]).toEqual([1, 1, 0])
    expect([b.sent, frames]).toEqual([['up'], ['down']])
  })

  it('begins with what worked last', async () => {
    const [a, b, c] = three('signaling/unreachable', 'open', 'open')
    const transport = fallback([a, b, c])
    for (let n = 0; n < 3; n++) {
      const { closed } = await open(transport)
      b.sink?.frame('here')
      b.sink?.closed({ clean: false, retry: 'yes' })
      expect(closed).toEqual([{ clean: false, retry: 'yes' }])
    }
    expect([a.opened, b.opened, c.opened]).toEqual([1, 3, 0])
  })

  it('goes on to the others, and around, where what worked works no more', async () => {
    const [a, b, c] = three('signaling/unreachable', 'open', 'signaling/unreachable')
    const transport = fallback([a, b, c])
    await open(transport)
    b.sink?.frame('here')
    b.sink?.closed({ clean: false, retry: 'yes' })
    b.act = 'signaling/unreachable'
    a.act = 'open'
    await open(transport)
    a.sink?.frame('here')
    expect([a.opened, b.opened, c.opened]).toEqual([2, 2, 1])
  })

  it('comes back to what worked, after an outage that only another outlived, and leaves it for good the second time', async () => {
    const [a, b] = three('open', 'open', 'open')
    const transport = fallback([a, b])
    const begun = async (): Promise<string> => {
      const before = a.opened
      await open(transport)
      for (const one of [a, b]) one.sink?.frame('here')
      for (const one of [a, b]) one.sink?.closed({ clean: false, retry: 'yes' })
      return a.opened > before ? (a.act === 'open' ? 'a' : 'a, b') : 'b'
    }
    expect(await begun()).toBe('a')
    a.act = 'signaling/unreachable'
    expect(await begun()).toBe('a, b')
    a.act = 'open'
    expect([await begun(), await begun()]).toEqual(['a', 'a'])
    a.act = 'signaling/unreachable'
    expect([await begun(), await begun(), await begun()]).toEqual(['a, b', 'a, b', 'b'])
    a.act = 'open'
    expect(await begun()).toBe('b')
  })

  it('gives no transport longer than 8 s, for the session gives an attempt up after 10', async () => {
    const [a, b] = three('hang', 'open', 'open')
    const opening = open(fallback([a, b], { tryMs: 12_000 }))
    await vi.advanceTimersByTimeAsync(8_000)
    const { frames } = await opening
    b.sink?.frame('here')
    expect(frames).toEqual(['here'])
  })

  it('gives up one that does not open in time, and aborts it', async () => {
    const [a, b, c] = three('hang', 'hang', 'open')
    const opening = open(fallback([a, b, c]))
    await vi.advanceTimersByTimeAsync(2_999)
    expect(b.opened).toBe(0)
    await vi.advanceTimersByTimeAsync(1)
    expect(a.aborted).toMatchObject({ code: 'signaling/timeout' })
    await vi.advanceTimersByTimeAsync(3_000)
    await opening
    c.sink?.frame('here')
    expect([a.opened, b.opened, c.opened]).toEqual([1, 1, 1])
  })

  it('gives up a link over which nothing comes, and takes the next one then', async () => {
    const [a, b, c] = three('open', 'open', 'open')
    const transport = fallback([a, b, c], { tryMs: 1_000 })
    const { link, frames, closed } = await open(transport)
    await link.send('swallowed')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(closed).toMatchObject([{ clean: false, retry: 'yes', code: 'signaling/timeout' }])
    expect(a.closed).toBe(1)
    a.sink?.frame('late')
    expect(frames).toEqual([])
    await open(transport)
    b.sink?.frame('here')
    expect([a.opened, b.opened]).toEqual([1, 1])
  })

  it('leaves a link alone once a frame came', async () => {
    const [a] = three('open', 'open', 'open')
    const { closed } = await open(fallback([a]))
    a.sink?.frame('here')
    await vi.advanceTimersByTimeAsync(100_000)
    expect([closed, a.closed]).toEqual([[], 0])
  })

  it('does not count against a transport that its owner left it before the first frame', async () => {
    const [a, b, c] = three('open', 'open', 'open')
    const transport = fallback([a, b, c])
    const { link, closed } = await open(transport)
    await link.close()
    expect(closed).toEqual([{ clean: true, retry: 'yes' }])
    await open(transport)
    a.sink?.frame('here')
    expect([a.opened, b.opened]).toEqual([2, 0])
  })

  it('takes the next one after a link that was lost before the first frame', async () => {
    const [a, b, c] = three('open', 'open', 'open')
    const transport = fallback([a, b, c])
    await open(transport)
    a.sink?.closed({ clean: false, retry: 'yes' })
    await open(transport)
    b.sink?.frame('here')
    expect([a.opened, b.opened]).toEqual([1, 1])
  })

  it('is twice as patient once all were too slow, up to 8 s, until one works', async () => {
    const [a, b, c] = three('hang', 'hang', 'hang')
    const transport = fallback([a, b, c])
    const waits: number[] = []
    for (let round = 0; round < 3; round++) {
      let waited = 0
      const failing = open(transport).catch(() => waits.push(waited))
      while (waits.length <= round) {
        await vi.advanceTimersByTimeAsync(500)
        waited += 500
      }
      await failing
    }
    expect(waits).toEqual([9_000, 18_000, 24_000].map((ms) => ms - 500))
    a.act = 'open'
    const { closed } = await open(transport)
    a.sink?.frame('here')
    a.sink?.closed({ clean: false, retry: 'yes' })
    expect(closed).toHaveLength(1)
    a.act = 'hang'
    const failing = open(transport).catch(() => 'failed')
    await vi.advanceTimersByTimeAsync(9_000)
    expect(await failing).toBe('failed')
  })

  it.each<RtcErrorCode>(['signaling/unauthorized', 'signaling/forbidden', 'usage/invalid-argument'])(
    'does not try around %s, which no other transport mends',
    async (code) => {
      const [a, b, c] = three(code, 'open', 'open')
      await expect(open(fallback([a, b, c]))).rejects.toMatchObject({ code, message: 'a says no.' })
      expect(b.opened).toBe(0)
    },
  )

  it.each<RtcErrorCode>(['usage/unsupported-environment', 'signaling/protocol-unsupported', 'signaling/timeout'])(
    'tries around %s',
    async (code) => {
      const [a, b, c] = three(code, 'open', 'open')
      await open(fallback([a, b, c]))
      b.sink?.frame('here')
      expect(b.opened).toBe(1)
    },
  )

  it('passes on that another link cannot help', async () => {
    const [a, b, c] = three('open', 'open', 'open')
    const { closed } = await open(fallback([a, b, c]))
    a.sink?.closed({ clean: true, retry: 'never', code: 'signaling/protocol-unsupported' })
    expect(closed).toEqual([{ clean: true, retry: 'never', code: 'signaling/protocol-unsupported' }])
  })

  it('says of each what was wrong where none works, and is unreachable unless all failed alike', async () => {
    const [a, b, c] = three('signaling/unreachable', 'usage/unsupported-environment', 'signaling/unreachable')
    const error: unknown = await open(fallback([a, b, c])).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'signaling/unreachable',
      message: 'No transport works. a: a says no. b: b says no. c: c says no.',
      fix: 'Mend a.',
      cause: [{ code: 'signaling/unreachable' }, { code: 'usage/unsupported-environment' }, { code: 'signaling/unreachable' }],
    })
    for (const one of [a, b, c]) one.act = 'signaling/protocol-unsupported'
    await expect(open(fallback([a, b, c]))).rejects.toMatchObject({ code: 'signaling/protocol-unsupported' })
  })

  it('stops at an abort, with its reason, and begins with the same transport again', async () => {
    const [a, b, c] = three('hang', 'open', 'open')
    const transport = fallback([a, b, c])
    const controller = new AbortController()
    const opening = open(transport, controller.signal)
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    expect(b.opened).toBe(0)
    a.act = 'open'
    await open(transport)
    a.sink?.frame('here')
    expect([a.opened, b.opened]).toEqual([2, 0])
  })
})

describe('fallback as a transport', () => {
  const refusing = (): Scripted => new Scripted('refusing', 'signaling/unreachable')

  it.each(
    transportCases(() => ({
      transport: fallback([refusing(), memory(new EchoServer()), refusing()]),
      unreachable: fallback([refusing(), refusing()]),
    })),
  )('$name', ({ run }) => run())
})
