import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { LastingPerson } from './lasting-person'

let pages: PageServer
let server: ServerProcess
let browser: Browser
const here: LastingPerson[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/lasting.ts')
  browser = await launch('chromium')
})
afterEach(async () => {
  await Promise.all(here.splice(0).map(({ page }) => page.context().close()))
  await server.close()
})
afterAll(async () => {
  await browser.close()
  await pages.close()
})

const talking = async (): Promise<[LastingPerson, LastingPerson]> => {
  server = await startServer()
  const aki = await LastingPerson.arrive(browser, pages.url, server.url, 'aki')
  const bob = await LastingPerson.arrive(browser, pages.url, server.url, 'bob')
  here.push(aki, bob)
  await aki.call('bob')
  await Promise.all([aki.is('state', 'active'), bob.is('state', 'active')])
  await Promise.all([aki.sees(10), bob.sees(10)])
  return [aki, bob]
}

/** Kills the server, and starts another on its port that knows nothing. */
const restart = async (meanwhile: () => Promise<void>): Promise<void> => {
  const { port } = new URL(server.url)
  await server.close('SIGKILL')
  await meanwhile()
  server = await startServer(['--origin', '*', '--port', port])
}

const online = (people: readonly LastingPerson[]) => Promise.all(people.map((who) => who.is('clientState', 'online', 30_000)))

describe('a server that is killed during a call and started again', () => {
  it('stops no media, has both back by themselves, and a hang-up reaches the other side', async () => {
    const people = await talking()
    const [aki, bob] = people
    await Promise.all(people.map((who) => who.ask('gap')))
    await restart(async () => {
      await Promise.all(people.map((who) => who.is('clientState', 'waiting')))
      await Promise.all(people.map((who) => who.sees(20)))
    })
    await online(people)
    await Promise.all(people.map((who) => who.sees(20)))
    const gaps = await Promise.all(people.map((who) => who.ask('gap')))
    process.stdout.write(`longest time without a frame over the restart: ${gaps.map((gap) => `${Math.round(gap)} ms`).join(', ')}\n`)
    // Nobody's call has moved, so nothing had to be found again.
    expect((await aki.ask('log')).filter((line) => !line.startsWith('client'))).toEqual(['inviting>ringing', 'ringing>connecting', 'connecting>active'])
    expect((await bob.ask('log')).filter((line) => !line.startsWith('client'))).toEqual(['ringing>connecting', 'connecting>active'])
    await aki.ask('hangUp')
    await bob.is('state', 'ended')
    expect(await bob.ask('reason')).toMatchObject({ code: 'call/hung-up', by: 'remote' })
    // And both can go on to call.
    await bob.call('aki')
    await Promise.all(people.map((who) => who.is('state', 'active')))
  })

  it('learns from whoever hung up while it was away that the call is over, and tells the other side', async () => {
    const people = await talking()
    const [aki, bob] = people
    await restart(async () => {
      await bob.ask('hangUp')
    })
    await online(people)
    await aki.is('state', 'ended')
    expect(await aki.ask('reason')).toMatchObject({ code: 'call/hung-up', by: 'remote' })
  })

  it('twice in one call is no more than once', async () => {
    const people = await talking()
    for (let times = 0; times < 2; times++) {
      await restart(() => Promise.resolve())
      await online(people)
    }
    await Promise.all(people.map((who) => who.sees(20)))
    await people[1].ask('hangUp')
    await people[0].is('state', 'ended')
    expect(await people[0].ask('reason')).toMatchObject({ code: 'call/hung-up', by: 'remote' })
  })
})
