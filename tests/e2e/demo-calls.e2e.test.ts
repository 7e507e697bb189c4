import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { answer, arrive, type Demo, inCall, liveTracks, press, startDemo, tenFrames } from './demo-person'

let demo: Demo
let browser: Browser
const here: Page[] = []
const complaints: string[] = []

beforeAll(async () => {
  ;[demo, browser] = await Promise.all([startDemo(0), launch('chromium')])
}, 180_000)
afterEach(async () => {
  await Promise.all(here.splice(0).map((page) => page.context().close()))
  expect(complaints.splice(0)).toEqual([])
})
afterAll(async () => {
  await browser.close()
  demo.child.kill('SIGKILL')
  await demo.ended
})

const people = async <const Names extends readonly string[]>(...names: Names): Promise<{ readonly [Index in keyof Names]: Page }> => {
  const pages = await Promise.all(names.map((name) => arrive(browser, demo, name, complaints)))
  here.push(...pages)
  return pages as unknown as { readonly [Index in keyof Names]: Page }
}
const sees = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).filter({ visible: true }).first().waitFor()
const more = async (page: Page, row: string | RegExp): Promise<void> => {
  await press(page, 'More')
  await press(page, row)
}
/** The two see each other move. */
const talk = async (one: Page, oneName: string, other: Page, otherName: string): Promise<void> => {
  await Promise.all([tenFrames(one, `${otherName}’s camera`), tenFrames(other, `${oneName}’s camera`)])
}

interface Watching {
  /** Of each picture that was shown: the largest step between two neighbours in its upper right corner, where the fake camera has a bar. */
  readonly sharpness: number[]
}
const watchSharpness = (page: Page, label: string): Promise<void> =>
  page.locator(`video[aria-label="${label}"]`).evaluate((video: HTMLVideoElement) => {
    const { sharpness } = Object.assign(globalThis, { sharpness: [] as number[] })
    const pen = new OffscreenCanvas(320, 24).getContext('2d', { willReadFrequently: true })
    const look = (): void => {
      const scale = video.videoWidth / 320
      pen?.drawImage(video, video.videoWidth / 2, 0, video.videoWidth / 2, 24 * scale, 0, 0, 160, 24)
      const { data } = pen?.getImageData(0, 0, 160, 24) ?? { data: [] as number[] }
      let most = 0
      for (let at = 1; at + 4 < data.length; at += 4) if (at % 640 < 632) most = Math.max(most, Math.abs((data[at] ?? 0) - (data[at + 4] ?? 0)))
      sharpness.push(most)
      video.requestVideoFrameCallback(look)
    }
    video.requestVideoFrameCallback(look)
  })
/** The sharpest of the pictures that were shown, or of the last few. */
const sharpest = (page: Page, last = 0): Promise<number> =>
  page.evaluate((count) => Math.max(-1, ...(globalThis as unknown as Watching).sharpness.slice(-count)), last)

