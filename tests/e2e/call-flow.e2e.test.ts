import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { type Person, person } from './people'

let pages: PageServer
let server: ServerProcess
let browser: Browser
const here: Person[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
  browser = await launch('chromium', { args: ['--use-fake-device-for-media-stream=device-count=3,fps=10'] })
})
afterEach(async () => {
  await Promise.all(here.splice(0).map((who) => who.page.context().close()))
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await pages.close()
})

const arrive = async (name: string, inside: Browser = browser): Promise<Person> => {
  const who = await person(inside, pages.url, server.url, name)
  here.push(who)
  return who
}

const talking = async (media: { audio?: boolean; video?: boolean } = { audio: true, video: true }): Promise<[Person, Person]> => {
  const [aki, bob] = await Promise.all([arrive('aki'), arrive('bob')])
  await aki.call('bob', media)
  await bob.is('ringing')
  await bob.accept(media)
  await Promise.all([aki.is('active'), bob.is('active')])
  return [aki, bob]
}

describe('how a call begins and ends', () => {
  it('is declined: the caller learns it', async () => {
    const [aki, bob] = await Promise.all([arrive('aki'), arrive('bob')])
    await aki.call('bob', { audio: true })
    await bob.is('ringing')
    await bob.reject()
    expect(await aki.whenActive()).toMatchObject({ code: 'call/rejected' })
    expect(await bob.reason()).toEqual({ code: 'call/rejected', by: 'local' })
  })

  it('finds the other side busy', async () => {
    const [aki, bob] = await Promise.all([arrive('aki'), arrive('bob')])
    await aki.call('bob', { audio: true })
    await bob.is('ringing')
    await bob.reject('busy')
    expect(await aki.whenActive()).toMatchObject({ code: 'call/busy' })
  })

  it('reaches nobody', async () => {
    const aki = await arrive('aki')
    await aki.call('nobody', { audio: true })
    expect(await aki.whenActive()).toMatchObject({ code: 'call/unreachable' })
    expect(await aki.reason()).toMatchObject({ by: 'system' })
  })

  it('is cancelled while it rings: it stops ringing on the other side', async () => {
    const [aki, bob] = await Promise.all([arrive('aki'), arrive('bob')])
    await aki.call('bob', { audio: true })
    await bob.is('ringing')
    await aki.hangUp()
    await bob.is('ended')
    expect(await bob.reason()).toMatchObject({ code: 'call/cancelled', by: 'remote' })
  })

  it('connects without any media', async () => {
    const [aki, bob] = await talking({})
    expect(await aki.remoteTracks()).toEqual([])
    await bob.hangUp()
    await aki.is('ended')
  })

  it('ends on the other side when the tab is closed', async () => {
    const [aki, bob] = await talking()
    await bob.page.close({ runBeforeUnload: false })
    await aki.is('ended')
    expect(await aki.reason()).toMatchObject({ code: 'call/hung-up', by: 'remote' })
  })

  it.each(['chromium', 'firefox'] satisfies BrowserName[])('ends on the other side when a page in %s is left or reloaded', async (name) => {
    const leaving = await launch(name)
    try {
      const aki = await arrive('aki')
      for (const leave of [(page: Page) => page.reload(), (page: Page) => page.goto('about:blank')]) {
        const bob = await person(leaving, pages.url, server.url, 'bob')
        await aki.call('bob', { audio: true })
        await bob.is('ringing')
        await bob.accept({ audio: true })
        await aki.is('active')
        await leave(bob.page)
        // Long before ICE would notice: that takes 17 s.
        await aki.is('ended')
        expect(await aki.reason()).toMatchObject({ code: 'call/hung-up', by: 'remote' })
        await bob.page.context().close()
      }
    } finally {
      await leaving.close()
    }
  })

  it('ends when one side closes its client', async () => {
    const [aki, bob] = await talking()
    await bob.close()
    await aki.is('ended')
  })
})

