import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ensureBuilt } from '../../scripts/build'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { type ServerProcess, startServer } from '../setup/server-process'

/** The policy that the readme promises to work, for a server at this address; and as strict as it gets beside. */
const policyFor = (url: string): string => {
  const { host } = new URL(url)
  const [, promised = ''] = /^Content-Security-Policy: (.*)$/m.exec(readFileSync('README.md', 'utf8')) ?? []
  // Firefox asks for /favicon.ico.
  const more = "; trusted-types 'none'; base-uri 'none'; img-src 'self'"
  return promised.replace('https://example.com', `http://${host}`).replace('wss://example.com', `ws://${host}`) + more
}

const FILES: Readonly<Record<string, string>> = {
  '/tsunagu.js': 'dist/tsunagu.iife.js',
  '/in-page.js': 'dist/tsunagu-in-page.iife.js',
  '/page.js': 'tests/e2e/pages/script-tag.js',
}

/** What the pages load, by its address; read once, for a build may be under way later. */
const scripts = new Map<string, Buffer>()
let pages: Server
let server: ServerProcess

beforeAll(async () => {
  await ensureBuilt()
  for (const [address, file] of Object.entries(FILES)) scripts.set(address, readFileSync(file))
  server = await startServer()
  pages = createServer((request, response) => {
    const script = scripts.get(request.url ?? '')
    response.setHeader('content-security-policy', policyFor(server.url))
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(
      script ??
        '<!doctype html><title>-</title><body><script src="/tsunagu.js"></script><script src="/in-page.js"></script><script src="/page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
}, 120_000)
afterAll(async () => {
  pages.closeAllConnections()
  pages.close()
  await server.close()
})

describe.each(['chromium', 'firefox'] satisfies BrowserName[])('the script tag in %s', (name) => {
  let browser: Browser
  beforeAll(async () => void (browser = await launch(name)))
  afterAll(() => browser.close())

  it.each([
    ['over a WebSocket', 'webSocket'],
    ['over plain requests', 'sse'],
    ['between two tabs, without a server', 'broadcastChannel'],
  ])('makes a call and plays a file under the Content-Security-Policy of the readme, %s', async (_how, transport) => {
    const violations: string[] = []
    const first = await openPage(browser, 'about:blank')
    onTestFinished(() => first.context().close())
    const open = async (who: string): Promise<Page> => {
      const page = await first.context().newPage()
      page.on('console', (message) => {
        if (/content.security|trusted/i.test(message.text())) violations.push(message.text())
      })
      page.on('pageerror', (error) => violations.push(error.message))
      await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}/#${transport}#${server.url}#${who}`)
      return page
    }
    const titled = (page: Page, title: string): Promise<void> => expect.poll(() => page.title(), { timeout: 15_000 }).toBe(title)
    const bob = await open('bob')
    await titled(bob, 'online')
    const aki = await open('aki#bob')
    await Promise.all([titled(aki, 'active'), titled(bob, 'active')])
    await expect
      .poll(() => aki.evaluate(() => [...document.querySelectorAll('video')].some(({ videoWidth }) => videoWidth > 0)), { timeout: 10_000 })
      .toBe(true)
    await expect.poll(() => aki.evaluate(() => document.body.dataset['film']), { timeout: 10_000 }).toBe('live')
    expect(violations).toEqual([])
  })
})
