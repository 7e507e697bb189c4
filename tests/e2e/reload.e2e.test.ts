import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { LastingPerson } from './lasting-person'

let pages: PageServer
let server: ServerProcess

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/lasting.ts')
  server = await startServer()
})
afterAll(async () => {
  await server.close()
  await pages.close()
})

describe.each<BrowserName>(['chromium', 'firefox'])('a page that is loaded again inside a call, in %s', (name) => {
  let browser: Browser
  const here: LastingPerson[] = []
  beforeAll(async () => {
    browser = await launch(name)
  })
  afterEach(async () => {
    await Promise.all(here.splice(0).map(({ page }) => page.context().close()))
  })
  afterAll(() => browser.close())

  const talking = async (caller: string, callee: string): Promise<[LastingPerson, LastingPerson]> => {
    const one = await LastingPerson.arrive(browser, pages.url, server.url, caller, true)
    const other = await LastingPerson.arrive(browser, pages.url, server.url, callee, true)
    here.push(one, other)
    await one.call(callee)
    await Promise.all([one.is('state', 'active'), other.is('state', 'active')])
    await Promise.all([one.sees(10), other.sees(10)])
    return [one, other]
  }

  it.each(['caller', 'callee'])('keeps the call, as the %s: both see each other again, and a hang-up reaches the other side', async (who) => {
    const people = await talking(`aki-${name}-${who}`, `bob-${name}-${who}`)
    const [reloads, stays] = who === 'caller' ? people : [people[1], people[0]]
    await reloads.page.reload()
    await reloads.connect()
    await Promise.all(people.map((person) => person.is('state', 'active')))
    await Promise.all(people.map((person) => person.sees(10)))
    expect(await reloads.ask('log')).toContain('reclaimed reconnecting')
    expect((await stays.ask('log')).join()).not.toContain('ended')
    await reloads.ask('hangUp')
    await stays.is('state', 'ended')
    expect(await stays.ask('reason')).toMatchObject({ code: 'call/hung-up', by: 'remote' })
  })

  it('keeps it again and again', async () => {
    const [aki, bob] = await talking(`aki-${name}-again`, `bob-${name}-again`)
    for (let times = 0; times < 3; times++) {
      await bob.page.reload()
      await bob.connect()
      await Promise.all([aki.is('state', 'active'), bob.is('state', 'active')])
      await Promise.all([aki.sees(5), bob.sees(5)])
    }
  })

  it('is not robbed of it by a tab that was duplicated', async () => {
    const [aki, bob] = await talking(`aki-${name}-twice`, `bob-${name}-twice`)
    // A duplicate begins with a copy of the storage; so does a window that the page opens (HTML, 7.2.2.1).
    const [duplicate] = await Promise.all([
      bob.page.context().waitForEvent('page'),
      bob.page.evaluate(() => void globalThis.open(location.href)),
    ])
    await duplicate.waitForLoadState()
    expect(await duplicate.evaluate(() => Object.keys(sessionStorage))).toHaveLength(1)
    await bob.connect(duplicate)
    await Promise.all([aki.sees(5), bob.sees(5)])
    expect(await bob.ask('state')).toBe('active')
    expect(await duplicate.evaluate(() => (globalThis as unknown as { app: { log(): string[] } }).app.log())).not.toContain('reclaimed reconnecting')
  })
})