describe('the quickstart, in a call that takes a turn', () => {
  it('holds: both see who does, nothing moves, and it goes on; keys arrive', async () => {
    const [aki, bo] = await people('Aki', 'Bo')
    await inCall(aki, bo, 'Bo')
    await talk(aki, 'Aki', bo, 'Bo')
    await aki.keyboard.press('h')
    await Promise.all([sees(aki, 'You put Bo on hold.'), sees(bo, 'Aki put you on hold.')])
    await more(bo, 'Put Aki on hold')
    await Promise.all([aki, bo].map((page) => sees(page, /both hold this call/)))
    await press(bo, 'Go on with the call')
    await press(aki, 'Go on with the call')
    await talk(aki, 'Aki', bo, 'Bo')

    await more(aki, 'Keypad')
    await aki.keyboard.type('12#5')
    await sees(bo, 'Aki pressed 1 2 # 5')
    await press(aki, 'Star')
    await sees(bo, /Aki pressed .*\*/)
    await aki.keyboard.press('Escape')
    await aki.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('takes a second call while the first is held, swaps, and is back when one hangs up; declines another', async () => {
    const [aki, bo, cy] = await people('Aki', 'Bo', 'Cy')
    await inCall(aki, bo, 'Bo')
    await press(cy, 'Call Aki with video')
    await aki.getByRole('button', { name: 'Hold and answer', exact: true }).waitFor()
    await aki.keyboard.press('a')
    await sees(bo, 'Aki put you on hold.')
    await talk(aki, 'Aki', cy, 'Cy')
    await press(aki, 'Swap')
    await sees(cy, 'Aki put you on hold.')
    await talk(aki, 'Aki', bo, 'Bo')
    await press(bo, 'Hang up')
    await sees(aki, 'Bo hung up.')
    await talk(aki, 'Aki', cy, 'Cy')

    await press(bo, 'Call Aki with voice only')
    await aki.getByRole('button', { name: 'Hold and answer', exact: true }).waitFor()
    await aki.keyboard.press('d')
    await sees(bo, 'Aki declined the call.')
    await tenFrames(cy, 'Aki’s camera')
    await press(aki, 'Hang up')
    expect(await liveTracks(aki)).toBe(0)
  })

  it('puts through to somebody who is online, and says who is out', async () => {
    const [aki, bo, cy] = await people('Aki', 'Bo', 'Cy')
    await inCall(aki, bo, 'Bo')
    await more(aki, 'Put Bo through…')
    await press(aki, 'Put through Cy')
    await Promise.all([sees(aki, 'Putting Bo through to Cy…'), sees(bo, 'Aki puts you through to Cy.')])
    await cy.keyboard.press('Escape')
    await sees(aki, 'Cy declined the call.')
    // Nobody has lost anybody.
    await talk(aki, 'Aki', bo, 'Bo')
    await more(aki, 'Put Bo through…')
    await press(aki, 'Put through Cy')
    await answer(cy, 'Accept with video')
    await aki.getByRole('heading', { name: 'Bo and Cy are connected.' }).waitFor()
    await talk(bo, 'Bo', cy, 'Cy')
    expect(await liveTracks(aki)).toBe(0)
  })

  it('asks somebody first, then connects the two', async () => {
    const [aki, bo, cy] = await people('Aki', 'Bo', 'Cy')
    await inCall(aki, bo, 'Bo')
    await more(aki, 'Put Bo through…')
    await press(aki, 'Ask first Cy')
    await answer(cy, 'Accept with video')
    await Promise.all([sees(bo, 'Aki put you on hold.'), talk(aki, 'Aki', cy, 'Cy')])
    await press(aki, 'Connect the two')
    await aki.getByRole('heading', { name: 'Bo and Cy are connected.' }).waitFor()
    await talk(bo, 'Bo', cy, 'Cy')
    await press(cy, 'Hang up')
    await bo.getByRole('heading', { name: 'Cy hung up.' }).waitFor()
    expect(await Promise.all([aki, bo, cy].map(liveTracks))).toEqual([0, 0, 0])
  })

  it('is loaded again in the middle of a call and goes on with it, muted as it was', async () => {
    const [aki, bo] = await people('Aki', 'Bo')
    await inCall(aki, bo, 'Bo')
    await talk(aki, 'Aki', bo, 'Bo')
    await bo.keyboard.press('m')
    await sees(aki, 'Bo’s microphone is off')
    // As a person would who came by a link without a name in it.
    await bo.evaluate(() => history.replaceState(null, '', '?'))
    const lost = sees(aki, 'Reconnecting…')
    await bo.reload()
    await lost
    await bo.getByRole('button', { name: 'Unmute microphone' }).waitFor()
    await talk(aki, 'Aki', bo, 'Bo')
    await sees(aki, 'Bo’s microphone is off')
    await press(bo, 'Hang up')
    await aki.getByRole('heading', { name: 'Bo hung up.' }).waitFor()
  })

  it('blurs what is behind, loads what it takes for that only then, and never sends a sharp picture again', async () => {
    const [aki, bo] = await people('Aki', 'Bo')
    const loaded: string[] = []
    aki.context().on('request', (request) => void loaded.push(request.url()))
    await inCall(aki, bo, 'Bo')
    await talk(aki, 'Aki', bo, 'Bo')
    expect(loaded.filter((url) => /segment/.test(url))).toEqual([])
    await watchSharpness(bo, 'Aki’s camera')
    await expect.poll(() => sharpest(bo), { timeout: 8_000 }).toBeGreaterThan(50)
    await more(aki, 'Blur my background')
    await sees(aki, /blur is loading/)
    // What was on its way when it was pressed has arrived.
    await expect.poll(() => sharpest(bo, 2), { timeout: 8_000 }).toBeLessThan(20)
    await bo.evaluate(() => void (globalThis as unknown as Watching).sharpness.splice(0))
    await aki.getByText(/blur is loading/).waitFor({ state: 'hidden' })
    expect(loaded.some((url) => /simd.*wasm$/.test(url))).toBe(true)
    expect(loaded.every((url) => url.startsWith(demo.url))).toBe(true)
    // The camera is captured anew.
    await press(aki, 'Turn camera off')
    await bo.getByText('Camera is off', { exact: true }).waitFor()
    await press(aki, 'Turn camera on')
    await bo.getByText('Camera is off', { exact: true }).waitFor({ state: 'hidden' })
    await tenFrames(bo, 'Aki’s camera')
    expect(await sharpest(bo)).toBeLessThan(20)
    await more(aki, 'Blur my background')
    await expect.poll(() => sharpest(bo, 2), { timeout: 8_000 }).toBeGreaterThan(30)
  })

  it('turns the camera off where the blur cannot be loaded, and goes on without when told to', async () => {
    const [aki, bo] = await people('Aki', 'Bo')
    await aki.context().route('**/*.tflite', (route) => route.abort())
    await inCall(aki, bo, 'Bo')
    await more(aki, 'Blur my background')
    await aki.getByRole('alert').getByText('Your background cannot be blurred').waitFor()
    await bo.getByText('Camera is off', { exact: true }).waitFor()
    await press(aki, 'Go on without blur')
    await bo.getByText('Camera is off', { exact: true }).waitFor({ state: 'hidden' })
    // The browser says that the file was not there.
    complaints.length = 0
  })
})
