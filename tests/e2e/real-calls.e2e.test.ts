import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { type Person, person } from './people'

let pages: PageServer
let server: ServerProcess
const browsers = new Map<string, Browser>()

/** Two browsers of a kind: a caller's and a callee's, whose microphones sound different. */
const browser = async (name: BrowserName, side: 'caller' | 'callee'): Promise<Browser> => {
  const key = `${name} ${side}`
  const running = browsers.get(key) ?? (await launch(name, { toneHz: side === 'caller' ? 500 : 800 }))
  browsers.set(key, running)
  return running
}

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
})
afterAll(async () => {
  await Promise.all([...browsers.values()].map((one) => one.close()))
  await server.close()
  await pages.close()
})

/** Five new frames within 2 s of now, on every given side. */
const picturesMove = async (...views: readonly (readonly [Person, string])[]): Promise<void> => {
  const counts = await Promise.all(views.map(([who, track]) => who.frames(track, 2_000, 5)))
  expect(counts.every((count) => count >= 5), `new frames within 2 s: ${counts.join(', ')}`).toBe(true)
}

/** The tone is heard: within a bin and a half of the analyser. */
const hears = async (who: Person, hz: number): Promise<void> => {
  await expect.poll(async () => Math.abs((await who.hertz('microphone', 500)) - hz), { timeout: 8_000 }).toBeLessThan(25)
}

const isSilent = async (who: Person): Promise<void> => {
  await expect.poll(() => who.hertz('microphone', 400), { timeout: 8_000 }).toBe(0)
}

const pairs = [
  ['chromium', 'chromium'],
  ['firefox', 'firefox'],
  ['chromium', 'firefox'],
  ['firefox', 'chromium'],
] as const

describe.each(pairs)('a call from %s to %s', (from, to) => {
  let aki: Person
  let bob: Person

  afterEach(async () => {
    await Promise.all([aki, bob].map((who) => who.page.context().close()))
  })

  it('rings, is seen and heard on both sides through every change, and ends cleanly', async () => {
    aki = await person(await browser(from, 'caller'), pages.url, server.url, 'aki')
    bob = await person(await browser(to, 'callee'), pages.url, server.url, 'bob')
    // Firefox's fake microphone is always at 1,000 Hz, so its callee sends a tone of its own.
    const akiHz = from === 'firefox' ? 1_000 : 500
    const bobHz = to === 'firefox' ? 1_400 : 800

    await aki.call('bob', { audio: true, video: true }, { subject: 'hello' })
    await bob.is('ringing')
    await aki.is('ringing')
    expect(await bob.metadata()).toEqual({ subject: 'hello' })
    expect(await bob.accept({ audio: true, video: true, ...(to === 'firefox' && { toneHz: bobHz }) })).toBe('accepted')
    expect(await Promise.all([aki.whenActive(), bob.whenActive()])).toEqual(['active', 'active'])

    const both = [[aki, 'camera'], [bob, 'camera']] as const
    await picturesMove(...both)
    expect((await aki.remoteTracks()).map(({ source }) => source).sort()).toEqual(['camera', 'microphone'])
    await Promise.all([hears(bob, akiHz), hears(aki, bobHz)])

    await aki.mute('microphone')
    await bob.saw('muted microphone')
    await isSilent(bob)
    await picturesMove(...both)
    await aki.unmute('microphone')
    await hears(bob, akiHz)
    await picturesMove(...both)

    await bob.mute('camera', true)
    await aki.saw('muted camera')
    expect((await bob.localTracks()).find(({ name }) => name === 'camera')?.live).not.toBe('live')
    await picturesMove([bob, 'camera'])
    // Not one picture more: Firefox would go on to send the last one, once a second.
    await aki.frames('camera', 500)
    expect(await aki.frames('camera', 2_200)).toBe(0)
    await bob.unmute('camera')
    await aki.saw('unmuted camera')
    await picturesMove(...both)

    await aki.replace('camera', 'picture')
    await picturesMove(...both)

    await Promise.all([aki.publish('picture', 'second'), bob.publish('picture', 'other')])
    await Promise.all([bob.saw('added second custom'), aki.saw('added other custom')])
    await picturesMove(...both, [bob, 'second'], [aki, 'other'])

    await aki.unpublish('second')
    await bob.saw('removed second')
    await picturesMove(...both, [aki, 'other'])
    await Promise.all([hears(bob, akiHz), hears(aki, bobHz)])

    await aki.hangUp()
    await Promise.all([aki.is('ended'), bob.is('ended')])
    expect(await aki.reason()).toEqual({ code: 'call/hung-up', by: 'local' })
    expect(await bob.reason()).toMatchObject({ code: 'call/hung-up', by: 'remote' })
  })
})
