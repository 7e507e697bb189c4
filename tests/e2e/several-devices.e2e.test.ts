import type { Browser } from 'playwright'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { person } from './people'

let pages: PageServer
let server: ServerProcess
let browser: Browser

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
  browser = await launch('chromium')
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await pages.close()
})

it('rings on all three devices, is answered on one, and the others stop with no connection made', async () => {
  const open = (name: string) => person(browser, pages.url, server.url, name)
  const [aki, phone, desk, tablet] = await Promise.all([open('aki'), open('bob'), open('bob'), open('bob')])
  await aki.call('bob', { audio: true })
  await Promise.all([phone.is('ringing'), desk.is('ringing'), tablet.is('ringing')])
  // Two people press at the same moment: the first has the call, and the other is told.
  const answers = await Promise.all([desk.accept({ audio: true }), phone.accept({ audio: true })])
  await aki.is('active')
  const devices = [desk, phone, tablet]
  await expect.poll(async () => (await Promise.all(devices.map((one) => one.state()))).sort()).toEqual(['active', 'ended', 'ended'])
  const states = await Promise.all(devices.map((one) => one.state()))
  const reasons = await Promise.all(devices.map((one) => one.reason()))
  expect(reasons.map((reason) => reason?.code)).toEqual(states.map((state) => (state === 'ended' ? 'call/answered-elsewhere' : undefined)))
  expect(answers).toContain('accepted')
  const connections = await Promise.all([aki, ...devices].map((one) => one.connections()))
  expect(connections.map(({ open }) => open)).toEqual([1, ...states.map((state) => (state === 'active' ? 1 : 0))])
  // Before it is answered, a device makes none.
  expect(connections.at(-1)).toEqual({ made: 0, open: 0 })
  await aki.hangUp()
  await expect.poll(async () => (await Promise.all([aki, ...devices].map((one) => one.connections()))).map((count) => count.open)).toEqual([0, 0, 0, 0])
})
