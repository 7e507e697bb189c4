import type { Browser, Page } from 'playwright'
import { expect } from 'vitest'
import { openPage } from '../setup/launch'
import type { Lasting } from './pages/lasting'

/** A person whose call is to last, and what can be asked of their page. */
export class LastingPerson {
  readonly page: Page
  readonly #server: string
  readonly #name: string
  readonly #keeps: boolean

  private constructor(page: Page, server: string, name: string, keeps: boolean) {
    this.page = page
    this.#server = server
    this.#name = name
    this.#keeps = keeps
  }

  /** Opens the page in a browser and connects it. `keeps`: its session outlives a reload. */
  static async arrive(browser: Browser, pageUrl: string, server: string, name: string, keeps = false): Promise<LastingPerson> {
    const person = new LastingPerson(await openPage(browser, pageUrl), server, name, keeps)
    await person.connect()
    return person
  }

  /** As a page does when it has loaded. */
  async connect(page = this.page): Promise<void> {
    await page.evaluate(
      ([url, name, keeps]) => (globalThis as unknown as { app: Lasting }).app.connect(url, name, keeps),
      [this.#server, this.#name, this.#keeps] as const,
    )
  }

  /** Calls a function of the page's app that takes nothing. */
  ask<Name extends 'state' | 'reason' | 'clientState' | 'frames' | 'gap' | 'log' | 'storage' | 'hangUp'>(name: Name): Promise<Awaited<ReturnType<Lasting[Name]>>> {
    return this.page.evaluate(
      (name) => (globalThis as unknown as { app: Lasting }).app[name]() as never,
      name,
    )
  }

  async call(to: string): Promise<void> {
    await this.page.evaluate((to) => (globalThis as unknown as { app: Lasting }).app.call(to), to)
  }

  async is(name: 'state' | 'clientState', what: string, timeout = 15_000): Promise<void> {
    await expect.poll(() => this.ask(name), { timeout, interval: 25 }).toBe(what)
  }

  /** Waits until so many more frames of the other side were shown. */
  async sees(more: number, timeout = 15_000): Promise<void> {
    const before = await this.ask('frames')
    await expect.poll(async () => (await this.ask('frames')) - before, { timeout, interval: 25 }).toBeGreaterThanOrEqual(more)
  }
}
