import { execFileSync } from 'node:child_process'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type SoundServer, startSoundServer } from '../setup/pulseaudio'
import type { MediaApp } from './pages/media'

let pages: PageServer
let browser: Browser | undefined
let sound: SoundServer | undefined
beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/media.ts')
})
afterEach(async () => {
  await browser?.close()
  sound?.close()
  browser = sound = undefined
})
afterAll(() => pages.close())

const configure = (page: Page, ...args: Parameters<MediaApp['configure']>): Promise<unknown> =>
  page.evaluate((args) => (globalThis as unknown as { app: { configure: (...args: unknown[]) => unknown } }).app.configure(...args), args)

const PLAIN = { noiseSuppression: false, echoCancellation: false, autoGainControl: false }
const ON = [true, true, true]
const OFF = [false, false, false]

it('changes a microphone of a sound server in Firefox as it runs', async () => {
  // Firefox's fake microphone cleans nothing up, so there is nothing to change in it.
  sound = await startSoundServer()
  const { address } = sound
  execFileSync('pactl', ['-s', address, 'load-module', 'module-remap-source', 'master=nul.monitor', 'source_name=Desk'])
  const shared = process.env.PULSE_SERVER
  process.env.PULSE_SERVER = address
  try {
    browser = await launch('firefox', { prefs: { 'media.navigator.streams.fake': false } })
  } finally {
    if (shared === undefined) delete process.env.PULSE_SERVER
    else process.env.PULSE_SERVER = shared
  }
  const page = await openPage(browser, pages.url)
  expect(await configure(page, PLAIN)).toEqual({ before: ON, after: OFF, same: true })
})

it('changes a microphone in Chromium by taking it again', async () => {
  browser = await launch('chromium')
  const page = await openPage(browser, pages.url)
  expect(await configure(page, PLAIN)).toEqual({ before: ON, after: OFF, same: false })
})
