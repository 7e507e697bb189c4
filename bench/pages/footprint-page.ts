// Runs in the page: opens connections and leaves the looking to the runner.
import { countTimers, uncounted } from '../../tests/setup/running-timers'
import type { Close, FootprintContender } from './footprint-contender'

/** Chromium 156 keeps many a connection for ever that is closed sooner after its channel opened, whoever made it. */
const LIFE_MS = 150

const { after } = uncounted

let refuse = (): void => undefined
/** Settles when the browser makes no more connections: some libraries throw then, others say nothing. */
const refused = new Promise<void>((resolve) => (refuse = resolve))

/** How many connections were made and are not closed. */
let connections: WeakRef<RTCPeerConnection>[] = []

let timers: ReadonlySet<unknown>

/** Counts what libraries leave running. */
const count = (): void => {
  timers = countTimers()
  Object.assign(globalThis, {
    RTCPeerConnection: new Proxy(RTCPeerConnection, {
      construct: (native, args: [RTCConfiguration?]) => {
        try {
          const made = new native(...args)
          connections.push(new WeakRef(made))
          return made
        } catch (error) {
          refuse()
          throw error
        }
      },
    }),
  })
}

const app = (contender: FootprintContender) => {
  let open: () => Promise<Close>
  let kept: Close[] = []
  return {
    server: contender.server,
    async start(url: string): Promise<void> {
      open = await contender.start(url)
    },
    /** Opens so many and keeps them. */
    async keep(pairs: number): Promise<void> {
      for (let n = 0; n < pairs; n++) kept.push(await open())
    },
    async drop(): Promise<void> {
      for (const close of kept) await close()
      kept = []
    },
    /** Opens and closes so many; says how many there were before the browser refused one. */
    async churn(times: number): Promise<number> {
      const living: { readonly close: Close; readonly openedAt: number }[] = []
      const end = async (youngest: number): Promise<void> => {
        for (let oldest = living[0]; oldest && oldest.openedAt <= youngest; oldest = living[0]) {
          living.shift()
          await oldest.close()
        }
      }
      for (let n = 0; n < times; n++) {
        const close = await Promise.race([refused, open().catch((error: unknown) => Promise.race([refused, Promise.reject(error as Error)]))])
        if (!close) return n
        living.push({ close, openedAt: performance.now() })
        await end(performance.now() - LIFE_MS)
      }
      await new Promise((resolve) => after(() => resolve(undefined), LIFE_MS))
      await end(performance.now())
      return times
    },
    left(): { timers: number; connections: number } {
      connections = connections.filter((one) => (one.deref()?.signalingState ?? 'closed') !== 'closed')
      return { timers: timers.size, connections: connections.length }
    },
  }
}

/** What the runner calls in the page. */
export type FootprintApp = ReturnType<typeof app>

/** Hands the page over to the runner. */
export const start = (contender: FootprintContender): void => {
  count()
  Object.assign(globalThis, { app: app(contender) })
}
