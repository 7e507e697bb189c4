import type { Browser } from 'playwright'
import { createServer, type AuditRecord, type SignalingServer } from 'tsunagu-server'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type Person, person } from './people'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

let pages: PageServer
let server: SignalingServer
let browser: Browser
const audit: AuditRecord[] = []
const here: Person[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await createServer({
    port: 0,
    allowedOrigins: ['*'],
    logger: quiet,
    authorize: ({ id }, action, to) => !(action === 'call' && id === 'mallory' && to === 'bob'),
    audit: (record) => void audit.push(record),
  })
  browser = await launch('chromium')
})
afterEach(async () => {
  await Promise.all(here.splice(0).map((who) => who.page.context().close()))
})
afterAll(async () => {
  await browser.close()
  await server.close()
  await pages.close()
})

const arrive = async (name: string): Promise<Person> => {
  const who = await person(browser, pages.url, server.url, name)
  here.push(who)
  return who
}

/** Somebody who speaks the wire protocol by hand. */
class Hand {
  readonly #socket: WebSocket
  readonly heard: Record<string, unknown>[] = []
  #n = 0

  constructor(url: string) {
    this.#socket = new WebSocket(url.replace(/^http/, 'ws'), 'tsunagu.v1')
    this.#socket.on('message', (data) => this.heard.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>))
  }

  async arrive(token: string): Promise<void> {
    await new Promise((resolve) => this.#socket.once('open', resolve))
    this.#socket.send(JSON.stringify({ type: 'hello', v: 1, token, instance: token }))
    await this.hears('welcome')
  }

  say(frame: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({ ...frame, n: ++this.#n }))
  }

  async hears(type: string): Promise<Record<string, unknown>> {
    await expect.poll(() => this.heard.map((frame) => frame['type']), { timeout: 5_000 }).toContain(type)
    return this.heard.find((frame) => frame['type'] === type) ?? {}
  }

  leave(): void {
    this.#socket.close()
  }
}

it('a call that authorize denies ends call/forbidden, never rings, and stands in the audit log', async () => {
  const [mallory, bob] = await Promise.all([arrive('mallory'), arrive('bob')])
  await mallory.call('bob', { audio: true, video: true })
  expect(await mallory.whenActive()).toMatchObject({ code: 'call/forbidden' })
  expect(await mallory.log()).toEqual(['inviting>ended call/forbidden by system'])
  // Had it rung, it would have before this one, which comes after it over the same way.
  const aki = await arrive('aki')
  await aki.call('bob', {})
  await bob.is('ringing')
  // Once, for the call that was allowed.
  expect(await bob.log()).toEqual(['rang'])
  expect(audit).toContainEqual(expect.objectContaining({ action: 'call', from: 'mallory', to: 'bob', allowed: false }))
})

describe('a hostile other side', () => {
  const HOSTILE: readonly (readonly [string, readonly Record<string, unknown>[]])[] = [
    ['an SDP that does not parse', [{ epoch: 0, n: 1, description: { type: 'offer', sdp: 'v=0\r\nthis is no SDP\r\n' }, tracks: {} }]],
    ['an empty SDP', [{ epoch: 0, n: 1, description: { type: 'offer', sdp: '' }, tracks: {} }]],
  ]

  it.each(HOSTILE)('sends %s: that call ends with a clear reason, a bystander’s goes on', async (_what, messages) => {
    const [aki, carol, bob] = await Promise.all([arrive('aki'), arrive('carol'), arrive('bob')])
    await aki.call('carol', { audio: true, video: true })
    await carol.is('ringing')
    await carol.accept({ audio: true, video: true })
    await Promise.all([aki.is('active'), carol.is('active')])

    const eve = new Hand(server.url)
    await eve.arrive('eve')
    eve.say({ type: 'invite', call: 'c'.repeat(22), to: 'bob', media: { audio: true, video: true }, metadata: null })
    await bob.is('ringing')
    for (const message of messages) eve.say({ type: 'leg', call: 'c'.repeat(22), message })
    await bob.accept({ audio: true, video: true })
    await bob.is('ended')
    expect(await bob.whenActive()).toMatchObject({ code: 'peer/invalid-description' })
    expect(await eve.hears('ended')).toMatchObject({ code: 'peer/invalid-description' })
    eve.leave()

    expect(await Promise.all([aki.frames('camera', 2_000, 5), carol.frames('camera', 2_000, 5)])).toEqual([5, 5])
    expect(await Promise.all([aki.state(), carol.state()])).toEqual(['active', 'active'])
  })

  it('sends junk into a call: it is dropped, and the call still connects with somebody honest', async () => {
    const bob = await arrive('bob')
    const eve = new Hand(server.url)
    await eve.arrive('eve')
    const call = 'd'.repeat(22)
    eve.say({ type: 'invite', call, to: 'bob', media: { audio: false, video: false }, metadata: { deep: [[[[]]]] } })
    await bob.is('ringing')
    for (const message of [
      { epoch: 7.5, n: 1, description: { type: 'offer', sdp: 'x' } },
      { epoch: 0, n: -1 },
      { epoch: 0, n: 1, candidate: { candidate: 'x'.repeat(100_000), sdpMid: '0' } },
      { epoch: 0, n: 2, control: { kind: 'muted', id: 7 } },
      { epoch: 0, n: 3, description: { type: 'pranswer', sdp: 1 }, tracks: null },
      { epoch: 0, n: 4, constructor: 'x', tracks: [] },
      {},
    ])
      eve.say({ type: 'leg', call, message })
    eve.say({ type: 'control', call, message: { kind: 'no-such-thing' } })
    expect(await bob.accept({})).toBe('accepted')
    expect(await bob.state()).toBe('connecting')
    expect(await bob.remoteTracks()).toEqual([])
    await bob.hangUp()
    await eve.hears('ended')
    eve.leave()
    const aki = await arrive('aki')
    await aki.call('bob', {})
    await bob.is('ringing')
    await bob.accept({})
    await Promise.all([aki.is('active'), bob.is('active')])
  })
})
