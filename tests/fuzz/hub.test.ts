import { describe, expect, it } from 'vitest'
import { CLIENT_FRAMES } from '../../src/protocol/client-frames'
import { hubWorld } from '../../src/testing/hub-world'
import { FRAMES, SEED } from './amount'
import { foresee } from './foresight'
import { heapBytes } from './heap'
import { type Heard, HubGuest } from './hub-guest'
import { evidence, Mutator } from './mutator'
import { CLIENT_SAMPLES, type Scene } from './samples'

const MEDIA = { audio: true, video: true }
const CALL = 'the-call-of-aki-and-bob'
const OTHERS = ['mal', 'aki', 'bob', 'dora', '*', 'nobody']
/** These say who a link is; the others need a session. */
const OPENING: readonly string[] = ['hello', 'resume', 'reclaim']

/** Eve says what she wants, mal plays along, aki and bob are in a call that is none of hers. */
class Scenery {
  readonly world = hubWorld()
  readonly hub = this.world.hub
  readonly mal = new HubGuest(this.hub, 'mal')
  readonly aki = new HubGuest(this.hub, 'aki')
  readonly bob = new HubGuest(this.hub, 'bob')
  dora: HubGuest | undefined
  eve = new HubGuest(this.hub, 'eve')
  readonly scene: Scene = { calls: [CALL], users: OTHERS, sessions: [], keys: [], ids: [1, 2, 3] }
  #round = 0
  #calls = 0
  #eves = 0
  /** What eve waits for: results by their ids, and news of the calls that she placed. */
  readonly results = new Map<number, number>()
  readonly invited = new Set<string>()
  /** Ids of messages in parts: one result for all of them. */
  readonly parts = new Set<number>()
  readonly #known = new Set<string>()
  /** How many frames were taken for what they are, with their numbers. */
  taken = 0

  settle(): Promise<void> {
    return this.world.runtime.settle()
  }

  async begin(): Promise<void> {
    const people = [this.mal, this.aki, this.bob]
    for (const guest of people) guest.hello()
    await this.settle()
    this.scene.sessions = people.map((guest) => String(guest.take()[0]?.['session']))
    this.aki.number({ type: 'invite', call: CALL, to: 'bob', media: MEDIA })
    await this.betray()
    this.bob.number({ type: 'accept', call: CALL })
    await this.settle()
    for (const guest of people) guest.take()
  }

  /** Eve has a session, or a link without one. */
  async enter(withSession: boolean): Promise<void> {
    this.eve.leave()
    this.results.clear()
    this.invited.clear()
    this.parts.clear()
    // Each time another person: one whose link was cut would ring as a device of the next one.
    this.eve = new HubGuest(this.hub, `eve${++this.#eves}`)
    this.scene.users = [this.eve.token, ...OTHERS]
    if (!withSession) return
    this.eve.hello()
    await this.settle()
    await this.callAround()
  }

  /** Dora lost the key of her session, and eve found it. */
  async betray(): Promise<void> {
    if (this.dora?.open) return
    this.dora = new HubGuest(this.hub, 'dora')
    this.dora.hello()
    await this.settle()
    const [welcome] = this.dora.take()
    this.scene.sessions = [...this.scene.sessions.slice(0, 3), String(welcome?.['session'])]
    this.scene.keys = [String(welcome?.['key'])]
  }

  /** Eve is in one call, places another, and a third one rings at her. */
  async callAround(): Promise<void> {
    const { eve, mal } = this
    for (const call of this.scene.calls) if (call !== CALL) mal.number({ type: 'end', call, code: 'call/hung-up' })
    const [active, outgoing, incoming] = [1, 2, 3].map(() => `call-${++this.#calls}`)
    this.scene.calls = [CALL, active, outgoing, incoming].map(String)
    for (const call of [active, outgoing]) eve.number({ type: 'invite', call, to: 'mal', media: MEDIA })
    mal.number({ type: 'invite', call: incoming, to: 'eve', media: MEDIA })
    await this.settle()
    mal.number({ type: 'accept', call: active })
    await this.settle()
  }

  /** Eve says something; what docs/protocol.md promises for it is written down. */
  say(text: string, withSession: boolean): void {
    const { eve, hub } = this
    if (!withSession) return eve.text(text)
    const { fate, request, part, invite } = foresee(text, eve.n)
    const { rateLimited } = hub.counters
    eve.text(text)
    // Far too much was said: this is to be said again, on another link.
    if (!eve.open && fate === 'taken' && hub.counters.rateLimited > rateLimited) {
      this.results.clear()
      return this.invited.clear()
    }
    if (eve.open === (fate === 'ends')) throw new Error(`The link is ${eve.open ? 'open' : 'closed'}.`)
    if (fate !== 'taken') return
    eve.n++
    this.taken++
    if (part !== undefined) this.parts.add(part)
    if (request !== undefined && !this.parts.has(request)) this.results.set(request, (this.results.get(request) ?? 0) + 1)
    if (invite !== undefined && !this.scene.calls.includes(invite)) this.invited.add(invite)
  }

