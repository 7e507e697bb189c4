import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type HoldingProxy, startHoldingProxy } from '../setup/holding-proxy'
import { launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import type { FlightsApp } from './pages/flights'

/** One person: a page that hears the server through a proxy of its own. */
interface Side {
  readonly page: Page
  readonly proxy: HoldingProxy
  run<Name extends keyof FlightsApp>(name: Name, ...args: Parameters<FlightsApp[Name]>): Promise<Awaited<ReturnType<FlightsApp[Name]>>>
}

let pages: PageServer
let server: ServerProcess
let browser: Browser
const sides: Side[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/flights.ts')
  server = await startServer()
  browser = await launch('chromium')
})
afterEach(async () => {
  for (const { page, proxy } of sides.splice(0)) {
    await page.context().close()
    await proxy.close()
  }
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await pages.close()
})

const join = async (name: string, atOnce: boolean): Promise<Side> => {
  const proxy = await startHoldingProxy(server.url)
  const page = await openPage(browser, pages.url)
  const run: Side['run'] = (name, ...args) =>
    page.evaluate(
      ([name, args]) => (globalThis as unknown as { app: Record<string, (...args: unknown[]) => never> }).app[name]?.(...args),
      [name, args as unknown[]] as const,
    ) as Promise<never>
  const side = { page, proxy, run }
  sides.push(side)
  await run('connect', proxy.url, name, atOnce)
  return side
}

const eventually = (look: () => Promise<unknown>): ReturnType<typeof expect.poll> => expect.poll(look, { timeout: 10_000, interval: 10 })

/** Everything that `from` has to say so far has reached `to`, its candidates included. */
const allFrom = async (from: Side, to: Side, toName: string): Promise<void> => {
  await eventually(() => from.run('gathered')).toBe(true)
  await from.run('send', toName, 'all')
  await eventually(() => to.run('heard')).toEqual(['all'])
}

const bothOpen = async (caller: Side, callee: Side): Promise<void> => {
  for (const side of [callee, caller]) await eventually(() => side.run('channels')).toEqual(['open'])
  for (const side of [callee, caller]) expect(await side.run('state')).toEqual(['active'])
}

/** With signaling slow by d each way, a flight from one person to the other takes two of them: as long as one round trip to the server. */
describe('what a call needs of signaling until its data channel is open', () => {
  it('is one flight from accept(): the callee hears nothing more, neither from the caller nor from the server', async () => {
    const aki = await join('aki', false)
    const bob = await join('bob', false)
    await aki.run('call', 'bob')
    await allFrom(aki, bob, 'bob')
    bob.proxy.hold()
    await bob.run('accept')
    await bothOpen(aki, bob)
  })

  it('is one flight there and one back where the callee accepts at once', async () => {
    const aki = await join('aki', false)
    const bob = await join('bob', true)
    aki.proxy.hold()
    await aki.run('call', 'bob')
    await allFrom(aki, bob, 'bob')
    await eventually(() => bob.run('gathered')).toBe(true)
    // Bob has answered all there is. From here on nothing reaches him, so that nothing he says is said to an answer.
    bob.proxy.hold()
    expect(await aki.run('channels')).toEqual(['connecting'])
    aki.proxy.release()
    await bothOpen(aki, bob)
  })
})
