import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { crash, endBrowsers, pageProcesses } from '../setup/crash'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import type { CrashApp } from './pages/crash'

const BUDGET_MS = 3_000

let pages: PageServer
let server: ServerProcess
const running: Browser[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/crash.ts')
  server = await startServer()
})
afterEach(async () => {
  await endBrowsers(running.splice(0))
})
afterAll(async () => {
  await server.close()
  await pages.close()
})

const ask = <Name extends 'state' | 'frames' | 'log'>(page: Page, name: Name): Promise<ReturnType<CrashApp[Name]>> =>
  page.evaluate((name) => (globalThis as unknown as { app: CrashApp }).app[name]() as never, name)

/** Somebody in a browser of their own, so that one crash takes nobody along. */
const arrive = async (browserName: BrowserName, name: string, keeps: boolean) => {
  const browser = await launch(browserName)
  running.push(browser)
  const page = await openPage(browser, pages.url)
  await page.evaluate(
    ([url, name, budget, keeps]) => (globalThis as unknown as { app: CrashApp }).app.connect(url, name, budget, keeps),
    [server.url, name, BUDGET_MS, keeps] as const,
  )
  return { browser, page }
}

/** Brings two people into a call and kills the page of the one who was called; gives what the other one's call went through then. */
const killed = async (stays: BrowserName, dies: BrowserName, keeps: boolean) => {
  const names = ['aki', 'bob'].map((name) => `${name}.${stays}.${dies}.${keeps}`) as [string, string]
  const aki = await arrive(stays, names[0], false)
  const bob = await arrive(dies, names[1], keeps)
  await aki.page.evaluate((to) => (globalThis as unknown as { app: CrashApp }).app.call(to), names[1])
  for (const { page } of [aki, bob]) await expect.poll(() => ask(page, 'frames'), { timeout: 20_000 }).toBeGreaterThan(10)
  const before = (await ask(aki.page, 'log')).length
  const victims = await pageProcesses(bob.browser)
  expect(victims.length).toBeGreaterThan(0)
  const killedAt = crash(victims)
  await expect.poll(() => ask(aki.page, 'state'), { timeout: 30_000, interval: 50 }).toBe('ended')
  const log = (await ask(aki.page, 'log')).slice(before).map(({ at, ...move }) => ({ ...move, afterMs: at - killedAt }))
  process.stdout.write(`${dies} killed: ${log.map(({ to, afterMs }) => `${to} after ${afterMs} ms`).join(', ')}\n`)
  return log
}

describe.each([
  ['chromium', 'chromium', false],
  ['firefox', 'chromium', false],
  ['chromium', 'firefox', true],
  ['chromium', 'firefox', false],
] as const)('a call of somebody in %s with somebody in %s (who may come back: %s), whose page is killed', (stays, dies, keeps) => {
  it('is reconnecting within 6 s, and over when nobody came back', async () => {
    const log = await killed(stays, dies, keeps)
    const [lost, over] = log
    expect(log.map(({ to, code }) => [to, code])).toEqual([['reconnecting', undefined], ['ended', 'call/lost']])
    expect(lost?.afterMs).toBeLessThan(6_000)
    expect((over?.afterMs ?? 0) - (lost?.afterMs ?? 0)).toBeGreaterThanOrEqual(BUDGET_MS - 50)
  })
})
