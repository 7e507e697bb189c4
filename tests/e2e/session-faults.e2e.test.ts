import { beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { WebSocket } from 'ws'
import { fallback } from '../../adapters/fallback'
import { longPolling } from '../../adapters/long-polling'
import { socketIo } from '../../adapters/socket-io'
import { sse } from '../../adapters/sse'
import { webSocket } from '../../adapters/websocket'
import { ensureBuilt } from '../../scripts/build'
import { Client } from '../../src/client'
import type { SignalingTransport } from '../../src/signaling/transport'
import { launch } from '../setup/launch'
import { type Fault, type FaultProxy, startFaultProxy } from '../setup/fault-proxy'
import { type OwnServer, startOwnServer } from '../setup/own-server'
import { servePage } from '../setup/page-server'
import { startWebProxy, type WebProxy } from '../setup/web-proxy'
import { signalingPerson } from './signaling-person'

/** What happens to the connections, or to the server, which SIGSTOP stops for a while. */
type Mishap = Fault | 'freeze'

const OFTEN: Readonly<Record<Mishap, number>> = { fin: 18, rst: 17, drop: 6, freeze: 9 }
const TIMES = Object.values(OFTEN).reduce((sum, count) => sum + count)
const MESSAGES = 1_000
const PER_MISHAP = MESSAGES / TIMES

/** Silence is noticed by pings that stay away: twice this, and once more for an answer. */
const PING_MS = 400
/** The longest that the server stands still: half of the times, about, it is missed. */
const FREEZE_MS = 4 * PING_MS
/** How long an HTTP client waits for an answer to its greeting before it looks for another connection than one that was dropped. */
const openTimeoutMs = 500

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const upTo = (ms: number): number => Math.random() * ms
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** One end of the conversation: says numbers, and keeps what it hears. */
class Speaker {
  readonly client: Client
  readonly heard: unknown[] = []
  readonly delivered: Promise<void>[] = []
  /** What each loss of its link was put down to. */
  readonly losses: string[] = []
  #next = 0
  #awaited: { readonly count: number; readonly done: () => void } | undefined

  constructor(signaling: SignalingTransport, token: string) {
    // Back soon, also where a link lived for a moment only: what is looked for is what gets lost on the way.
    const reconnect = { stableAfterMs: 0, firstDelayMs: 50, maxDelayMs: 200 }
    this.client = new Client({ signaling, token, reconnect, logger: silent })
    this.client.on('messageReceived', ({ data }) => {
      this.heard.push(data)
      if (this.heard.length === this.#awaited?.count) this.#awaited.done()
    })
    this.client.on('stateChanged', ({ from, to, error }) => {
      if (from === 'online' && to === 'waiting') this.losses.push(error?.code ?? '')
    })
  }

  /** Resolves once so many messages were heard. */
  async hears(count: number): Promise<void> {
    if (this.heard.length < count) await new Promise<void>((done) => (this.#awaited = { count, done }))
  }

  async say(to: string, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.delivered.push(this.client.send(to, this.#next++))
      await pause(upTo(8))
    }
  }
}

/** A server process, proxies in front of it, and two clients that talk through them: one for each transport. */
interface World {
  readonly server: OwnServer
  readonly faults: FaultProxy
  readonly web: WebProxy
  readonly alice: Speaker
  readonly bob: Speaker
}

const startWorld = async ({ onTestFinished }: TestContext, transport: (url: string) => SignalingTransport): Promise<World> => {
  const server = await startOwnServer({ pingMs: PING_MS, pongMs: PING_MS, doors: ['websocket', 'sse', 'long-polling', 'socket-io'] })
  onTestFinished(() => server.close())
  const web = await startWebProxy(server.url)
  onTestFinished(() => web.close())
  const faults = await startFaultProxy(web.port)
  onTestFinished(() => faults.close())
  const url = `http://127.0.0.1:${faults.port}/signal`
  const [alice, bob] = [new Speaker(transport(url), 'alice'), new Speaker(transport(url), 'bob')]
  onTestFinished(async () => void (await Promise.all([alice.client.close(), bob.client.close()])))
  await Promise.all([alice.client.connect(), bob.client.connect()])
  return { server, faults, web, alice, bob }
}

/** Lets mishaps befall the world while both talk, each at some point of some twenty messages each way. */
const befall = async (world: World, before: (n: number) => void = () => undefined): Promise<void> => {
  const { server, faults, alice, bob } = world
  const mishaps = (Object.keys(OFTEN) as Mishap[]).flatMap((mishap) => Array.from({ length: OFTEN[mishap] }, () => mishap))
  for (const [n, mishap] of mishaps.sort(() => Math.random() - 0.5).entries()) {
    before(n)
    const talking = Promise.all([alice.say('bob', PER_MISHAP), bob.say('alice', PER_MISHAP)])
    await pause(upTo(PER_MISHAP * 4))
    if (mishap === 'freeze') await server.freeze(upTo(FREEZE_MS))
    // It may come between two connections, and is to meet one.
    else while (faults.break(mishap) === 0) await pause(1)
    await talking
    // All of it is heard before the next one: a mishap is to meet a link that brings something.
    await Promise.all([alice, bob].map((each) => each.hears((n + 1) * PER_MISHAP)))
  }
  await Promise.all([...alice.delivered, ...bob.delivered])
}

/** Every message once and in order, and the sessions are those of the beginning. */
const check = async ({ expect }: TestContext, { server, alice, bob }: World): Promise<string> => {
  const wanted = Array.from({ length: MESSAGES }, (_, n) => n)
  expect(alice.heard).toEqual(wanted)
  expect(bob.heard).toEqual(wanted)
  const losses = [...alice.losses, ...bob.losses]
  // Cuts are told, dropped links are missed.
  expect(losses.length).toBeGreaterThan(2 * (OFTEN.fin + OFTEN.rst))
  expect(losses.filter((code) => code === 'signaling/timeout').length).toBeGreaterThan(0)
  await expect.poll(() => server.stats(), { timeout: 10_000 }).toMatchObject({ sessions: 2, links: 2 })
  return `${losses.length} links lost`
}

/** The doors through which any frame came. */
const doorsUsed = async ({ server }: World): Promise<readonly string[]> => {
  const { doors } = await server.stats()
  return Object.entries(doors).flatMap(([door, { received }]) => (received > 0 ? [door] : []))
}

const TRANSPORTS: Readonly<Record<string, (url: string) => SignalingTransport>> = {
  websocket: (url) => webSocket({ url, WebSocket }),
  sse: (url) => sse({ url, openTimeoutMs }),
  'long-polling': (url) => longPolling({ url, openTimeoutMs }),
  'socket-io': (url) => socketIo({ url }),
}

// Building takes the time of no test.
beforeAll(() => ensureBuilt(), 300_000)

// All at once: each mostly waits for something. On an idle machine it takes half a minute, on one with much else to do several times that.
describe.concurrent(`a session delivers ${MESSAGES} messages each way, once and in order, through ${TIMES} mishaps`, { timeout: 300_000 }, () => {
  it.for(Object.entries(TRANSPORTS))('over %s', async ([name, transport], context) => {
    const world = await startWorld(context, transport)
    await befall(world)
    const told = await check(context, world)
    expect(await doorsUsed(world)).toEqual([name])
    process.stdout.write(`${name}: ${told}\n`)
  })

  it('from websocket to sse to long polling, as a network lets less and less through', async (context) => {
    const world = await startWorld(context, (url) =>
      fallback([webSocket({ url, WebSocket }), sse({ url, openTimeoutMs }), longPolling({ url, openTimeoutMs })], { tryMs: 1_500 }),
    )
    await befall(world, (n) => {
      if (n === Math.floor(TIMES / 3)) world.web.rules.upgrades = 'refuse'
      if (n === Math.floor(TIMES / 1.5)) world.web.rules.answers = 'buffer'
    })
    const told = await check(context, world)
    expect(await doorsUsed(world)).toEqual(['websocket', 'sse', 'long-polling'])
    process.stdout.write(`fallback: ${told}\n`)
  })
})

describe('in a browser', { timeout: 120_000 }, () => {
  it('a session delivers every message once and in order through cuts, silence, a stopped server and a change of transport', async ({ onTestFinished }) => {
    const count = 200
    const server = await startOwnServer({ pingMs: PING_MS, pongMs: PING_MS })
    onTestFinished(() => server.close())
    const web = await startWebProxy(server.url)
    onTestFinished(() => web.close())
    const faults = await startFaultProxy(web.port)
    onTestFinished(() => faults.close())
    const pages = await servePage('tests/e2e/pages/signaling.ts')
    onTestFinished(() => pages.close())
    const browser = await launch('chromium')
    onTestFinished(() => browser.close())
    const [alice, bob] = [await signalingPerson(browser, pages.url), await signalingPerson(browser, pages.url)]
    for (const [who, name] of [[alice, 'alice'], [bob, 'bob']] as const)
      expect(await who.connect(`http://127.0.0.1:${faults.port}/signal`, name, 'fallback')).toBeTypeOf('number')

    const talking = Promise.all([alice.say('bob', count, 6_000), bob.say('alice', count, 6_000)])
    for (const mishap of ['fin', 'rst', 'drop', 'freeze', 'rst', 'drop', 'fin', 'freeze'] as const) {
      await pause(upTo(600))
      if (mishap === 'freeze') await server.freeze(upTo(FREEZE_MS))
      else faults.break(mishap)
      if (mishap === 'freeze') web.rules.upgrades = 'refuse'
    }
    await talking
    const wanted = Array.from({ length: count }, (_, n) => n)
    await expect.poll(() => alice.heard(), { timeout: 30_000 }).toEqual(wanted)
    await expect.poll(() => bob.heard(), { timeout: 30_000 }).toEqual(wanted)
    const { sessions, doors } = await server.stats()
    expect(sessions).toBe(2)
    for (const door of ['websocket', 'sse'] as const) expect(doors[door]?.received, door).toBeGreaterThan(0)
  })
})
