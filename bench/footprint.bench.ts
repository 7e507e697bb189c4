import type { CDPSession, Page } from 'playwright'
import { type BrowserPages, startBrowserPages } from './browser-pages'
import { contendersOf } from './contenders'
import { install } from './installed'
import type { FootprintApp } from './pages/footprint-page'
import type { Bench } from './result'
import { interleave, type MetricFacts, metricsOf, type Sample } from './rounds'
import { type BenchServer, type BenchServers, benchServers } from './servers'

type PageWithApp = typeof globalThis & { readonly app: FootprintApp }

/** Pairs that are open at once; each has two ends in the page. */
const PAIRS = 50
/** Opened and closed before anything is measured: code is compiled and lists have grown. */
const WARM_UPS = 10
const CALLS = 500
/** Chromium refuses the 501st connection of a page, and counts those that are closed and not collected. */
const CALLS_AT_ONCE = 100

const FACTS: Readonly<Record<string, MetricFacts>> = {
  'heap-per-connection': {
    unit: 'KiB, used and backing storage', better: 'lower', goal: 'at most 16 for tsunagu, which is a call, and 8 for tsunagu-peer',
  },
  'browser-heap-per-connection': { unit: 'KiB of the browser\'s own objects', better: 'lower' },
  'calls-completed': { unit: `of ${CALLS}, one after the other`, better: 'higher', goal: `${CALLS}`, leftover: true },
  'heap-growth': { unit: `KiB after ${CALLS} calls`, better: 'lower', goal: 'less than 1,000', leftover: true },
  'connection-objects': { unit: `left after ${CALLS} calls`, better: 'lower', goal: '0', leftover: true },
  timers: { unit: `more after ${CALLS} calls`, better: 'lower', goal: '0', leftover: true },
  listeners: { unit: `more after ${CALLS} calls`, better: 'lower', goal: '0', leftover: true },
  'server-objects': { unit: `sessions and calls more in our server after ${CALLS} calls`, better: 'lower', goal: '0', leftover: true },
}

/** What is in a page after all garbage is gone. */
const look = async (page: Page, cdp: CDPSession) => {
  // What is only free once finalizers have run needs another round.
  for (let n = 0; n < 3; n++) {
    await cdp.send('HeapProfiler.collectGarbage')
    await page.waitForTimeout(100)
  }
  // The protocol has the second, its types do not yet.
  const heap = (await cdp.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number; embedderHeapUsedSize?: number }
  const { jsEventListeners } = await cdp.send('Memory.getDOMCounters')
  const { timers } = await page.evaluate(() => (globalThis as PageWithApp).app.left())
  const { usedSize, backingStorageSize = 0, embedderHeapUsedSize = 0 } = heap
  return { bytes: usedSize + backingStorageSize, browserBytes: embedderHeapUsedSize, listeners: jsEventListeners, timers }
}

/** Objects of the browser that nobody has let go of. */
const connectionObjects = async (cdp: CDPSession): Promise<number> => {
  const { result } = await cdp.send('Runtime.evaluate', { expression: 'RTCPeerConnection.prototype' })
  const { objects } = await cdp.send('Runtime.queryObjects', { prototypeObjectId: result.objectId ?? '' })
  const { result: length } = await cdp.send('Runtime.callFunctionOn', {
    objectId: objects.objectId ?? '',
    functionDeclaration: 'function () { return this.length }',
    returnByValue: true,
  })
  await cdp.send('Runtime.releaseObject', { objectId: objects.objectId ?? '' })
  return length.value as number
}

/** What our server holds. */
const serverObjects = async (server: BenchServer): Promise<number> => {
  const { sessions, calls } = (await (await fetch(new URL('/stats', server.url))).json()) as { sessions: number; calls: number }
  return sessions + calls
}

const measure = async (pages: BrowserPages, name: string, servers: BenchServers): Promise<Sample> => {
  const page = await pages.open(`
    import { start } from './bench/pages/footprint-page'
    import { contender } from './bench/contenders/footprint/${name}'
    start(contender)`)
  try {
    const cdp = await page.context().newCDPSession(page)
    const needed = await page.evaluate(() => (globalThis as PageWithApp).app.server)
    const server = needed && (await servers.get(needed))
    const ours = needed === 'tsunagu' ? server : undefined
    const churn = (times: number): Promise<number> => page.evaluate((times) => (globalThis as PageWithApp).app.churn(times), times)
    await page.evaluate((url) => (globalThis as PageWithApp).app.start(url), server?.url ?? '')
    await churn(WARM_UPS)
    const before = await look(page, cdp)
    await page.evaluate((pairs) => (globalThis as PageWithApp).app.keep(pairs), PAIRS)
    const open = await look(page, cdp)
    await page.evaluate(() => (globalThis as PageWithApp).app.drop())
    const rested = await look(page, cdp)
    const servedBefore = ours && (await serverObjects(ours))
    let completed = 0
    while (completed < CALLS) {
      const done = await churn(CALLS_AT_ONCE)
      await cdp.send('HeapProfiler.collectGarbage')
      completed += done
      if (done < CALLS_AT_ONCE) break
    }
    const after = await look(page, cdp)
    return {
      'heap-per-connection': (open.bytes - before.bytes) / 1_024 / (2 * PAIRS),
      'browser-heap-per-connection': (open.browserBytes - before.browserBytes) / 1_024 / (2 * PAIRS),
      'calls-completed': completed,
      'heap-growth': (after.bytes - rested.bytes) / 1_024,
      'connection-objects': await connectionObjects(cdp),
      timers: after.timers - rested.timers,
      listeners: after.listeners - rested.listeners,
      ...(ours && { 'server-objects': (await serverObjects(ours)) - (servedBefore ?? 0) }),
    }
  } finally {
    await page.context().close()
  }
}

/** What a connection takes of the page's heap while it is open, and what is left of many when they are over. */
export const bench: Bench = {
  run: async ({ rounds = 3, only }) => {
    const installation = install()
    const servers = benchServers(installation.folder)
    const pages = await startBrowserPages(installation.folder)
    try {
      const samples = await interleave(contendersOf('footprint', only), { rounds }, (name) => measure(pages, name, servers))
      return { browser: pages.name, runs: rounds, metrics: metricsOf(samples, FACTS) }
    } finally {
      await pages.close()
      await servers.close()
      installation.remove()
    }
  },
}
