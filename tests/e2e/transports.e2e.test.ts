import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch } from '../setup/launch'
import { NETWORK_TRANSPORTS } from '../setup/network-transports'
import { type OwnServer, startOwnServer } from '../setup/own-server'
import { type PageServer, servePage } from '../setup/page-server'
import { type SignalingPerson, signalingPerson } from './signaling-person'

/** What a browser is seen to ask for over each transport, and nothing else; preflights aside. */
const WIRES: Readonly<Record<string, RegExp>> = {
  websocket: /^websocket \/signal$/,
  sse: /^POST \/signal text\/event-stream$/,
  'long-polling': /^POST \/signal application\/json$/,
  'socket-io': /^websocket \/signal\/socket\.io\/$/,
}

const pairs = [
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
] as const

let pages: PageServer
let server: OwnServer
const browsers = new Map<BrowserName, Browser>()
const people: { readonly [Name in BrowserName]: SignalingPerson[] } = { chromium: [], firefox: [] }

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/signaling.ts')
  server = await startOwnServer({ doors: ['websocket', 'sse', 'long-polling', 'socket-io'] })
  for (const name of ['chromium', 'firefox'] as const) {
    const browser = await launch(name)
    browsers.set(name, browser)
    people[name].push(await signalingPerson(browser, pages.url), await signalingPerson(browser, pages.url))
  }
})
afterAll(async () => {
  await Promise.all([...browsers.values()].map((one) => one.close()))
  await server.close()
  await pages.close()
})

/** The doors through which frames came since the numbers of before. */
const doorsUsed = async (before: Awaited<ReturnType<OwnServer['stats']>>): Promise<readonly string[]> => {
  const { doors } = await server.stats()
  return Object.entries(doors).flatMap(([name, { received }]) =>
    received > (before.doors[name as keyof typeof doors]?.received ?? 0) ? [name] : [],
  )
}

describe.each(Object.keys(NETWORK_TRANSPORTS))('over %s', (transport) => {
  it.each(pairs)('%s calls %s, both see and hear each other, and nothing goes another way', async (from, to) => {
    const [aki, bob] = [people[from][0], people[to][1]]
    if (!aki || !bob) throw new Error('nobody is there')
    // What was said last in the call before has arrived.
    await expect.poll(() => server.stats(), { timeout: 15_000 }).toMatchObject({ sessions: 0, links: 0 })
    const before = await server.stats()
    aki.wires()
    bob.wires()
    for (const took of await Promise.all([aki.connect(server.url, 'aki', transport), bob.connect(server.url, 'bob', transport)]))
      expect(took).toBeTypeOf('number')
    await aki.call('bob')
    expect(await Promise.all([aki.sensed(), bob.sensed()])).toEqual(['active', 'active'])
    await aki.hangUp()
    expect(await bob.ended()).toBe('call/hung-up')
    await Promise.all([aki.close(), bob.close()])
    // Seen from the server, and from the browsers.
    expect(await doorsUsed(before)).toEqual([transport])
    for (const wires of [aki.wires(), bob.wires()].map((all) => all.filter((wire) => !wire.startsWith('OPTIONS')))) {
      expect(wires.length).toBeGreaterThan(0)
      for (const wire of wires) expect(wire).toMatch(WIRES[transport] ?? /^$/)
    }
  })
})
