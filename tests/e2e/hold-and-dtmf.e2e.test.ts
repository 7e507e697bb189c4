import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { type Person, person } from './people'

let pages: PageServer
let server: ServerProcess
let chromium: Browser
let firefox: Browser
let aki: Person
let bob: Person

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
  ;[chromium, firefox] = await Promise.all([launch('chromium', { toneHz: 500 }), launch('firefox')])
  aki = await person(chromium, pages.url, server.url, 'aki')
  bob = await person(firefox, pages.url, server.url, 'bob')
})
afterAll(async () => {
  await Promise.all([chromium.close(), firefox.close()])
  await server.close()
  await pages.close()
})

const hears = async (who: Person, hz: number): Promise<void> => {
  await expect.poll(async () => Math.abs((await who.hertz('microphone', 300)) - hz), { timeout: 8_000 }).toBeLessThan(25)
}

/** Not one packet of media goes out any more, within 2 s, for half a second. */
const sendsNothing = async (who: Person): Promise<void> => {
  let before = await who.packetsSent()
  await expect
    .poll(
      async () => {
        const now = await who.packetsSent()
        const more = now - before
        before = now
        return more
      },
      { timeout: 2_000, interval: 500 },
    )
    .toBe(0)
}

const both = (): readonly Person[] => [aki, bob]

/** From one moment: pictures on both sides within 2 s, and then the right tones. */
const flows = async (): Promise<void> => {
  const counts = await Promise.all(both().map((who) => who.frames('camera', 2_000, 5)))
  expect(counts, 'new pictures within 2 s').toEqual([5, 5])
  await Promise.all([hears(aki, 1_400), hears(bob, 500)])
}

describe('a call between Chromium and Firefox', () => {
  it('held in Chromium carries no packet either way, and flows again within 2 s', async () => {
    await aki.call('bob', { audio: true, video: true })
    await bob.is('ringing')
    await bob.accept({ audio: true, video: true, toneHz: 1_400 })
    await Promise.all([aki.is('active'), bob.is('active')])
    await flows()
    expect(await aki.hold()).toBe('done')
    await Promise.all([aki.saw('held true false'), bob.saw('held false true')])
    await Promise.all(both().map(sendsNothing))
    await Promise.all([aki.saw('muted camera'), bob.saw('muted camera'), bob.saw('muted microphone')])
    expect((await aki.localTracks()).map(({ muted, live }) => [muted, live])).toEqual([[false, 'live'], [false, 'live']])
    expect(await aki.resume()).toBe('done')
    await flows()
  })

  it('held in Firefox as well, and muted meanwhile: what was muted stays so', async () => {
    expect(await bob.hold()).toBe('done')
    await aki.saw('held false true')
    await bob.mute('camera')
    await Promise.all(both().map(sendsNothing))
    expect(await bob.resume()).toBe('done')
    await hears(aki, 1_400)
    expect(await bob.frames('camera', 2_000, 5)).toBe(5)
    expect((await aki.remoteTracks()).map(({ name, muted }) => [name, muted])).toEqual([['microphone', false], ['camera', true]])
    await bob.unmute('camera')
    await flows()
  })

  it('carries keys both ways, and wishes to mute', async () => {
    expect(await Promise.all([aki.sendDtmf('12#'), bob.sendDtmf('9*')])).toEqual(['done', 'done'])
    const tones = async (who: Person) => (await who.log()).filter((line) => line.startsWith('tone '))
    await expect.poll(async () => [await tones(bob), await tones(aki)]).toEqual([['tone 1', 'tone 2', 'tone #'], ['tone 9', 'tone *']])
    expect(await aki.sendDtmf('x')).toMatchObject({ code: 'usage/invalid-argument' })
    await aki.requestMute('camera')
    await bob.saw('asked to mute camera')
  })

  it('rests while another one is talked in', async () => {
    const carol = await person(chromium, pages.url, server.url, 'carol')
    await bob.hold()
    await carol.call('bob', { audio: true })
    await bob.is('ringing')
    await bob.accept({ audio: true, toneHz: 1_000 })
    await Promise.all([carol.is('active'), bob.is('active')])
    await hears(carol, 1_000)
    await sendsNothing(aki)
    expect((await bob.calls()).map(({ state }) => state)).toEqual(['active', 'active'])
    await carol.hangUp()
    await expect.poll(async () => (await bob.calls()).length).toBe(1)
    await aki.hangUp()
    await expect.poll(async () => (await Promise.all([aki, bob, carol].map((who) => who.connections()))).map(({ open }) => open)).toEqual([0, 0, 0])
    await carol.page.context().close()
  })
})
