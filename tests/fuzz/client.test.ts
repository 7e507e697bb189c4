import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRtcError } from '../../src/base/errors'
import { Client } from '../../src/client'
import { SERVER_FRAMES } from '../../src/protocol/server-frames'
import type { Call } from '../../src/session/call'
import { talking, World } from '../../src/testing/world'
import { FRAMES, SEED } from './amount'
import type { Chance } from './chance'
import { heapBytes } from './heap'
import { HostileServer, takes } from './hostile-server'
import { evidence, Mutator } from './mutator'
import { CONTROL_SAMPLES, type Sample, type Scene, SERVER_SAMPLES } from './samples'

/** What answers a greeting; said at any time. */
const OPENING: readonly string[] = ['welcome', 'resumed', 'reclaimed', 'gone', 'refused', 'superseded']
const STATES = ['offline', 'connecting', 'online', 'waiting', 'closed']
const CALL_STATES = ['inviting', 'ringing', 'connecting', 'active', 'reconnecting', 'ended']
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

const check = (right: boolean, what: string): void => {
  if (!right) throw new Error(what)
}

/** An app with a client at a server that is not what it seems; two others talk over one that is. */
class Scenery {
  readonly world = new World()
  readonly server = new HostileServer()
  readonly client: Client
  readonly scene: Scene = { calls: ['none'], users: ['mal', 'aki', 'eve', '*'], sessions: ['session-1', 's'], keys: ['key', 'k'], ids: [1, 2, 3] }
  #chance: Chance | undefined
  #talk: Awaited<ReturnType<typeof talking>> | undefined
  readonly #heard: unknown[] = []
  #round = 0
  #opens = 0
  /** How often a message could not be sent any more. */
  full = 0

