import type { Browser, Page } from 'playwright'
import { openPage } from '../setup/launch'
import type { SignalingApp } from './pages/signaling'

type Async<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never

/** Somebody in front of a browser: every function of the page's app, and what the browser asked for. */
export type SignalingPerson = { readonly [Name in keyof SignalingApp]: Async<SignalingApp[Name]> } & {
  readonly page: Page
  /** How signaling left this page since the last look, as the browser saw it: `websocket /signal`, `POST /signal text/event-stream`, ... */
  readonly wires: () => readonly string[]
}

/** Opens the page of `pages/signaling.ts` in a browser. */
export const signalingPerson = async (browser: Browser, pageUrl: string): Promise<SignalingPerson> => {
  const page = await openPage(browser, pageUrl)
  const wires = new Set<string>()
  const pathOf = (url: string): string => new URL(url).pathname
  page.on('websocket', (socket) => wires.add(`websocket ${pathOf(socket.url())}`))
  page.on('request', (request) => {
    const path = pathOf(request.url())
    if (!path.startsWith('/signal')) return
    // Firefox tells the handshake of a WebSocket as a plain GET, which no other transport sends.
    wires.add(request.method() === 'GET' ? `websocket ${path}` : `${request.method()} ${path} ${request.headers().accept ?? ''}`)
  })
  const run = (method: string, args: unknown[]): Promise<unknown> =>
    page.evaluate(
      ([method, args]) => {
        const { app } = globalThis as unknown as { app: Record<string, (...args: unknown[]) => unknown> }
        return app[method]?.(...args)
      },
      [method, args] as const,
    )
  return new Proxy({} as SignalingPerson, {
    get: (_target, method: string) => {
      if (method === 'then') return undefined
      if (method === 'page') return page
      if (method === 'wires')
        return () => {
          const seen = [...wires]
          wires.clear()
          return seen
        }
      return (...args: unknown[]) => run(method, args)
    },
  })
}
