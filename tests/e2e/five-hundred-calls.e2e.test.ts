import type { Browser, CDPSession, Page } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SignalingServer } from 'tsunagu-server'
import { ensureBuilt } from '../../scripts/build'
import { launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import type { ManyCallsApp } from './pages/many-calls'

/** Before anything is counted: code is compiled and lists have grown. */
const WARM_UPS = 40
const CALLS = 500
/** Chromium refuses the 501st connection of a page, and closed ones count until they are collected. */
const BETWEEN_COLLECTIONS = 100

interface Side {
  readonly page: Page
  readonly cdp: CDPSession
  run<Name extends keyof ManyCallsApp>(name: Name, ...args: Parameters<ManyCallsApp[Name]>): Promise<Awaited<ReturnType<ManyCallsApp[Name]>>>
}

let browser: Browser
let pages: PageServer
let server: SignalingServer

beforeAll(async () => {
  await ensureBuilt()
  const { createServer } = await import('tsunagu-server')
  server = await createServer({
    port: 0,
    allowedOrigins: ['*'],
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: console.error },
    // Nobody calls that often.
    limits: { framesPerSecond: 1e5, framesBurst: 1e5, bytesPerSecond: 1e8, bytesBurst: 1e8 },
  })
  pages = await servePage('tests/e2e/pages/many-calls.ts')
  browser = await launch('chromium')
})
afterAll(async () => {
  await browser.close()
  await pages.close()
  await server.close()
})

const join = async (name: string): Promise<Side> => {
  const page = await openPage(browser, pages.url)
  const cdp = await page.context().newCDPSession(page)
  const run: Side['run'] = (name, ...args) =>
    page.evaluate(
      ([name, args]) => (globalThis as unknown as { app: Record<string, (...args: unknown[]) => never> }).app[name]?.(...args),
      [name, args as unknown[]] as const,
    ) as Promise<never>
  await run('connect', server.url, name)
  return { page, cdp, run }
}

/** How many objects of a class the page still holds. */
const objectsOf = async (cdp: CDPSession, name: string): Promise<number> => {
  const { result: prototype } = await cdp.send('Runtime.evaluate', { expression: `${name}.prototype` })
  const { objects } = await cdp.send('Runtime.queryObjects', { prototypeObjectId: prototype.objectId ?? '' })
  const { result } = await cdp.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { return this.length }',
    returnByValue: true,
  })
  for (const { objectId } of [prototype, objects]) if (objectId !== undefined) await cdp.send('Runtime.releaseObject', { objectId })
  return result.value as number
}

/** What is in a page when all garbage is gone. */
const leftIn = async ({ cdp, page, run }: Side) => {
  for (let n = 0; n < 3; n++) {
    // What finalizers set free needs another round.
    await cdp.send('HeapProfiler.collectGarbage')
    await page.waitForTimeout(100)
  }
  const heap = (await cdp.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number }
  const { jsEventListeners: listeners } = await cdp.send('Memory.getDOMCounters')
  return {
    counts: {
      listeners,
      connections: await objectsOf(cdp, 'RTCPeerConnection'),
      channels: await objectsOf(cdp, 'RTCDataChannel'),
      calls: await run('running'),
    },
    timers: await run('timers'),
    heapBytes: heap.usedSize + (heap.backingStorageSize ?? 0),
  }
}

/** What the server holds; what it counts up besides only ever grows. */
const leftInServer = () => {
  const { links, sessions, users, calls, watchedIds } = server.stats()
  return { links, sessions, users, calls, watchedIds }
}

it(`leaves nothing of ${CALLS} calls, one after the other, in either page or in the server`, async () => {
  const aki = await join('aki')
  const bob = await join('bob')
  const callMany = async (count: number): Promise<void> => {
    await aki.run('calls', 'bob', count)
    // The last one ends at Bob's side a moment later.
    await expect.poll(() => bob.run('running'), { timeout: 5_000 }).toBe(0)
    for (const { cdp } of [aki, bob]) await cdp.send('HeapProfiler.collectGarbage')
  }
  await callMany(WARM_UPS)
  const before = [await leftIn(aki), await leftIn(bob)]
  const servedBefore = leftInServer()
  for (let done = 0; done < CALLS; done += BETWEEN_COLLECTIONS) await callMany(BETWEEN_COLLECTIONS)
  const after = [await leftIn(aki), await leftIn(bob)]

  const growth = after.map(({ heapBytes }, n) => heapBytes - (before[n]?.heapBytes ?? Number.NaN))
  process.stdout.write(`heap after ${CALLS} calls: ${growth.map((bytes) => `${Math.round(bytes / 1_000)} kB more`).join(', ')}; ${JSON.stringify(after)}\n`)
  expect(after.map(({ counts }) => counts)).toEqual(before.map(({ counts }) => counts))
  // Fewer is right: those of the page's beginning have run out.
  after.forEach(({ timers }, n) => expect(timers).toBeLessThanOrEqual(before[n]?.timers ?? Number.NaN))
  for (const { counts } of after) expect(counts).toMatchObject({ connections: 0, channels: 0, calls: 0 })
  for (const bytes of growth) expect(bytes).toBeLessThan(1_000_000)
  expect(leftInServer()).toEqual(servedBefore)
  expect(servedBefore).toMatchObject({ sessions: 2, calls: 0 })
}, 180_000)