  constructor() {
    this.client = new Client({ signaling: this.server, token: 'eve', reconnect: { firstDelayMs: 20, maxDelayMs: 200 }, runtime: this.world.runtime, logger: silent })
    this.client.on('callReceived', ({ call }) => this.#follow(call))
    this.client.on('messageReceived', ({ from }) => check(typeof from === 'string', 'a message from nobody'))
    this.client.on('stateChanged', ({ to }) => check(STATES.includes(to), `the state ${to}`))
    this.client.presence.watch(['mal', '*'], ({ id, status }) => check(typeof id === 'string' && typeof status === 'string', 'presence of nobody'))
  }

  async begin(chance: Chance): Promise<void> {
    this.#chance = chance
    const both = await talking(this.world)
    await this.world.path('connected')
    both.bob.on('messageReceived', ({ data }) => this.#heard.push(data))
    for (const call of [both.outgoing, both.incoming]) call.on('stateChanged', ({ to }) => this.#heard.push(to))
    this.#talk = both
  }

  /** A call that the client was told of: the app does with it what apps do. */
  #follow(call: Call): void {
    check(typeof call.id === 'string' && typeof call.remote.id === 'string' && typeof call.remote.name === 'string', 'a call from nobody')
    check(typeof call.media.audio === 'boolean' && typeof call.media.video === 'boolean', 'a call with no wish')
    call.on('stateChanged', ({ to, reason }) => {
      check(CALL_STATES.includes(to), `the call state ${to}`)
      check((to === 'ended') === (reason !== undefined), 'an end without a reason')
      if (reason) check(typeof reason.code === 'string', 'an end without a code')
    })
    call.whenActive().catch((error: unknown) => check(isRtcError(error), 'an end that is no RtcError'))
    const chance = this.#chance
    if (chance?.flip(0.3)) call.accept().catch((error: unknown) => check(isRtcError(error), 'no RtcError'))
    else if (chance?.flip(0.3)) void call.reject().catch(() => undefined)
  }

  /** Online, with a call that is under way, one that is placed and one that rings. */
  async enter(withCalls = true): Promise<void> {
    const { client, server, world } = this
    server.mute = false
    for (let tries = 0; client.state !== 'online' || !server.linked; tries++) {
      check(tries < 40, `never online again: ${client.state}`)
      if (client.state === 'offline') client.connect().catch(() => undefined)
      await world.runtime.settle()
      // In steps, so that the others answer the pings of their server.
      if (client.state !== 'online') await world.runtime.elapse(tries < 5 ? 200 : 60_000, tries < 5 ? 200 : 5_000)
    }
    // Where each frame may end the session, not each one is worth three calls.
    if (!withCalls) return
    await this.clear()
    server.heard.length = 0
    const mine = [client.call('mal'), client.call('mal')]
    server.number({ type: 'invited', call: `in-${server.n}-${server.opens}`, from: { id: 'mal' }, media: { audio: true, video: false } })
    for (const call of mine) this.#follow(call)
    await world.runtime.settle()
    const [active] = mine
    // A client that can say nothing any more has no call.
    if (client.state !== 'online') return
    server.number({ type: 'accepted', call: active?.id, from: { id: 'mal' }, key: 'k' })
    this.scene.calls = [...client.calls.map(({ id }) => id), 'none']
    await this.settle()
  }

  async settle(): Promise<void> {
    await this.world.settle()
    const { connections } = this.world
    connections.splice(0, connections.length, ...connections.filter(({ connectionState }) => connectionState !== 'closed'))
  }

  /** Hangs up everything, so that there is room for what comes. */
  async clear(): Promise<void> {
    for (const call of this.client.calls) void call.hangUp().catch(() => undefined)
    await this.settle()
  }

  async undisturbed(): Promise<void> {
    const talk = this.#talk
    if (!talk) throw new Error('nobody talks')
    const data = { round: ++this.#round }
    const sent = talk.aki.send('bob', data)
    await this.world.settle()
    await sent
    const heard = JSON.stringify(this.#heard.splice(0))
    check(heard === JSON.stringify([data]), `bob heard ${heard}`)
    check(talk.incoming.state === 'active' && talk.outgoing.state === 'active', `the call of the others is ${talk.incoming.state}`)
  }

  bounded(): void {
    const { client, server, world } = this
    if (server.thrown.length) throw server.thrown[0]
    if (rejections.length) throw rejections.splice(0)[0]
    check(client.calls.length <= 8, `${client.calls.length} calls`)
    check(world.runtime.timers < 300, `${world.runtime.timers} timers`)
    // A new link carries again what was not acknowledged.
    const most = 1_000 + 1_200 * (server.opens - this.#opens)
    check(server.heard.length < most, `${server.heard.length} frames in answer`)
    server.heard.length = 0
    this.#opens = server.opens
    // What nobody acknowledges fills up, and what can be said no more must not end the client.
    if (server.deaf && client.state === 'online')
      for (let left = 60; left > 0; left--)
        client.send('mal', 'hello?').catch((error: unknown) => {
          if (isRtcError(error) && error.code === 'signaling/outbox-full') this.full++
        })
  }
}

/** What goes through signaling unread is told by kind, too. */
const CASES: readonly (readonly [string, number, string, Readonly<Record<string, Sample>>])[] = [
  ...Object.keys(SERVER_FRAMES).map((type) => [type, FRAMES, type, SERVER_SAMPLES] as const),
  ...Object.entries(CONTROL_SAMPLES).map(([kind, sample]) => {
    const control: Sample = (chance, scene) => ({ call: scene.calls[0], message: sample(chance, scene) })
    return [`control ${kind}`, FRAMES / 5, 'control', { control }] as const
  }),
]

describe('a client, told whatever a server may think of', () => {
  it.each(CASES)('of "%s", %i times', async (name, count, type, samples) => {
    const fields = SERVER_FRAMES[type as keyof typeof SERVER_FRAMES]
    const scenery = new Scenery()
    const { server, client, world, scene } = scenery
    const mutator = new Mutator(type, { seed: SEED, samples, shapes: SERVER_FRAMES, scene })
    const { chance } = mutator
    let text = ''
    let index = 0
    let heapAtStart = 0
    let taken = 0
    try {
      await scenery.begin(chance)
      await scenery.enter()
      for (; index < count; index++) {
        // For half of the time, until what the client keeps for it is full.
        const turn = Math.min(2_500, count)
        server.deaf = index % turn > turn / 2
        if (index === Math.floor(count / 10)) heapAtStart = heapBytes()
        if (OPENING.includes(type) && !server.linked && chance.flip()) {
          // The greeting itself is answered by the frame.
          server.mute = true
          if (client.state === 'offline') client.connect().catch(() => undefined)
          await world.runtime.settle()
          if (!server.linked) await world.runtime.elapse(200, 200)
        } else if (!server.linked || client.state !== 'online') await scenery.enter(!OPENING.includes(type) || chance.flip(0.2))
        const mutant = mutator.next('n' in fields ? server.n : undefined)
        text = mutant.text
        const online = client.state === 'online'
        server.text(text)
        if (online && takes(text, server.n)) {
          server.n++
          taken++
        }
        if (index % 4 === 0) world.runtime.advance(10)
        if (index % 16 === 0) {
          await scenery.settle()
          scenery.bounded()
        }
        if (index % 64 === 0) {
          if (client.state === 'online' && server.linked) await scenery.enter()
        }
        if (index % 512 === 0) await scenery.undisturbed()
      }
      const grown = heapBytes() - heapAtStart
      await scenery.undisturbed()
      await client.close()
      await scenery.settle()
      scenery.bounded()
      expect(client.calls).toEqual([])
      expect(mutator.counts.valid).toBeGreaterThan(count / 5)
      // With a handful of frames it never gets that far.
      if ('n' in fields && count >= 2_000) expect(scenery.full).toBeGreaterThan(0)
      if ('n' in fields) expect(taken).toBeGreaterThan(count / 2)
      expect(grown).toBeLessThan(6_000_000)
      await world.close()
    } catch (error) {
      throw new Error(evidence(SEED, name, index, text), { cause: error })
    }
  })
})
