import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { type ServerProcess, startServer } from '../setup/server-process'

/** Opens a WebSocket in a page and says how it went. */
const tryOpening = (page: Page, url: string, protocols: string[], text?: string) =>
  page.evaluate(
    ([url, protocols, text]) =>
      new Promise<{ opened: boolean; protocol: string; code: number; reason: string }>((resolve) => {
        const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols)
        let opened = false
        socket.onopen = () => {
          opened = true
          if (text) socket.send(text.repeat(300_000))
        }
        socket.onclose = ({ code, reason }) => resolve({ opened, protocol: socket.protocol, code, reason })
      }),
    [url, protocols, text] as const,
  )

for (const name of ['chromium', 'firefox'] satisfies BrowserName[])
  describe(`what a page in ${name} learns when it is refused`, () => {
    let server: ServerProcess
    let pages: Server
    let browser: Browser
    let page: Page
    beforeAll(async () => {
      server = await startServer()
      browser = await launch(name)
      // Chromium lets no about:blank connect to a loopback address (Local Network Access).
      pages = createServer((_request, response) => response.end('<!doctype html><title>test</title>')).listen(0, '127.0.0.1')
      await once(pages, 'listening')
      page = await openPage(browser, `http://localhost:${(pages.address() as AddressInfo).port}/`)
    })
    afterAll(async () => {
      await browser.close()
      await server.close()
      pages.close().closeAllConnections()
    })

    it.each([[['tsunagu.v9']], [[]]])('is that its subprotocols %j are not spoken here', async (protocols: string[]) => {
      expect(await tryOpening(page, server.url, protocols)).toEqual({
        opened: true,
        protocol: protocols[0] ?? '',
        code: 4406,
        reason: 'signaling/protocol-unsupported: this server speaks tsunagu.v1',
      })
    })

    it('is that its frame is too large', async () => {
      expect(await tryOpening(page, server.url, ['tsunagu.v1'], 'x')).toMatchObject({ opened: true, code: 1009 })
    })
  })
