import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FrameLink, LinkClosed } from '../../src/signaling/transport'
import { EchoServer, transportCases } from '../../src/testing'
import { broadcastChannel } from '.'

interface Wanted {
  readonly task: () => unknown
  readonly done: (result: unknown) => void
}

/** Web Locks as far as the adapter uses them: exclusive, first come first served. Node 20 has none. */
class FakeLocks {
  readonly #queues = new Map<string, Wanted[]>()

  /** Names that somebody holds or waits for. */
  get names(): readonly string[] {
    return [...this.#queues.keys()]
  }

  request(name: string, { signal }: { readonly signal: AbortSignal }, task: () => unknown): Promise<unknown> {
    return new Promise((done, fail) => {
      if (signal.aborted) return fail(signal.reason)
      const wanted: Wanted = { task, done }
      const queue = this.#queues.get(name) ?? []
      this.#queues.set(name, queue)
      signal.addEventListener('abort', () => {
        const at = queue.indexOf(wanted)
        // The first one holds it: an abort no longer takes it back.
        if (at < 1) return
        queue.splice(at, 1)
        fail(signal.reason)
      })
      if (queue.push(wanted) === 1) this.#grant(name, queue)
    })
  }

  #grant(name: string, queue: Wanted[]): void {
    void Promise.resolve()
      .then(() => queue[0]?.task())
      .then((result) => {
        queue.shift()?.done(result)
        if (queue.length) this.#grant(name, queue)
        else this.#queues.delete(name)
      })
  }
}

const never = new AbortController().signal
let channels = 0

describe('broadcastChannel', () => {
  let locks: FakeLocks
  beforeEach(() => {
    locks = new FakeLocks()
    vi.stubGlobal('navigator', { locks })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  const tab = (name: string) => broadcastChannel({ name, hub: () => new EchoServer() })

  // A lock that is free again is seen before what was said last: then the tab is gone.
  it.each(transportCases(() => ({ transport: tab(`cases-${++channels}`) }), { unreachable: false, lastWords: false }))('$name', ({ run }) => run())

  describe('between tabs', () => {
    const open = async (transport: ReturnType<typeof tab>) => {
      const frames: string[] = []
      const closed: LinkClosed[] = []
      const link: FrameLink = await transport.open(
        { frame: (frame) => frames.push(frame), closed: (why) => closed.push(why) },
        { signal: never },
      )
      const ask = async (frame: string): Promise<void> => {
        await link.send(frame)
        await vi.waitFor(() => expect(frames).toContain(frame))
      }
      return { link, frames, closed, ask }
    }

    it('serves a second tab from the first', async () => {
      const name = `tabs-${++channels}`
      const first = await open(tab(name))
      const second = await open(tab(name))
      await second.link.send('!links')
      await vi.waitFor(() => expect(second.frames).toEqual(['2']))
      await second.link.close()
      await first.link.close()
    })

    it('loses the links of the others, not cleanly, when the tab with the hub goes, and serves them from another', async () => {
      const name = `tabs-${++channels}`
      const first = await open(tab(name))
      const others = [tab(name), tab(name)]
      const before = await Promise.all(others.map(open))
      for (const { ask } of before) await ask('before')
      await first.link.close()
      for (const { closed } of before) await vi.waitFor(() => expect(closed).toEqual([{ clean: false, retry: 'yes' }]))
      const after = await Promise.all(others.map(open))
      for (const { ask } of after) await ask('after')
      for (const { link } of after) await link.close()
    })

    it('releases every lock', async () => {
      const name = `tabs-${++channels}`
      const first = await open(tab(name))
      const second = await open(tab(name))
      expect(locks.names).toHaveLength(3)
      await first.link.close()
      await second.link.close()
      await vi.waitFor(() => expect(locks.names).toEqual([]))
    })

    it('ignores what other scripts post under the same name', async () => {
      const name = `tabs-${++channels}`
      const first = await open(tab(name))
      const stranger = new BroadcastChannel(name)
      for (const odd of ['text', null, 7, { kind: 'other' }, { kind: 'up', link: 'unknown', frame: 'x' }])
        stranger.postMessage(odd)
      await first.ask('still here')
      stranger.close()
      await first.link.close()
    })
  })

  it('says what to do where there are no Web Locks', async () => {
    vi.stubGlobal('navigator', {})
    const opening = tab('none').open({ frame: () => undefined, closed: () => undefined }, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/unsupported-environment' })
  })
})
