import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type CuttingProxy, startCuttingProxy } from '../tests/setup/cutting-proxy'
import { startBrowserPages } from './browser-pages'
import { contendersOf } from './contenders'
import { install } from './installed'
import type { ReconnectContender, ReconnectContext, ReconnectLine } from './reconnect-contender'
import type { Bench } from './result'
import { interleave, type MetricFacts, metricsOf, type Sample } from './rounds'
import { benchServers } from './servers'

const MESSAGES = 200
const PACE_MS = 12
/** The message after which the connection is cut. */
const CUT_AT = 20
/** A link that lived for 10 s is opened again at once by whoever treats young links with more patience. */
const LIVED_MS = 10_500
/** Whoever has not delivered again by then never will. */
const GIVE_UP_MS = 12_000
/** Nothing more is coming. */
const QUIET_MS = 2_500

const FACTS: Readonly<Record<string, MetricFacts>> = {
  back: { unit: 'ms from the cut to the next message; who is missing never delivered again', better: 'lower' },
  lost: { unit: `messages of ${MESSAGES}`, better: 'lower', goal: '0', leftover: true },
  twice: { unit: `messages of ${MESSAGES}`, better: 'lower', goal: '0', leftover: true },
}

/** A line, with what arrived over it. */
interface Running {
  readonly line: ReconnectLine
  readonly proxy: () => CuttingProxy | undefined
  readonly heard: { readonly n: number; readonly at: number }[]
}

const measure = async ({ line, proxy, heard }: Running): Promise<Sample> => {
  const start = performance.now()
  let cutAt = Number.POSITIVE_INFINITY
  for (let n = 0; n < MESSAGES; n++) {
    line.send(n)
    if (n === CUT_AT) cutAt = (await proxy()?.cut('idle')) ?? cutAt
    await pause(Math.max(0, start + (n + 1) * PACE_MS - performance.now()))
  }
  // Those sent before may have passed the proxy before the cut, and are no sign of life.
  const back = (): number | undefined => heard.find(({ n }) => n > CUT_AT)?.at
  const distinct = (): number => new Set(heard.map(({ n }) => n)).size
  while (distinct() < MESSAGES) {
    const now = performance.now()
    if (now > cutAt + GIVE_UP_MS || (back() !== undefined && now > (heard.at(-1)?.at ?? 0) + QUIET_MS)) break
    await pause(20)
  }
  const backAt = back()
  return {
    ...(backAt !== undefined && { back: backAt - cutAt }),
    lost: MESSAGES - distinct(),
    twice: heard.length - distinct(),
  }
}

/** How soon messages flow again after the server's end of the TCP connection was cut, and how many never arrive. */
export const bench: Bench = {
  run: async ({ rounds = 7, only }) => {
    const names = contendersOf('reconnect', only)
    const installation = install()
    const servers = benchServers(installation.folder)
    const pages = await startBrowserPages(installation.folder)
    const open = async (name: string): Promise<Running> => {
      const { contender } = (await import(`./contenders/reconnect/${name}`)) as { contender: ReconnectContender }
      const heard: Running['heard'] = []
      let proxy: CuttingProxy | undefined
      const context: ReconnectContext = {
        pages,
        load: (module) => import(pathToFileURL(join(installation.folder, 'node_modules/tsunagu/dist', module)).href),
        server: servers.get,
        cuttable: async (url) => {
          const through = new URL(url)
          proxy = await startCuttingProxy(Number(through.port))
          through.port = String(proxy.port)
          return through.href
        },
        heard: (n) => void heard.push({ n, at: performance.now() }),
      }
      return { line: await contender(context), proxy: () => proxy, heard }
    }
    const lines = new Map<string, Running>()
    try {
      const samples = await interleave(names, { rounds }, async (name) => {
        if (lines.size === 0) {
          for (const each of names) lines.set(each, await open(each))
          await pause(LIVED_MS)
        }
        const running = lines.get(name)
        if (!running) throw new Error(`no line of ${name}`)
        const sample = await measure(running)
        lines.delete(name)
        await running.line.close()
        await running.proxy()?.close()
        return sample
      })
      return { browser: pages.name, runs: rounds, metrics: metricsOf(samples, FACTS) }
    } finally {
      await pages.close()
      await servers.close()
      installation.remove()
    }
  },
}
