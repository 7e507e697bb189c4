import type { Browser, Frame, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import type { MediaApp } from './pages/media'

const REFUSED_PREFS = {
  'media.navigator.permission.disabled': false,
  'permissions.default.camera': 2,
  'permissions.default.microphone': 2,
  // What the driver evaluates counts as a click; it is to be forgotten by the time the page asks.
  'dom.user_activation.transient.timeout': 20,
}
const STARTS = {
  'chromium with a person who says no': () => launch('chromium', { args: ['--use-fake-ui-for-media-stream=deny'] }),
  'firefox with a person who says no': () => launch('firefox', { prefs: REFUSED_PREFS }),
  'chromium without devices': () => launch('chromium', { without: ['--use-fake-device-for-media-stream'] }),
  'firefox without devices': () => launch('firefox', { prefs: { 'media.navigator.streams.fake': false } }),
  chromium: () => launch('chromium'),
}
type Start = keyof typeof STARTS

let pages: PageServer
const browsers = new Map<Start, Promise<Browser>>()
const open = async (start: Start, url = pages.url): Promise<Page> => {
  const browser = browsers.get(start) ?? STARTS[start]()
  browsers.set(start, browser)
  return openPage(await browser, url)
}
beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/media.ts')
})
afterAll(async () => {
  await Promise.all([...browsers.values()].map(async (browser) => (await browser).close()))
  await pages.close()
})

type Asked = Parameters<MediaApp['ask']>[0]
const ask = (where: Page | Frame, what: Asked, afterMs = 0): Promise<Awaited<ReturnType<MediaApp['ask']>>> =>
  where.evaluate(
    async ([what, afterMs]) => {
      if (afterMs) await new Promise((resolve) => setTimeout(resolve, afterMs))
      return (globalThis as unknown as { app: MediaApp }).app.ask(what)
    },
    [what, afterMs] as const,
  )
const permission = (page: Page): Promise<string> =>
  page.evaluate(() => (globalThis as unknown as { app: MediaApp }).app.permission('camera'))

/** The app in a frame with an `allow` of its own. */
const framed = async (start: Start, allow: string): Promise<Frame> => {
  const page = await open(start)
  await page.evaluate(
    ([src, allow]) => {
      const frame = document.createElement('iframe')
      frame.allow = allow
      frame.src = src
      return new Promise((resolve) => {
        frame.onload = resolve
        document.body.append(frame)
      })
    },
    [pages.url, allow] as const,
  )
  const frame = page.frames()[1]
  if (!frame) throw new Error('no frame')
  return frame
}

describe.each(['chromium', 'firefox'] as const)('in %s', (name) => {
  it('a person who says no is media/permission-denied, with what to do about it', async () => {
    const page = await open(`${name} with a person who says no`)
    for (const what of ['camera', 'microphone'] as const)
      expect(await ask(page, what)).toEqual({
        code: 'media/permission-denied',
        message: `No ${what}: access was refused.`,
        fix: expect.stringContaining('site settings') as unknown,
      })
    expect(await permission(page)).toBe('denied')
  })

  it('a computer without a camera is media/not-found', async () => {
    expect(await ask(await open(`${name} without devices`), 'camera')).toEqual({
      code: 'media/not-found',
      message: 'No camera: there is none.',
      fix: expect.stringContaining('devices.list()') as unknown,
    })
  })

  it('a page that is not secure is told to use https', async () => {
    const page = await open(`${name} with a person who says no`)
    const script = await (await fetch(`${pages.url}page.js`)).text()
    const url = 'http://insecure.test/'
    await page.route(`${url}**`, (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript', body: script })
        : route.fulfill({ contentType: 'text/html', body: '<script src="/page.js"></script>' }),
    )
    await page.goto(url)
    for (const what of ['camera', 'screen'] as const)
      expect(await ask(page, what)).toMatchObject({
        code: 'media/insecure-context',
        fix: expect.stringContaining('https') as unknown,
      })
  })
})

it('an iframe that may not ask is told so in Chromium', async () => {
  const frame = await framed('chromium', "camera 'none'; microphone 'self'; display-capture 'none'")
  for (const what of ['camera', 'screen'] as const)
    expect(await ask(frame, what)).toEqual({
      code: 'media/permission-denied',
      message: `No ${what}: the page may not ask.`,
      fix: expect.stringContaining('iframe') as unknown,
    })
  expect(await ask(frame, 'microphone')).toMatchObject({ code: 'taken' })
})

it('an iframe that may not ask gets a word about iframes in Firefox, which does not tell a policy from a person', async () => {
  expect(await ask(await framed('firefox without devices', "camera 'none'"), 'camera')).toMatchObject({
    code: 'media/permission-denied',
    fix: expect.stringContaining('iframe') as unknown,
  })
})

it('a person who closes the choice of screens has merely cancelled', async () => {
  expect(await ask(await open('chromium with a person who says no'), 'screen')).toMatchObject({ code: 'media/screen-cancelled' })
})

it('a screen without a click is refused with a word about clicks', async () => {
  expect(await ask(await open('firefox with a person who says no'), 'screen', 200)).toMatchObject({
    code: 'usage/invalid-state',
    fix: expect.stringContaining('click') as unknown,
  })
})
