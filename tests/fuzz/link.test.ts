import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isRecord } from '../../src/base/record'
import { Link } from '../../src/link/link'
import { TRACK_LIMITS } from '../../src/link/track-map'
import { LocalTrack } from '../../src/media/local-track'
import { readMessage } from '../../src/peer/message'
import type { LegMessage } from '../../src/signaling/port'
import { FakeTrack } from '../../src/testing/fake-media'
import { FakePeerConnection } from '../../src/testing/fake-peer-connection'
import { FakeTasks } from '../../src/testing/fake-peer-connection-tasks'
import { FakeRuntime } from '../../src/testing/fake-runtime'
import { FRAMES, SEED } from './amount'
import { Chance, hashOf } from './chance'
import { heapBytes } from './heap'
import { breakText, hostileValue, mutate, write } from './hostile'
import { evidence, VALID_SHARE } from './mutator'
import { LEG_SAMPLES, type Scene } from './samples'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const STATES = ['new', 'connecting', 'connected', 'interrupted', 'failed', 'closed']
const scene: Scene = { calls: ['c'], users: ['mal'], sessions: ['s'], keys: ['k'], ids: [1] }

const rejections: unknown[] = []
const note = (reason: unknown): void => void rejections.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => void process.off('unhandledRejection', note))

const check = (right: boolean, what: string): void => {
  if (!right) throw new Error(what)
}

/** One end of a link, and what it would send. */
class End {
  readonly sent: LegMessage[] = []
  readonly told: string[] = []
  readonly link: Link
  /** The connections that it made, as long as they are open. */
  fakes: FakePeerConnection[] = []
  receive: (message: LegMessage) => void = () => undefined
  made = 0

  constructor(name: string, polite: boolean, tasks: FakeTasks, runtime: FakeRuntime, tracks: readonly LocalTrack[]) {
    this.link = new Link(
      { mode: 'symmetric', polite, epoch: 0, send: async (message) => void this.sent.push(message), bind: (receive) => (this.receive = receive) },
      {
        ice: async () => ({ servers: [], policy: 'all' }),
        runtime: {
          after: runtime.after,
          createPeerConnection: () => {
            const fake = new FakePeerConnection({ name: `${name} ${++this.made}`, tasks })
            this.fakes = [...this.fakes.filter(({ connectionState }) => connectionState !== 'closed'), fake]
            return fake.connection
          },
          createMediaStream: () => ({ id: `stream of ${name}` }) as MediaStream,
        },
        logger: silent,
      },
    )
    for (const track of tracks) this.link.publish(track)
    for (const event of ['trackAdded', 'trackRemoved', 'trackMuted', 'trackUnmuted'] as const)
      this.link.on(event, ({ track: { id, name, group, kind } }) => {
        check(typeof id === 'string' && id.length <= TRACK_LIMITS.idChars && name.length <= TRACK_LIMITS.nameChars && typeof group === 'string' && /^(audio|video)$/.test(kind), `a track ${write([id, name, group, kind])}`)
        this.told.push(`${event} ${id}`)
      })
  }
}

const trackOf = (id: string, kind: 'audio' | 'video' = 'audio'): LocalTrack =>
  new LocalTrack({ id, name: id, kind, source: 'custom', group: id, track: new FakeTrack(kind).track })

/** Two ends of one link, and the network between them. */
class Pair {
  readonly tracks = [trackOf('t1'), trackOf('t2', 'video')]
  readonly a: End
  readonly b: End
  readonly #tasks: FakeTasks

  constructor(tasks: FakeTasks, runtime: FakeRuntime, politeVictim: boolean) {
    this.#tasks = tasks
    this.a = new End('a', politeVictim, tasks, runtime, this.tracks)
    this.b = new End('b', !politeVictim, tasks, runtime, [trackOf('x'), trackOf('t3', 'video')])
  }

  /** Carries what they say until they have said everything. */
  async carry(): Promise<void> {
    for (;;) {
      await this.#tasks.drain()
      const [there, back] = [this.a.sent.splice(0), this.b.sent.splice(0)]
      if (!there.length && !back.length) return
      for (const message of there) this.b.receive(JSON.parse(JSON.stringify(message)) as LegMessage)
      for (const message of back) this.a.receive(JSON.parse(JSON.stringify(message)) as LegMessage)
    }
  }

  close(): void {
    this.a.link.close()
    this.b.link.close()
  }
}

/** Messages of one kind as another side may send them: JSON always, for the server saw to that. */
class LegMutator {
  readonly chance: Chance
  readonly counts = { made: 0, valid: 0 }
  readonly #kind: string

  constructor(kind: string) {
    this.#kind = kind
    this.chance = new Chance(SEED ^ hashOf(`leg ${kind}`))
  }

  next(epoch: number, n: number): { readonly text: string; readonly valid: boolean } {
    const wanted = this.chance.flip(VALID_SHARE)
    let made = this.#make(epoch, n, wanted)
    for (let tries = 0; wanted && !made.valid && tries < 5; tries++) made = this.#make(epoch, n, tries < 4)
    this.counts.made++
    if (made.valid) this.counts.valid++
    return made
  }

