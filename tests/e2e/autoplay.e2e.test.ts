import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import type { AutoplayApp } from './pages/autoplay'

let pages: PageServer
let browser: Browser
beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/autoplay.ts')
  browser = await launch('chromium', { args: ['--autoplay-policy=document-user-activation-required'] })
})
afterAll(async () => {
  await browser.close()
  await pages.close()
})

/** A page that has been refused; nothing is evaluated in it before, for Chromium takes that for a person's touch. */
const refusedPage = async (): Promise<{ page: Page; said: string[]; hears: (line: string) => Promise<void> }> => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(message.text()))
  const hears = (line: string): Promise<void> => expect.poll(() => said, { interval: 20 }).toContain(line)
  await page.goto(pages.url)
  await hears('media/playback-blocked')
  return { page, said, hears }
}

const look = (page: Page): Promise<ReturnType<AutoplayApp['look']>> =>
  page.evaluate(() => (globalThis as unknown as { app: AutoplayApp }).app.look())

const plays = async (page: Page): Promise<void> => {
  const before = (await look(page)).seconds
  await expect.poll(async () => (await look(page)).seconds, { interval: 20 }).toBeGreaterThan(before)
}

describe('a page that the person has not touched', () => {
  it.each([
    ['clicks', (page: Page) => page.mouse.click(5, 5)],
    ['presses a key', (page: Page) => page.keyboard.press('a')],
  ])('is told that playing is refused, once, and plays when the person %s', async (_, touch) => {
    const { page, said, hears } = await refusedPage()
    expect(said).toEqual(['blocked 1', 'media/playback-blocked'])
    await touch(page)
    await hears('unlocked, 0 left')
    expect(await look(page)).toMatchObject({ paused: false, blocked: 0 })
    await plays(page)
  })

  it('is left alone by later clicks once it plays', async () => {
    const { page, hears } = await refusedPage()
    await page.mouse.click(5, 5)
    await hears('unlocked, 0 left')
    const { plays: before } = await look(page)
    await page.mouse.click(5, 5)
    await page.keyboard.press('a')
    expect((await look(page)).plays).toBe(before)
  })

  it('is unlocked when the app starts the element itself', async () => {
    const { page, hears } = await refusedPage()
    await page.evaluate(() => (globalThis as unknown as { app: AutoplayApp }).app.start())
    await hears('unlocked, 0 left')
    await plays(page)
  })

  it('has nothing to wait for after the tracks were detached, and starts nothing at a click', async () => {
    const { page, hears } = await refusedPage()
    await page.evaluate(() => (globalThis as unknown as { app: AutoplayApp }).app.detach())
    await hears('unlocked, 0 left')
    const { plays: before } = await look(page)
    await page.mouse.click(5, 5)
    expect(await look(page)).toMatchObject({ plays: before, paused: true, blocked: 0 })
  })
})
