import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt } from '../../scripts/build'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { type ServerProcess, startServer } from '../setup/server-process'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  'connect-src ws: http:',
  'media-src blob: mediastream:',
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
  "base-uri 'none'",
  // Firefox asks for /favicon.ico.
  "img-src 'self'",
].join('; ')

const FILES: Readonly<Record<string, string>> = {
  '/tsunagu.js': 'dist/tsunagu.iife.js',
  '/in-page.js': 'dist/tsunagu-in-page.iife.js',
  '/page.js': 'tests/e2e/pages/script-tag.js',
}

let pages: Server
let server: ServerProcess

beforeAll(async () => {
  await ensureBuilt()
  server = await startServer()
  pages = createServer((request, response) => {
    const file = FILES[request.url ?? '']
    response.setHeader('content-security-policy', POLICY)
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(
      file
        ? readFileSync(file)
        : '<!doctype html><title>-</title><body><script src="/tsunagu.js"></script><script src="/in-page.js"></script><script src="/page.js"></script>',
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
  it.each([
    ['over a server', () => server.url],
    ['between two tabs, without a server', () => 'in-page'],
  ])('makes a call under a strict Content-Security-Policy with Trusted Types, %s', async (_how, signaling) => {
    const browser = await launch(name)
    try {
      const violations: string[] = []
      const first = await openPage(browser, 'about:blank')
      const open = async (who: string): Promise<Page> => {
        const page = await first.context().newPage()
        page.on('console', (message) => {
          if (/content.security|trusted/i.test(message.text())) violations.push(message.text())
        })
        page.on('pageerror', (error) => violations.push(error.message))
        await page.goto(`http://localhost:${(pages.address() as AddressInfo).port}/#${signaling()}#${who}`)
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
      expect(violations).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
