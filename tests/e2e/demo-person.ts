import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright'
import { openPage } from '../setup/launch'

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url))

/** `npm start` as a process. */
export interface Demo {
  readonly url: string
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
}

/** Runs `npm start`; `url` resolves empty where it ends before it listens. */
export const startDemo = async (port: number, ...args: readonly string[]): Promise<Demo> => {
  const child = spawn(process.execPath, [START, ...args], { env: { ...process.env, PORT: String(port), HOST: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  let text = ''
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  void ended.then(() => process.off('exit', kill))
  const url = await new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString()
      const found = /running on (http:\S+)/.exec(text)?.[1]
      if (found) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void ended.then(() => resolve(''))
  })
  return { url, child, said: () => text, ended }
}

/** Keeps what the page captured, to see that it lets go of it again; and makes its pictures small, for a machine with many of them. */
const watchCaptures = (): void => {
  const tracks: MediaStreamTrack[] = []
  Object.assign(globalThis, { captured: tracks })
  // The blank page before ours has no devices.
  if (!('mediaDevices' in navigator)) return
  for (const name of ['getUserMedia', 'getDisplayMedia'] as const) {
    const original = navigator.mediaDevices[name].bind(navigator.mediaDevices)
    navigator.mediaDevices[name] = async (options?: MediaStreamConstraints) => {
      const video = typeof options?.video === 'object' ? { ...options.video, width: 320, height: 180 } : options?.video
      const stream = await original({ ...options, ...(video !== undefined && { video }) })
      tracks.push(...stream.getTracks())
      return stream
    }
  }
}
export type Captured = typeof globalThis & { captured: MediaStreamTrack[] }

/** How many captures of a page are still open. */
export const liveTracks = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as Captured).captured.filter(({ readyState }) => readyState === 'live').length)

/** Somebody who is online under a name; what the page complains of on its console is added to `complaints`. */
export const arrive = async (browser: Browser, demo: Demo, name: string, complaints: string[]): Promise<Page> => {
  const page = await openPage(browser, 'about:blank')
  page.setDefaultTimeout(15_000)
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`${name}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`${name}: ${error.message}`))
  await page.addInitScript(watchCaptures)
  await page.goto(`${demo.url}/examples/quickstart/?name=${name}`)
  await page.getByRole('heading', { name: 'Who would you like to call?' }).waitFor()
  return page
}

export const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()

export const answer = async (page: Page, how: string): Promise<void> => {
  await page.getByRole('dialog').waitFor()
  await press(page, how)
}

/** Resolves once ten new frames of a picture were shown. */
export const tenFrames = async (page: Page, label: string): Promise<void> => {
  const video = page.locator(`video[aria-label="${label}"]`)
  await video.waitFor({ state: 'attached' })
  await video.evaluate(async (element: HTMLVideoElement) => {
    for (let frame = 0; frame < 10; frame++) await new Promise((resolve) => element.requestVideoFrameCallback(resolve))
  })
}

/** A call that runs, seen from both sides. */
export const inCall = async (one: Page, two: Page, twoName: string): Promise<void> => {
  await press(one, `Call ${twoName} with video`)
  await answer(two, 'Accept with video')
  await Promise.all([one, two].map((page) => page.getByRole('timer').getByText('0:').waitFor()))
}
