import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { CLIENT_FRAMES } from '../../src/protocol/client-frames'
import { person } from '../e2e/people'
import { launch } from '../setup/launch'
import { NETWORK_TRANSPORTS } from '../setup/network-transports'
import { type OwnServer, startOwnServer } from '../setup/own-server'
import { servePage } from '../setup/page-server'
import { DOOR_FRAMES, SEED } from './amount'
import type { Said } from './hostile-server'
import { Raid, type Tally } from './raid'
import { templatesOf } from './templates'

/** How the call of the bystanders goes. */
interface Report {
  readonly said: number
  readonly heard: number
  readonly wrong: readonly string[]
  readonly medianMs: number
  readonly p99Ms: number
  readonly maxMs: number
}

const DOORS = Object.entries(NETWORK_TRANSPORTS)
const TYPES = Object.keys(CLIENT_FRAMES)

let server: OwnServer
let bystanders: ChildProcess
const mals: WebSocket[] = []
const cleanUp: (() => Promise<unknown>)[] = []

/** A callee that takes one call of every visitor's, lets one ring and is too busy for others. */
const mal = async (name: string): Promise<void> => {
  const socket = new WebSocket(server.url.replace(/^http/, 'ws'), ['tsunagu.v1'])
  let n = 0
  const say = (frame: object): void => socket.send(JSON.stringify(frame))
  socket.on('message', (data) => {
    const { type, call, n: number, id } = JSON.parse((data as Buffer).toString()) as Said
    if (typeof number === 'number') say({ type: 'ack', received: number })
    const [kind] = String(call).split('-')
    if (type === 'ping') say({ type: 'pong', id })
    else if (type === 'invited' && kind === 'active') say({ type: 'accept', n: ++n, call })
    else if (type === 'invited' && kind !== 'ringing') say({ type: 'end', n: ++n, call, code: 'call/busy' })
  })
  await once(socket, 'open')
  say({ type: 'hello', v: 1, token: name, instance: name })
  await once(socket, 'message')
  mals.push(socket)
}

const report = async (): Promise<Report> => {
  const answer = once(bystanders, 'message')
  bystanders.send('report')
  return ((await answer) as [Report])[0]
}

/** So many frames of every type at every door, at all doors at once. */
const raidAll = async (count: number): Promise<Readonly<Record<string, Tally>>> => {
  const tallies: Record<string, Tally> = {}
  for (const type of TYPES)
    await Promise.all(
      DOORS.map(async ([door, transport], index) => {
        // Other ones at each door.
        const templates = templatesOf(type, count, SEED + index)
        expect(templates.filter(({ valid }) => valid).length).toBeGreaterThan(count / 5)
        const raid = new Raid(door, transport(server.url, { WebSocket }), type, templates)
        const tally = await raid.run(4).catch((cause: unknown) => {
          throw new Error(`FUZZ_SEED=${SEED} FUZZ_DOOR_FRAMES=${count}: at the door ${raid.where}`, { cause })
        })
        expect(tally.sent).toBe(count)
        const sum = (tallies[door] ??= { sent: 0, valid: 0, links: 0, ended: 0, answered: 0, again: 0 })
        for (const name of Object.keys(tally) as (keyof Tally)[]) sum[name] += tally[name]
      }),
    )
  return tallies
}

const countOf = async (): Promise<number> => {
  const { malformed, unknownTypes, tooLarge, turnedAway } = await server.counters()
  return malformed + unknownTypes + tooLarge + turnedAway
}

beforeAll(async () => {
  // A session whose link was cut is gone soon, and mal may be called by hundreds at once.
  server = await startOwnServer({ doors: ['websocket', 'sse', 'long-polling', 'socket-io'], graceMs: 1_000, limits: { callsPerSession: 1_000 } })
  await Promise.all(DOORS.map(([door]) => mal(`mal-${door}`)))
  bystanders = fork(fileURLToPath(new URL('bystander.mjs', import.meta.url)), [server.url], { execArgv: [] })
  await once(bystanders, 'message')
})
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
})
afterAll(async () => {
  if (bystanders?.connected) bystanders.disconnect()
  for (const socket of mals) socket.terminate()
  await server?.close()
})

it(`counts ${DOOR_FRAMES} hostile frames of every type at every door, answers who asked, and disturbs nobody`, { timeout: 900_000 }, async () => {
  // What it is like without anybody else.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const quiet = await report()
  const before = await countOf()
  const started = performance.now()
  const tallies = await raidAll(DOOR_FRAMES)
  const seconds = Math.round((performance.now() - started) / 1_000)
  const loud = await report()
  console.log(JSON.stringify({ seconds, tallies, quiet, loud, counters: await server.counters() }))
  const invalid = Object.values(tallies).reduce((sum, { sent, valid }) => sum + sent - valid, 0)
  for (const { again, links } of Object.values(tallies)) expect(again).toBeLessThan(5 + links / 50)
  expect((await countOf()) - before).toBeGreaterThanOrEqual(invalid)
  expect(loud.wrong).toEqual([])
  // What was said last may still be on its way.
  expect(loud.said - loud.heard).toBeLessThanOrEqual(20)
  // A person would not notice. Alone it takes a millisecond; here everybody shares two cores.
  expect(loud.medianMs).toBeLessThan(250)
  // Those whose links were cut are kept for the grace.
  const left = { links: 2 + mals.length, calls: 1, sessions: 2 + mals.length, users: 2 + mals.length, watchedIds: 0 }
  await expect.poll(() => server.stats(), { timeout: 20_000, interval: 200 }).toMatchObject(left)
  expect((await server.counters()).rssBytes).toBeLessThan(500_000_000)
})

it('lets a call between two browsers go on all the while', { timeout: 120_000 }, async () => {
  const pages = await servePage('tests/e2e/pages/call.ts')
  cleanUp.push(() => pages.close())
  const browser = await launch('chromium')
  cleanUp.push(() => browser.close())
  const [ami, ben] = await Promise.all(['ami', 'ben'].map((name) => person(browser, pages.url, server.url, name)))
  if (!ami || !ben) throw new Error('nobody came')
  await ami.call('ben', { audio: true, video: true })
  await ben.is('ringing')
  await ben.accept({ audio: true, video: true })
  await Promise.all([ami.is('active'), ben.is('active')])
  let raiding = true
  const raid = raidAll(100).finally(() => (raiding = false))
  const counts: number[] = []
  while (raiding) counts.push(...(await Promise.all([ami.frames('camera', 2_000, 5), ben.frames('camera', 2_000, 5)])))
  await raid
  console.log(JSON.stringify({ framesSeen: counts }))
  expect(counts.length).toBeGreaterThan(1)
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(5)
  expect([await ami.state(), await ben.state()]).toEqual(['active', 'active'])
  await ami.hangUp()
  await ben.is('ended')
})