  /** Everybody acts on what they heard; every request of eve's was answered. */
  async answer(): Promise<void> {
    await this.settle()
    const heard = this.eve.take()
    for (const frame of heard) if (frame.type === 'result' && !this.parts.has(Number(frame['id']))) this.results.set(Number(frame['id']), (this.results.get(Number(frame['id'])) ?? 0) - 1)
    expect([...this.results].filter(([, open]) => open !== 0)).toEqual([])
    this.results.clear()
    for (const { type, call } of heard) if (type === 'ended') this.#known.add(String(call))
    const told: Heard[] = []
    for (const guest of [this.mal, this.aki, this.bob, this.dora]) {
      const frames = guest?.take() ?? []
      if (guest === this.aki || guest === this.bob) told.push(...frames.filter(({ call }) => call === CALL))
      for (const { type, call } of frames) {
        if (type !== 'invited' || this.scene.calls.includes(String(call))) continue
        this.#known.add(String(call))
        guest?.number({ type: 'end', call, code: 'call/busy' })
      }
    }
    expect([...this.invited].filter((call) => !this.#known.has(call))).toEqual([])
    this.invited.clear()
    this.#known.clear()
    expect(told).toEqual([])
    await this.settle()
    for (const guest of [this.eve, this.mal]) guest.take()
  }

  /** Aki and bob talk: each word once, in order, and nothing between. */
  async undisturbed(): Promise<void> {
    const { aki, bob } = this
    for (const guest of [aki, bob]) guest.take()
    this.#round++
    for (const guest of [aki, bob])
      for (const part of [1, 2]) guest.number({ type: 'leg', call: CALL, message: { round: this.#round, part } })
    await this.settle()
    for (const guest of [aki, bob])
      expect(guest.take().filter(({ call }) => call === CALL).map(({ type, message }) => ({ type, message }))).toEqual([1, 2].map((part) => ({ type: 'leg', message: { round: this.#round, part } })))
  }

  async end(): Promise<void> {
    for (const guest of [this.eve, this.mal, this.aki, this.bob, this.dora]) guest?.leave()
    for (let minute = 0; minute < 3; minute++) {
      this.world.runtime.advance(60_000)
      await this.settle()
    }
  }
}

describe('the hub, told whatever anybody may think of', () => {
  it.each(Object.entries(CLIENT_FRAMES))(`of "%s", ${FRAMES} times`, async (type, fields) => {
    const scenery = new Scenery()
    const { world, scene } = scenery
    await scenery.begin()
    const mutator = new Mutator(type, { seed: SEED, samples: CLIENT_SAMPLES, shapes: CLIENT_FRAMES, scene })
    const counted = (): number => Object.values(world.hub.counters).reduce((sum, count) => sum + count, 0)
    let withSession: boolean | undefined
    let text = ''
    let index = 0
    let heapAtStart = 0
    try {
      for (; index < FRAMES; index++) {
        if (index === Math.floor(FRAMES / 10)) heapAtStart = heapBytes()
        // Now and then where nobody expects it.
        const wanted = OPENING.includes(type) === mutator.chance.flip(index % 500 < 50 ? 0.95 : 0)
        if (withSession !== wanted || !scenery.eve.open) await scenery.enter((withSession = wanted))
        const { eve } = scenery
        const mutant = mutator.next('n' in fields ? eve.n + 1 : undefined)
        text = mutant.text
        // First the answers: what comes after the end of a link is kept for the next one.
        if (withSession && foresee(text, eve.n).fate === 'ends') await scenery.answer()
        const before = counted()
        scenery.say(text, withSession)
        if (!mutant.valid && counted() === before) throw new Error('It was not counted.')
        world.runtime.advance(20)
        if (!withSession) {
          await scenery.settle()
          // What let her in is over, and what did not lets her try again.
          if (eve.take().some((frame) => frame.type === 'welcome' || frame.type === 'reclaimed')) await scenery.enter(false)
        } else if (index % 16 === 0) await scenery.answer()
        if (index % 128 === 0 && withSession && scenery.eve.open) await scenery.callAround()
        if (index % 64 === 0) await scenery.betray()
        if (index % 512 === 0) await scenery.undisturbed()
        const problem = world.problems.splice(0).find((line) => !line.startsWith('`authenticate`'))
        if (problem) throw new Error(`The hub logged: ${problem}`)
      }
      const grown = heapBytes() - heapAtStart
      await scenery.undisturbed()
      await scenery.end()
      expect(world.hub.stats()).toEqual({ links: 0, sessions: 0, users: 0, calls: 0, watchedIds: 0 })
      expect(world.runtime.timers).toBe(0)
      expect(grown).toBeLessThan(6_000_000)
      expect(mutator.counts.valid).toBeGreaterThan(FRAMES / 5)
      if ('n' in fields) expect(scenery.taken).toBeGreaterThan(FRAMES / 2)
    } catch (error) {
      throw new Error(evidence(SEED, type, index, text), { cause: error })
    }
  })
})
