import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { broadcastChannel } from '../../adapters/broadcast-channel'
import { fallback } from '../../adapters/fallback'
import { longPolling } from '../../adapters/long-polling'
import { memory } from '../../adapters/memory'
import { sse } from '../../adapters/sse'
import { webSocket } from '../../adapters/websocket'
import type { LinkClosed } from '../../src/signaling/transport'
import { EchoServer, transportCases } from '../../src/testing'
import { NETWORK_TRANSPORTS } from '../setup/network-transports'

let names = 0
const newName = (): string => `test-${++names}`

describe('memory in a page', () => {
  it.each(transportCases(() => ({ transport: memory(new EchoServer()) }), { unreachable: false }))('$name', ({ run }) => run())
})

describe.each(Object.entries(NETWORK_TRANSPORTS))('%s in a page', (_name, to) => {
  it.each(
    transportCases(() => ({
      // The server is shared by all cases: one by one they leave it without links.
      transport: to(inject('echoUrl')),
      unreachable: to(inject('deadUrl')),
    })),
  )('$name', ({ run }) => run())
})

describe.each(['sse', 'long-polling'])('a page that goes away with a link over %s', (name) => {
  it('still says its last words', async () => {
    const heard: string[] = []
    const staying = await NETWORK_TRANSPORTS[name]?.(inject('echoUrl')).open(
      { frame: (frame) => heard.push(frame), closed: () => undefined },
      { signal: new AbortController().signal },
    )
    const page = document.createElement('iframe')
    const opened = new Promise<void>((resolve) => {
      addEventListener('message', ({ data }) => data === `open ${name}` && resolve())
    })
    page.srcdoc = `<script type="module">
      import { NETWORK_TRANSPORTS } from '/tests/setup/network-transports.ts'
      const sink = { frame: () => {}, closed: () => {} }
      const link = await NETWORK_TRANSPORTS['${name}']('${inject('echoUrl')}').open(sink, { signal: new AbortController().signal })
      addEventListener('pagehide', () => {
        link.send('!all last words')
        link.close()
      })
      parent.postMessage('open ${name}', '*')
    </script>`
    document.body.append(page)
    await opened
    // Another page takes its place, as where somebody follows a link.
    page.srcdoc = '<p>elsewhere'
    await vi.waitFor(() => expect(heard).toEqual(['last words']), 5_000)
    page.remove()
    await staying?.close()
  })
})

describe('fallback in a page', () => {
  it.each(
    transportCases(() => ({
      // Not over WebSocket: where one failed, Firefox has the next wait, longer and longer (RFC 6455 section 7.2.3).
      transport: fallback([sse({ url: inject('deadUrl') }), webSocket({ url: inject('echoUrl') })]),
      unreachable: fallback([sse({ url: inject('deadUrl') }), longPolling({ url: inject('deadUrl') })]),
    })),
  )('$name', ({ run }) => run())
})

describe('websocket in a page', () => {
  it.each([undefined, '', 'ftp://127.0.0.1/signal', `${inject('echoUrl')}#part`])('refuses %j for good', async (url) => {
    const opening = webSocket({ url: url as string }).open(
      { frame: () => undefined, closed: () => undefined },
      { signal: new AbortController().signal },
    )
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })
})

describe('broadcast channel in a page', () => {
  const tab = (name: string) => broadcastChannel({ name, hub: () => new EchoServer() })

  // A lock that is free again is seen before what was said last: then the tab is gone.
  it.each(transportCases(() => ({ transport: tab(newName()) }), { unreachable: false, lastWords: false }))('$name', ({ run }) => run())

  describe('with another page', () => {
    const frames: HTMLIFrameElement[] = []
    afterEach(() => frames.splice(0).forEach((frame) => frame.remove()))

    /** Another page that opens a link of its own; taking it away ends it as a closed tab does, without a word. */
    const openPage = async (name: string): Promise<HTMLIFrameElement> => {
      const frame = document.createElement('iframe')
      frame.srcdoc = `<script type="module">
        import { broadcastChannel } from '/adapters/broadcast-channel/index.ts'
        import { EchoServer } from '/src/testing/echo-server.ts'
        const transport = broadcastChannel({ name: '${name}', hub: () => new EchoServer() })
        const { signal } = new AbortController()
        await transport.open({ frame: () => {}, closed: () => {} }, { signal })
        parent.postMessage('open ${name}', '*')
      </script>`
      const opened = new Promise<void>((resolve) => {
        addEventListener('message', ({ data }) => {
          if (data === `open ${name}`) resolve()
        })
      })
      frames.push(frame)
      document.body.append(frame)
      await opened
      return frame
    }

    const openHere = async (name: string) => {
      const heard: string[] = []
      const closed: LinkClosed[] = []
      const link = await tab(name).open(
        { frame: (frame) => heard.push(frame), closed: (why) => closed.push(why) },
        { signal: new AbortController().signal },
      )
      const links = async (): Promise<string | undefined> => {
        const before = heard.length
        await link.send('!links')
        await vi.waitFor(() => expect(heard.length).toBeGreaterThan(before))
        return heard.at(-1)
      }
      return { link, closed, links }
    }

    it('takes over from a page that ran the hub and is gone', async () => {
      const name = newName()
      const page = await openPage(name)
      const first = await openHere(name)
      expect(await first.links()).toBe('2')
      page.remove()
      await vi.waitFor(() => expect(first.closed).toEqual([{ clean: false, retry: 'yes' }]), 10_000)
      const second = await openHere(name)
      expect(await second.links()).toBe('1')
      await second.link.close()
    })

    it('notices at once that a page with a link is gone', async () => {
      const name = newName()
      const here = await openHere(name)
      const page = await openPage(name)
      expect(await here.links()).toBe('2')
      page.remove()
      await vi.waitFor(async () => expect(await here.links()).toBe('1'), 10_000)
      expect(here.closed).toEqual([])
      await here.link.close()
    })
  })
})
