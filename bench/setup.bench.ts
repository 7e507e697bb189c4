import type { Page } from 'playwright'
import { startBrowserPages } from './browser-pages'
import { contendersOf } from './contenders'
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy'
import { install } from './installed'
import type { SetupApp } from './pages/setup-page'
import type { Bench } from './result'
import { interleave, type MetricFacts, metricsOf, type Sample } from './rounds'
import { benchServers } from './servers'

/** The page's app, as the runner calls it. */
type Remote = { readonly [Name in keyof SetupApp]: SetupApp[Name] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never }

const remote = (page: Page): Remote =>
  new Proxy({} as Remote, {
    get: (_target, name: string) =>
      (...args: unknown[]) =>
        page.evaluate(
          ([name, args]) => (globalThis as unknown as { app: Record<string, (...args: unknown[]) => unknown> }).app[name]?.(...args),
          [name, args] as const,
        ),
  })

const programOf = (name: string): string => `
  import { start } from './bench/pages/setup-page'
  import { contender } from './bench/contenders/setup/${name}'
  start(contender)`

const FACTS: Readonly<Record<string, MetricFacts>> = {
  open: { unit: 'ms from the call', better: 'lower', goal: 'at most 1.10 times raw, behind no peer beyond the spread' },
  'first-frame': { unit: 'ms from the call', better: 'lower', goal: 'at most 1.05 times raw, behind no peer beyond the spread' },
  'first-frame-at-callee': { unit: 'ms from the call', better: 'lower' },
  'answer-to-open': { unit: 'ms at the callee', better: 'lower' },
  'signaling-bytes': { unit: 'bytes, both pages, both ways', better: 'lower' },
  'signaling-messages': { unit: 'messages, both pages, both ways', better: 'lower' },
}

const DELAYED: Readonly<Record<string, MetricFacts>> = {
  ...FACTS,
  'answer-round-trips': {
    unit: 'round trips to the server between answer and open channel, from the difference to a call without delay',
    better: 'lower',
    goal: 'at most 1',
  },
}

/** Two pages that are online and can call each other. */
interface Pair {
  readonly caller: Remote
  readonly callee: Remote
  readonly calleeName: string
  settle(): Promise<void>
}

const measure = async ({ caller, callee, calleeName, settle }: Pair): Promise<Sample> => {
  await Promise.all([caller.prepare(), callee.prepare()])
  await settle()
  await caller.call(calleeName)
  const [atCaller, atCallee] = await Promise.all([caller.saw(), callee.saw()])
  await Promise.all([caller.hangUp(), callee.hangUp()])
  const [one, other] = await Promise.all([caller.over(), callee.over()])
  return {
    open: atCaller.openAt - atCaller.actedAt,
    'first-frame': atCaller.frameAt - atCaller.actedAt,
    // The same clock counts in both pages.
    'first-frame-at-callee': atCallee.frameAt - atCaller.actedAt,
    'answer-to-open': atCallee.openAt - atCallee.actedAt,
    'signaling-bytes': one.bytes + other.bytes,
    'signaling-messages': one.messages + other.messages,
  }
}

/**
 * How long it takes from the call to an open data channel and to the first decoded remote frame, with sound, picture and data
 * between two pages of Chromium, and what signaling carries for it.
 */
export const bench: Bench = {
  run: async ({ rounds = 25, delayMs = 0, only }) => {
    const names = contendersOf('setup', only)
    const installation = install()
    const servers = benchServers(installation.folder)
    const proxies: DelayingProxy[] = []
    // A picture every 17 ms: with the usual 50 the wait for the camera would hide the differences.
    const pages = await startBrowserPages(installation.folder, ['--use-fake-device-for-media-stream=fps=60'])
    const pairOf = async (name: string, delayed: boolean): Promise<Pair> => {
      const [one, other] = [await pages.open(programOf(name)), await pages.open(programOf(name))]
      const [caller, callee] = [remote(one), remote(other)]
      const server = await servers.get(await caller.server())
      const proxy = delayed ? await startDelayingProxy(server.url, delayMs) : undefined
      if (proxy) proxies.push(proxy)
      const { url } = proxy ?? server
      const id = `${name}-${delayed ? 'later' : 'now'}`
      await caller.join(url, `${id}-caller`)
      await callee.join(url, `${id}-callee`)
      // What capturing stirred up settles.
      return { caller, callee, calleeName: `${id}-callee`, settle: () => one.waitForTimeout(200) }
    }
    try {
      const pairs = new Map<string, { readonly now: Pair; readonly later: Pair | undefined }>()
      for (const name of names)
        pairs.set(name, { now: await pairOf(name, false), later: delayMs > 0 ? await pairOf(name, true) : undefined })
      const samples = await interleave(names, { rounds, warmUps: 3 }, async (name) => {
        const { now, later } = pairs.get(name) ?? {}
        if (!now) throw new Error(`no pages for ${name}`)
        const sample = await measure(now)
        if (!later) return sample
        const delayed = await measure(later)
        const extraMs = (delayed['answer-to-open'] ?? Number.NaN) - (sample['answer-to-open'] ?? Number.NaN)
        return { ...delayed, 'answer-round-trips': extraMs / (2 * delayMs) }
      })
      return {
        ...(delayMs > 0 && { name: `setup-delay-${delayMs}` }),
        browser: pages.name,
        runs: rounds,
        metrics: metricsOf(samples, delayMs > 0 ? DELAYED : FACTS),
      }
    } finally {
      await pages.close()
      for (const proxy of proxies) await proxy.close()
      await servers.close()
      installation.remove()
    }
  },
}