describe('permission', () => {
  it('denied after ringing cancels the invitation', async () => {
    const denying = await launch('chromium', { args: ['--use-fake-ui-for-media-stream=deny'] })
    try {
      const [aki, bob] = await Promise.all([arrive('aki', denying), arrive('bob')])
      await aki.call('bob', { audio: true, video: true })
      expect(await aki.whenActive()).toMatchObject({ code: 'media/permission-denied', fix: expect.stringContaining('settings') })
      await expect.poll(() => bob.log(), { timeout: 10_000 }).toContainEqual(expect.stringContaining('call/cancelled by remote'))
    } finally {
      await denying.close()
    }
  })

  it('denied at accept leaves the call ringing, to be taken without a camera', async () => {
    const denying = await launch('chromium', { args: ['--use-fake-ui-for-media-stream=deny'] })
    try {
      const [aki, bob] = await Promise.all([arrive('aki'), arrive('bob', denying)])
      await aki.call('bob', { audio: true, video: true })
      await bob.is('ringing')
      expect(await bob.accept({ audio: true, video: true })).toMatchObject({ code: 'media/permission-denied' })
      expect(await bob.state()).toBe('ringing')
      expect(await bob.accept({})).toBe('accepted')
      await Promise.all([aki.is('active'), bob.is('active')])
    } finally {
      await denying.close()
    }
  })
})

describe('tracks in a running call', () => {
  it('adds video to a voice call', async () => {
    const [aki, bob] = await talking({ audio: true })
    await aki.publish('camera', 'camera')
    await bob.saw('added camera camera')
    expect(await bob.frames('camera', 2_000, 5)).toBe(5)
  })

  it('carries several cameras at once, each with its name', async () => {
    const [scout, coach] = await talking({ audio: true })
    // Chromium's second fake camera delivers depth (Y16), which no codec of a call takes.
    const [first, , third] = await scout.cameras()
    await scout.publish('camera', 'camera 1', first?.id)
    await scout.publish('camera', 'camera 2', third?.id)
    for (const name of ['camera 1', 'camera 2']) {
      await coach.saw(`added ${name} camera`)
      expect(await coach.frames(name, 3_000, 5)).toBe(5)
    }
  })

  it('shares a screen, and both sides see it stopped from the browser’s own bar', async () => {
    const [aki, bob] = await talking()
    await aki.publish('screen', 'slides')
    await bob.saw('added slides screen')
    expect(await bob.frames('slides', 5_000, 3)).toBe(3)
    await aki.stopFromBar('slides')
    await bob.saw('removed slides')
    expect((await aki.localTracks()).map(({ name }) => name)).not.toContain('slides')
    expect(await bob.frames('camera', 2_000, 5)).toBe(5)
  })

  it('shares a real tab with its sound, and both go when the browser ends the capture', async () => {
    const title = 'a tab to share'
    const sharing = await launch('chromium', {
      without: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
      args: [`--auto-select-tab-capture-source-by-title=${title}`],
    })
    try {
      const [aki, bob] = await Promise.all([arrive('aki', sharing), arrive('bob')])
      const tab = await aki.page.context().newPage()
      await tab.setContent(`<title>${title}</title><marquee>moving</marquee>`)
      await aki.page.bringToFront()
      await aki.call('bob', {})
      await bob.is('ringing')
      await bob.accept({})
      await aki.is('active')
      expect(await aki.publish('screen', 'tab')).toEqual({ audio: true })
      await Promise.all([bob.saw('added tab screen'), bob.saw('added tab sound screen-audio')])
      expect(await bob.frames('tab', 5_000, 3)).toBe(3)
      await tab.close()
      await Promise.all([bob.saw('removed tab'), bob.saw('removed tab sound')])
      expect(await aki.localTracks()).toEqual([])
    } finally {
      await sharing.close()
    }
  })
})

describe('outside calls', () => {
  it('shows who is online, and who leaves', async () => {
    const aki = await arrive('aki')
    await aki.watch(['bob'])
    await aki.saw('bob is offline')
    const bob = await arrive('bob')
    await aki.saw('bob is online')
    await bob.close()
    await expect.poll(async () => (await aki.log()).filter((line) => line === 'bob is offline').length).toBe(2)
  })

  it('sends a message, and says so when nobody is there', async () => {
    const [aki] = await Promise.all([arrive('aki'), arrive('bob')])
    expect(await aki.send('bob', { note: 'outside a call' })).toBe('sent')
    expect(await aki.send('nobody', 1)).toMatchObject({ code: 'signaling/recipient-offline' })
  })
})