  #make(epoch: number, n: number, gently: boolean): { readonly text: string; readonly valid: boolean } {
    const { chance } = this
    const received = chance.flip(0.7) ? { received: chance.pick([0, 1, 2, 5, 1_000]) } : {}
    const message: Record<string, unknown> = { epoch, n, ...received, ...LEG_SAMPLES[this.#kind]?.(chance, scene) }
    if (!gently || chance.flip(0.5)) for (let times = chance.pick([1, 1, 2, 3]); times > 0; times--) mutate(message, chance, ['t1', 't2', '0', '1', 'rollback'], chance.flip(0.95) ? ['epoch', 'n'] : [])
    if (chance.flip(0.03)) message['n'] = n + chance.pick([-1, 1, 2, 31, 32, 33, 1_000])
    if (chance.flip(0.03)) message['epoch'] = epoch + chance.pick([-1, 1, 2, 65_536, 2 ** 40])
    const text = write(message)
    const raw: unknown = JSON.parse(text)
    const known = isRecord(raw) && (readMessage(raw) !== undefined || (isRecord(raw['control']) && typeof raw['control']['kind'] === 'string') || raw['n'] === undefined)
    return { text, valid: known && isRecord(raw) && Number.isSafeInteger(raw['epoch']) }
  }
}

describe('a link, told whatever the other side may think of', () => {
  it.each(Object.keys(LEG_SAMPLES))(`of "%s", ${FRAMES} times`, async (kind) => {
    const runtime = new FakeRuntime()
    const tasks = new FakeTasks()
    const others = new Pair(new FakeTasks(), runtime, true)
    await others.carry()
    const mutator = new LegMutator(kind)
    const { chance } = mutator
    let pair: Pair | undefined
    let text = ''
    let index = 0
    let age = 0
    let heapAtStart = 0
    /** What the frames did, so that a change that lets none of them through does not go unseen. */
    const done = { connections: 0, events: 0, refused: 0 }
    const settleUp = ({ a }: Pair): void => {
      const { duplicates, invalidMessages, staleMessages } = a.link.counters
      done.connections += a.made - 1
      done.events += a.told.length - 2
      done.refused += duplicates + invalidMessages + staleMessages
    }
    const undisturbed = async (): Promise<void> => {
      const [track] = others.tracks
      others.b.told.length = 0
      await Promise.all([track?.mute(), others.carry()])
      await Promise.all([track?.unmute(), others.carry()])
      expect(others.b.told).toEqual(['trackMuted t1', 'trackUnmuted t1'])
      expect([others.a.link.state, others.b.link.state]).toEqual(['connected', 'connected'])
    }
    try {
      for (; index < FRAMES; index++) {
        if (index === Math.floor(FRAMES / 10)) heapAtStart = heapBytes()
        const state = pair?.a.link.state
        // One that is no more, or that has heard enough, gives way to another.
        if (!pair || state === 'failed' || state === 'closed' || age++ > 200) {
          if (pair) settleUp(pair)
          pair?.close()
          await tasks.drain()
          pair = new Pair(tasks, runtime, chance.flip())
          age = 0
          if (chance.flip(0.8)) await pair.carry()
          pair.b.link.close()
        }
        const { a } = pair
        // It says itself what it waits for.
        a.link.restored()
        const { epoch, received } = a.sent.pop() ?? {}
        const mutant = mutator.next(Number(epoch), Number(received) + 1)
        text = mutant.text
        const before = a.made
        if (chance.flip(0.9)) a.receive(JSON.parse(text) as LegMessage)
        else {
          const broken = chance.pick([() => text, () => breakText(text, chance), () => write(hostileValue(chance)), () => new ArrayBuffer(8)])()
          const channel = a.fakes.at(-1)?.channels[0]
          channel?.dispatchEvent(Object.assign(new Event('message'), { data: broken }))
        }
        if (index % 4 === 0) {
          await tasks.drain()
          runtime.advance(50)
          check(STATES.includes(a.link.state), a.link.state)
          check(a.link.remoteTracks.size <= TRACK_LIMITS.tracks, `${a.link.remoteTracks.size} tracks`)
          check(a.made - before <= 4, `${a.made - before} connections for few words`)
          check(a.fakes.filter(({ connectionState }) => connectionState !== 'closed').length <= 2, 'connections that nobody needs')
          check(a.sent.length < 2_000, `${a.sent.length} messages in answer`)
          a.sent.length = 0
          if (rejections.length) throw rejections.splice(0)[0]
        }
        if (index % 512 === 0) await undisturbed()
      }
      const grown = heapBytes() - heapAtStart
      await undisturbed()
      pair?.close()
      others.close()
      await tasks.drain()
      // What has no number changes no epoch.
      if (kind !== 'received') expect(done.connections).toBeGreaterThan(FRAMES / 500)
      expect(done.refused).toBeGreaterThan(FRAMES / 10)
      if (kind === 'description' || kind === 'muted') expect(done.events).toBeGreaterThan(FRAMES / 100)
      expect(runtime.timers).toBe(0)
      expect(mutator.counts.valid).toBeGreaterThan(FRAMES / 5)
      expect(grown).toBeLessThan(6_000_000)
    } catch (error) {
      throw new Error(evidence(SEED, `leg ${kind}`, index, text), { cause: error })
    }
  })
})
