import { createServer } from 'node:net'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { answer, arrive, type Captured, type Demo, inCall, liveTracks, press, startDemo, tenFrames } from './demo-person'

let demo: Demo
const browsers: Browser[] = []
const complaints: string[] = []

const browserFor = async (name: BrowserName, options?: Parameters<typeof launch>[1]): Promise<Browser> => {
  const browser = await launch(name, options)
  browsers.push(browser)
  return browser
}

/** Somebody who is online under a name. */
const person = (browser: Browser, name: string): Promise<Page> => arrive(browser, demo, name, complaints)

beforeAll(async () => {
  demo = await startDemo(0)
}, 180_000)
afterEach(async () => {
  await Promise.all(browsers.splice(0).map((browser) => browser.close()))
  expect(complaints.splice(0)).toEqual([])
})
afterAll(async () => {
  demo.child.kill('SIGKILL')
  await demo.ended
})

describe('npm start', () => {
  it('serves the gallery, the example and the health of the server, under a strict policy', async () => {
    const [gallery, example, health] = await Promise.all(['/', '/examples/quickstart/', '/healthz'].map((path) => fetch(demo.url + path)))
    expect([gallery?.status, example?.status, health?.status]).toEqual([200, 200, 200])
    expect(await gallery?.text()).toContain('./examples/quickstart/')
    const policy = example?.headers.get('content-security-policy')
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
  })

  it('leads from the gallery to each example and each document that it names', async () => {
    const page = await openPage(await browserFor('chromium'), demo.url)
    const addresses = await page.locator('a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
    expect(addresses.length).toBeGreaterThan(4)
    for (const address of addresses) expect([address, (await fetch(address)).status]).toEqual([address, 200])
  })

  it('shows the documents as pages that fit a small screen, whose links lead to headings', async () => {
    const page = await openPage(await browserFor('chromium'), demo.url)
    await page.setViewportSize({ width: 360, height: 800 })
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    for (const name of await page.getByRole('navigation').getByRole('link').allTextContents()) {
      await page.goto(demo.url)
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByRole('heading', { level: 1 }).waitFor()
      expect([name, await page.locator('main').innerText()]).toEqual([name, expect.not.stringMatching(/^#+ |^```/m)])
      expect([name, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([name, 360])
      const anchors = await page.locator('main a[href*="#"]').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href))
      for (const anchor of anchors.filter((href) => href.startsWith(demo.url))) {
        await page.goto(anchor)
        expect([anchor, await page.locator(':target').count()]).toEqual([anchor, 1])
      }
    }
  })

  it('shows the whole code sample on a screen of 1280 pixels', async () => {
    const page = await openPage(await browserFor('chromium'), demo.url)
    await page.setViewportSize({ width: 1280, height: 800 })
    const { shown, needed } = await page.locator('.listing').evaluate((code) => ({ shown: code.clientWidth, needed: code.scrollWidth }))
    expect(needed).toBe(shown)
  })

  it('gives no file outside of what it serves', async () => {
    for (const path of ['/..%2fpackage.json', '/docs/..%2f..%2fpackage.json', '/examples/quickstart/%2e%2e/%2e%2e/package.json', '/examples/quickstart/src/main.ts'])
      expect([path, (await fetch(demo.url + path)).status]).toEqual([path, 404])
  })

  it('says which port is taken, and ends', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    const { port } = taken.address() as { port: number }
    const second = await startDemo(port)
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain(`Port ${port} is taken`)
    taken.close()
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends cleanly on %s', async (signal) => {
    const second = await startDemo(0)
    second.child.kill(signal)
    expect(await second.ended).toBe(0)
  })
})

describe('npm run dev', () => {
  it('serves the sources, beside a server that people can be online at', async () => {
    const dev = await startDemo(0, '--watch')
    try {
      const page = await openPage(await browserFor('chromium'), `${dev.url}/examples/quickstart/?name=Aki`)
      await page.getByText('Nobody else is here yet').waitFor()
      expect(await page.locator('script[src$="/src/main.ts"]').count()).toBe(1)
      expect((await fetch(`${dev.url}/docs/architecture.md`)).status).toBe(200)
      expect((await fetch(`${dev.url}/nothing-here`)).status).toBe(404)
    } finally {
      dev.child.kill('SIGTERM')
      expect(await dev.ended).toBe(0)
    }
  })
})

describe('the quickstart', () => {
  it('puts a call through: pictures, mute, camera off, a shared screen, hang up', async () => {
    const browser = await browserFor('chromium')
    const [aki, bo] = await Promise.all([person(browser, 'Aki'), person(browser, 'Bo')])
    await inCall(aki, bo, 'Bo')
    await Promise.all([tenFrames(aki, 'Bo’s camera'), tenFrames(bo, 'Aki’s camera'), tenFrames(aki, 'Your camera')])

    await bo.keyboard.press('m')
    await aki.getByText('Bo’s microphone is off', { exact: true }).waitFor()
    await bo.keyboard.press('m')
    await aki.getByText('Bo’s microphone is off', { exact: true }).waitFor({ state: 'hidden' })

    expect(await liveTracks(bo)).toBe(2)
    await press(bo, 'Turn camera off')
    await aki.getByText('Camera is off', { exact: true }).waitFor()
    // The light is off: only the microphone is still open.
    await bo.waitForFunction(() => (globalThis as Captured).captured.filter(({ readyState }) => readyState === 'live').length === 1)
    await press(bo, 'Turn camera on')
    await aki.getByText('Camera is off', { exact: true }).waitFor({ state: 'hidden' })
    await tenFrames(aki, 'Bo’s camera')

    await press(bo, 'Share screen')
    await aki.locator('[data-screen]').waitFor()
    await Promise.all([tenFrames(aki, 'Bo’s screen'), tenFrames(aki, 'Bo’s camera')])
    await bo.getByText('You are sharing your screen').waitFor()
    // As if by the browser's own bar.
    await bo.evaluate(() => {
      const shown = (globalThis as Captured).captured.find((track) => 'displaySurface' in track.getSettings())
      shown?.stop()
      shown?.dispatchEvent(new Event('ended'))
    })
    await aki.locator('[data-screen]').waitFor({ state: 'detached' })
    await bo.getByText('You are sharing your screen').waitFor({ state: 'hidden' })

    await press(bo, 'Hang up')
    await aki.getByRole('heading', { name: 'Bo hung up.' }).waitFor()
    expect([await liveTracks(aki), await liveTracks(bo)]).toEqual([0, 0])
  })

  it('puts a call through between Chromium and Firefox', async () => {
    const [chromium, firefox] = await Promise.all([browserFor('chromium'), browserFor('firefox')])
    const [aki, bo] = await Promise.all([person(chromium, 'Aki'), person(firefox, 'Bo')])
    await inCall(bo, aki, 'Aki')
    await Promise.all([tenFrames(aki, 'Bo’s camera'), tenFrames(bo, 'Aki’s camera')])
    await press(aki, 'Hang up')
    await bo.getByRole('heading', { name: 'Aki hung up.' }).waitFor()
  })

  it('changes the camera while the other side goes on seeing', async () => {
    const browser = await browserFor('chromium', { args: ['--use-fake-device-for-media-stream=device-count=3,fps=10'] })
    const [aki, bo] = await Promise.all([person(browser, 'Aki'), person(browser, 'Bo')])
    await inCall(aki, bo, 'Bo')
    const camera = (): Promise<string | undefined> =>
      bo.evaluate(() => (globalThis as Captured).captured.find(({ kind, readyState }) => kind === 'video' && readyState === 'live')?.label)
    expect(await camera()).toBe('fake_device_0')
    await press(bo, 'Change camera')
    await expect.poll(camera).toBe('fake_device_1')
    // The second fake camera never reaches Chromium's encoder, in a bare RTCPeerConnection neither; the third does.
    await press(bo, 'Change camera')
    await expect.poll(camera).toBe('fake_device_2')
    await tenFrames(aki, 'Bo’s camera')
    expect(await liveTracks(bo)).toBe(2)
  })

  it('tells whose camera is blocked what to do, and goes on with voice only', async () => {
    // Without the flag the browser asks, and refuses what the context was not granted.
    const [open, blocked] = await Promise.all([browserFor('chromium'), browserFor('chromium', { without: ['--use-fake-ui-for-media-stream'] })])
    const [aki, bo] = await Promise.all([person(open, 'Aki'), person(blocked, 'Bo')])
    await bo.context().grantPermissions(['microphone'])
    // Called: it rings on, so that they can allow it.
    await press(aki, 'Call Bo with video')
    await answer(bo, 'Accept with video')
    await bo.getByRole('alert').getByText('Your camera is blocked').waitFor()
    await bo.getByRole('button', { name: 'Continue with voice only' }).waitFor()
    await aki.locator('.state-words').getByText('Ringing at Bo…').waitFor()
    await bo.keyboard.press('Escape')
    await aki.getByRole('heading', { name: 'Bo declined the call.' }).waitFor()
    // Calling: the invitation is taken back.
    await press(bo, 'Call Aki with video')
    const alert = bo.getByRole('alert')
    await alert.getByText('Your camera is blocked').waitFor()
    await alert.getByText('choose “Allow”').waitFor()
    await aki.getByRole('dialog').waitFor({ state: 'detached' })
    await alert.getByRole('button', { name: 'Continue with voice only' }).click()
    await answer(aki, 'Accept')
    await bo.getByRole('timer').getByText('0:').waitFor()
  })

  it('does not send anybody into a call by voice whose microphone is blocked too', async () => {
    const [open, blocked] = await Promise.all([
      browserFor('chromium'),
      browserFor('chromium', { args: ['--use-fake-ui-for-media-stream=deny'] }),
    ])
    const [aki, bo] = await Promise.all([person(open, 'Aki'), person(blocked, 'Bo')])
    await press(aki, 'Call Bo with video')
    await answer(bo, 'Accept with video')
    await bo.getByRole('alert').getByText('Your camera and microphone are blocked').waitFor()
    expect(await bo.getByRole('button', { name: 'Continue with voice only' }).count()).toBe(0)
    await bo.keyboard.press('Escape')
    await aki.getByRole('heading', { name: 'Bo declined the call.' }).waitFor()
    await press(bo, 'Call Aki with video')
    const alert = bo.getByRole('alert')
    await alert.getByText('Your camera and microphone are blocked').waitFor()
    await alert.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await alert.getByRole('button').allTextContents()).toEqual(['Try again', ''])
    await aki.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('fits a phone of 360 pixels: nothing sticks out, and every button can be hit', async () => {
    const browser = await browserFor('chromium', { args: ['--use-fake-device-for-media-stream=device-count=2,fps=10'] })
    const [aki, bo] = await Promise.all([person(browser, 'Aki'), person(browser, 'Bo')])
    await aki.setViewportSize({ width: 360, height: 640 })
    const fits = async (): Promise<void> => {
      const found = await aki.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        small: [...document.querySelectorAll('button')]
          .map((button) => ({ name: button.getAttribute('aria-label') ?? button.textContent, box: button.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && (box.width < 44 || box.height < 44 || box.left < 0 || box.right > innerWidth))
          .map(({ name }) => name),
      }))
      expect(found).toEqual({ wide: 360, small: [] })
    }
    await aki.getByRole('button', { name: 'Call Bo with video' }).waitFor()
    await fits()
    await inCall(aki, bo, 'Bo')
    await aki.getByRole('button', { name: 'Change camera' }).waitFor()
    await fits()
  })

  it('goes on with the call while the server is away, and says so', async () => {
    const browser = await browserFor('chromium')
    const [aki, bo] = await Promise.all([person(browser, 'Aki'), person(browser, 'Bo')])
    await inCall(aki, bo, 'Bo')
    demo.child.kill('SIGKILL')
    await demo.ended
    await aki.getByText('Your call goes on').waitFor()
    await Promise.all([tenFrames(aki, 'Bo’s camera'), tenFrames(bo, 'Aki’s camera')])
    await press(aki, 'Hang up')
    await aki.getByText('The server is away. Reconnecting…', { exact: true }).waitFor()
    // Whoever has lost the server complains of it on the console, rightly.
    await browser.close()
    complaints.length = 0
  })
})
