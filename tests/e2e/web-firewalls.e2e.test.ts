import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type OwnServer, startOwnServer } from '../setup/own-server'
import { type PageServer, servePage } from '../setup/page-server'
import { startWebProxy, type WebProxy, type WebRules } from '../setup/web-proxy'
import { type SignalingPerson, signalingPerson } from './signaling-person'

const ONLINE_MS = 10_000

let pages: PageServer
let server: OwnServer
let proxy: WebProxy | undefined
const browsers: Browser[] = []
const people: SignalingPerson[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/signaling.ts')
  server = await startOwnServer()
  for (const name of ['chromium', 'firefox'] as const) {
    const browser = await launch(name)
    browsers.push(browser)
    people.push(await signalingPerson(browser, pages.url))
  }
})
afterEach(() => proxy?.close())
afterAll(async () => {
  await Promise.all(browsers.map((one) => one.close()))
  await server.close()
  await pages.close()
})

const networks: readonly (readonly [string, Partial<WebRules>, string])[] = [
  ['lets everything through', {}, 'websocket'],
  ['refuses an Upgrade', { upgrades: 'refuse' }, 'sse'],
  ['answers an Upgrade with 400', { upgrades: 'bad-request' }, 'sse'],
  ['drops the Upgrade header', { upgrades: 'strip' }, 'sse'],
  ['takes an Upgrade and swallows what follows', { upgrades: 'swallow' }, 'sse'],
  ['refuses an Upgrade and keeps event streams back', { upgrades: 'refuse', answers: 'buffer' }, 'long-polling'],
]

describe('fallback, behind a proxy that', () => {
  it.each(networks)('%s (%o), is online over %s within 10 s, and a call works', async (_name, rules, door) => {
    proxy = await startWebProxy(server.url, rules)
    const { url } = proxy
    const before = await server.stats()
    const [aki, bob] = people as [SignalingPerson, SignalingPerson]
    const took = await Promise.all([aki.connect(url, 'aki', 'fallback'), bob.connect(url, 'bob', 'fallback')])
    process.stdout.write(`${door}: online after ${took.map((ms) => (typeof ms === 'number' ? `${Math.round(ms)} ms` : ms)).join(' and ')}\n`)
    for (const ms of took) expect(ms).toBeLessThan(ONLINE_MS)
    const { doors } = await server.stats()
    const open = Object.entries(doors).flatMap(([name, { links }]) => (links > 0 ? [name] : []))
    expect(open).toContain(door)
    await aki.call('bob')
    expect(await Promise.all([aki.sensed(), bob.sensed()])).toEqual(['active', 'active'])
    await bob.hangUp()
    expect(await aki.ended()).toBe('call/hung-up')
    const { doors: after } = await server.stats()
    const busiest = Object.entries(after)
      .map(([name, { received }]) => [name, received - (before.doors[name as keyof typeof after]?.received ?? 0)] as const)
      .sort(([, a], [, b]) => b - a)[0]
    expect(busiest?.[0]).toBe(door)
    await Promise.all([aki.close(), bob.close()])
  })
})
