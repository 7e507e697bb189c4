import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import { launch, openPage } from '../tests/setup/launch'
import { bundle } from './bundle'

/** One browser and a page for each program. */
export interface BrowserPages {
  readonly browser: Browser
  /** Name and version. */
  readonly name: string
  /** Opens a page, in a context of its own, that runs a program. */
  open(program: string): Promise<Page>
  close(): Promise<void>
}

/** Starts Chromium with its fake devices, and a server for the pages; `folder` is where our packages are installed. */
export const startBrowserPages = async (folder: string, args: readonly string[] = []): Promise<BrowserPages> => {
  /** By path. */
  const scripts = new Map<string, string>()
  /** By program. */
  const paths = new Map<string, string>()
  const server = createServer(({ url = '' }, response) => {
    const script = scripts.has(url)
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(script ? scripts.get(url) : `<!doctype html><title>bench</title><body><script src="${url}.js"></script>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const browser = await launch('chromium', { args })
  return {
    browser,
    name: `Chromium ${browser.version()}`,
    open: async (program) => {
      const path = paths.get(program) ?? `/${paths.size}`
      if (!paths.has(program)) {
        paths.set(program, path)
        scripts.set(`${path}.js`, await bundle(program, folder))
      }
      const page = await openPage(browser, `http://localhost:${port}${path}`)
      page.on('pageerror', (error) => console.error(`in the page: ${error.message}`))
      return page
    },
    close: async () => {
      await browser.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
