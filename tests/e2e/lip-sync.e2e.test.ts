import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BrowserName, launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { person } from './people'

let pages: PageServer
let server: ServerProcess

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
})
afterAll(async () => {
  await server.close()
  await pages.close()
})

it.each(['chromium', 'firefox'] satisfies BrowserName[])(
  'in %s a flash and a beep that were sent together are seen and heard within 100 ms of each other',
  async (name) => {
    const browser = await launch(name)
    try {
      const [aki, bob] = await Promise.all(['aki', 'bob'].map((who) => person(browser, pages.url, server.url, who)))
      if (!aki || !bob) throw new Error('nobody came')
      await aki.call('bob', {})
      await bob.is('ringing')
      await bob.accept({})
      await aki.is('active')
      await aki.publishFlashes()
      await Promise.all([bob.saw('added flash camera'), bob.saw('added beep microphone')])
      // The first seconds of a call are left out: the jitter buffers still settle.
      const deltas = (await bob.lipSync(8)).slice(2).sort((a, b) => a - b)
      expect(deltas.length).toBeGreaterThanOrEqual(5)
      const median = deltas[Math.floor(deltas.length / 2)] ?? Infinity
      console.log(`lip sync in ${name}: beep after flash, ms: ${deltas.map(Math.round).join(' ')}; median ${Math.round(median)}`)
      expect(Math.abs(median)).toBeLessThan(100)
    } finally {
      await browser.close()
    }
  },
)
