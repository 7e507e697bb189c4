import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { type Person, person } from './people'

let pages: PageServer
let server: ServerProcess
let chromium: Browser
let firefox: Browser
const here: Person[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
  ;[chromium, firefox] = await Promise.all([launch('chromium'), launch('firefox')])
})
afterEach(async () => {
  const people = here.splice(0)
  // Good-bye first: a page that only vanishes stays for a while at the server, as another device of the next test's person.
  await Promise.all(people.map((who) => who.close()))
  await Promise.all(people.map((who) => who.page.context().close()))
})
afterAll(async () => {
  await Promise.all([chromium.close(), firefox.close()])
  await server.close()
  await pages.close()
})

const hears = async (who: Person, hz: number): Promise<void> => {
  await expect.poll(async () => Math.abs((await who.hertz('microphone', 300)) - hz), { timeout: 8_000 }).toBeLessThan(25)
}

const open = async (...people: readonly Person[]): Promise<readonly number[]> =>
  (await Promise.all(people.map((who) => who.connections()))).map((count) => count.open)

/** Aki talks with Bob, and Carol, who has the other browser, is there. */
const three = async (): Promise<readonly [Person, Person, Person]> => {
  const [aki, bob, carol] = await Promise.all([
    person(chromium, pages.url, server.url, 'aki'),
    person(chromium, pages.url, server.url, 'bob'),
    person(firefox, pages.url, server.url, 'carol'),
  ])
  here.push(aki, bob, carol)
  await aki.call('bob', { toneHz: 500 })
  await bob.is('ringing')
  await bob.accept({ toneHz: 900 })
  await Promise.all([aki.is('active'), bob.is('active')])
  return [aki, bob, carol]
}

/** They hear each other, and nobody else has a connection; then one hangs up and there is none at all. */
const talkAndPart = async (aki: Person, bob: Person, carol: Person): Promise<void> => {
  await Promise.all([hears(bob, 1_400), hears(carol, 900)])
  await expect.poll(() => open(aki, bob, carol)).toEqual([0, 1, 1])
  const [bobs, carols] = [await bob.calls(), await carol.calls()]
  expect([bobs, carols, await aki.calls()]).toEqual([
    [{ id: carols[0]?.id, state: 'active', with: 'carol' }],
    [{ id: bobs[0]?.id, state: 'active', with: 'bob' }],
    [],
  ])
  await carol.hangUp()
  await expect.poll(() => open(aki, bob, carol)).toEqual([0, 0, 0])
}

describe('a transfer', () => {
  it('blind: the other two talk, with the same tracks, and whoever put them through is out of it', async () => {
    const [aki, bob, carol] = await three()
    const done = aki.transfer('carol')
    await carol.is('ringing')
    await bob.saw('transferred to carol')
    await carol.accept({ toneHz: 1_400 })
    expect(await done).toBe('done')
    expect(await aki.reason()).toEqual({ code: 'call/transferred', by: 'local' })
    await bob.saw('active>ended call/transferred by remote')
    await talkAndPart(aki, bob, carol)
  })

  it('attended: the two are joined without being asked, and both calls of whoever joined them are over', async () => {
    const [aki, bob, carol] = await three()
    await aki.hold()
    await aki.call('carol', { toneHz: 700 })
    await carol.is('ringing')
    await carol.accept({ toneHz: 1_400 })
    await Promise.all([aki.is('active'), carol.is('active')])
    await hears(carol, 700)
    expect(await aki.transferOther()).toBe('done')
    await Promise.all([bob.saw('transferred to carol'), carol.saw('transferred to bob')])
    await Promise.all([bob.is('active'), carol.is('active')])
    expect((await carol.log()).filter((line) => line === 'rang')).toHaveLength(1)
    await talkAndPart(aki, bob, carol)
  })

  it('that is declined, by the app or by the third person, leaves the call as it was', async () => {
    const [aki, bob, carol] = await three()
    const refused = aki.transfer('carol')
    await carol.is('ringing')
    await carol.reject('busy')
    expect(await refused).toMatchObject({ code: 'call/busy' })
    expect(await aki.transfer('nobody')).toMatchObject({ code: 'call/unreachable' })
    await expect.poll(() => bob.calls()).toMatchObject([{ state: 'active', with: 'aki' }])
    await hears(aki, 900)
    expect(await open(aki, bob, carol)).toEqual([1, 1, 0])
    await aki.hangUp()
    await expect.poll(() => open(aki, bob, carol)).toEqual([0, 0, 0])
  })

  it('declined by the app is told with its words', async () => {
    const [aki, bob] = await three()
    await bob.declineTransfers()
    expect(await aki.transfer('carol')).toMatchObject({ code: 'call/transfer-declined', message: expect.stringContaining('not now') })
    expect(await open(aki, bob)).toEqual([1, 1])
  })
})
