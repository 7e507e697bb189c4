import type { Browser, Page } from 'playwright'
import { expect } from 'vitest'
import { openPage } from '../setup/launch'
import type { App } from './pages/call'

type Async<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never

/** A person in front of a browser: every function of the page's app, called from the test. */
export type Person = { readonly [Name in keyof App]: Async<App[Name]> } & {
  readonly page: Page
  readonly is: (state: string) => Promise<void>
  readonly saw: (line: string) => Promise<void>
}

/** Opens the app in a page of its own and connects it to the server under the name. */
export const person = async (browser: Browser, pageUrl: string, serverUrl: string, name: string): Promise<Person> => {
  const page = await openPage(browser, pageUrl)
  const run = (method: string, args: unknown[]): Promise<unknown> =>
    page.evaluate(
      ([method, args]) => {
        // Trailing arguments that were left out come over as null.
        const { app } = globalThis as unknown as { app: Record<string, (...args: unknown[]) => unknown> }
        return app[method]?.(...args.map((arg) => arg ?? undefined))
      },
      [method, args] as const,
    )
  const eventually = (look: () => Promise<unknown>, what: string, right: (value: unknown) => boolean): Promise<void> =>
    expect
      .poll(async () => {
        const value = await look()
        return right(value) ? what : value
      }, { timeout: 10_000, interval: 50 })
      .toBe(what)
  const made = new Proxy({} as Person, {
    get: (_target, method: string) => {
      if (method === 'then') return undefined
      if (method === 'page') return page
      if (method === 'is') return (state: string) => eventually(() => run('state', []), state, (now) => now === state)
      if (method === 'saw')
        return (line: string) => eventually(() => run('log', []), line, (log) => (log as string[]).includes(line))
      return (...args: unknown[]) => run(method, args)
    },
  })
  await made.connect(serverUrl, name)
  return made
}
