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

const run = <Name extends keyof MediaApp>(page: Page, name: Name, ...args: Parameters<MediaApp[Name]>): Promise<unknown> =>
  page.evaluate(
    ([name, args]) => (globalThis as unknown as { app: Record<string, (...args: unknown[]) => unknown> }).app[name]?.(...args),
    [name as string, args] as const,
  )

/** Firefox with the microphones of a sound server of its own. */
const launchHearing = async (address: string): Promise<Browser> => {
  const shared = process.env.PULSE_SERVER
  process.env.PULSE_SERVER = address
  try {
    return await launch('firefox', { prefs: { 'media.navigator.streams.fake': false } })
  } finally {
    if (shared === undefined) delete process.env.PULSE_SERVER
    else process.env.PULSE_SERVER = shared
  }
}

const PLAIN = { noiseSuppression: false, echoCancellation: false, autoGainControl: false }
const ON = [true, true, true]
const OFF = [false, false, false]

it('takes several cameras at the same time, each as large as it was asked to be', async () => {
  browser = await launch('chromium', { args: ['--use-fake-device-for-media-stream=device-count=3,fps=10'] })
  const page = await openPage(browser, pages.url)
  expect(await run(page, 'everyCamera')).toEqual([320, 640, 960])
})

it('tells of a microphone that is plugged in and out while the page is open, and that the one in use is gone', async () => {
  // Real hot-plug: sources of a sound server come and go. Chromium does not notice those on Linux, it watches udev.
  sound = await startSoundServer()
  const { address } = sound
  const plugIn = (name: string): string =>
    execFileSync('pactl', [
      ...['-s', address, 'load-module', 'module-remap-source', 'master=nul.monitor'],
      ...[`source_name=${name}`, `source_properties=device.description=${name}`],
    ])
      .toString()
      .trim()
  const pullOut = (number: string): Buffer => execFileSync('pactl', ['-s', address, 'unload-module', number])
  const builtIn = plugIn('BuiltIn')
  browser = await launchHearing(address)
  const page = await openPage(browser, pages.url)
  expect(await run(page, 'ask', 'microphone')).toMatchObject({ code: 'taken' })
  expect(await run(page, 'names', 'microphone')).toContain('BuiltIn')
  await run(page, 'watch')
  const heard = (): Promise<unknown> => run(page, 'heard')
  const headset = plugIn('Headset')
  await expect.poll(heard, { timeout: 10_000 }).toEqual(['+Headset'])
  expect(await run(page, 'names', 'microphone')).toContain('Headset')
  pullOut(headset)
  await expect.poll(heard, { timeout: 10_000 }).toEqual(['+Headset', '-Headset'])
  pullOut(builtIn)
  await expect.poll(heard, { timeout: 10_000 }).toHaveLength(4)
  expect(((await heard()) as string[]).slice(2).sort()).toEqual(['-BuiltIn', 'audio ended'])
})

it('changes a microphone of a sound server in Firefox as it runs', async () => {
  // Firefox's fake microphone cleans nothing up, so there is nothing to change in it.
  sound = await startSoundServer()
  const { address } = sound
  execFileSync('pactl', ['-s', address, 'load-module', 'module-remap-source', 'master=nul.monitor', 'source_name=Desk'])
  browser = await launchHearing(address)
  const page = await openPage(browser, pages.url)
  expect(await run(page, 'configure', PLAIN)).toEqual({ before: ON, after: OFF, same: true })
})

it('changes a microphone in Chromium by taking it again', async () => {
  browser = await launch('chromium')
  const page = await openPage(browser, pages.url)
  expect(await run(page, 'configure', PLAIN)).toEqual({ before: ON, after: OFF, same: false })
})
