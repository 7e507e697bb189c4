import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TrackSource } from '../media/facts'
import { LocalTrack } from '../media/local-track'
import type { LegMessage } from '../signaling/port'
import { FakeTrack } from '../testing/fake-media'
import { FakePeerConnection, type FakePeerConnectionOptions } from '../testing/fake-peer-connection'
import { FakeTasks } from '../testing/fake-peer-connection-tasks'
import { Link } from './link'

type Kind = 'audio' | 'video'
type Engine = NonNullable<FakePeerConnectionOptions['engine']>

/** What befalls one of the two: its connection is rebuilt, its page is loaded anew, or signaling loses what is on its way and says so. */
type Blow = 'rebuild' | 'reload' | 'lose'

/** What one of the two does, after some tasks of the two event loops and of the network have run. */
interface Deed {
  readonly by: 0 | 1
  readonly what: 'publish' | 'unpublish' | 'replace' | 'mute' | 'unmute' | 'restartIce' | Blow
  readonly which: number
  readonly kind: Kind
  readonly empty: boolean
  /** Which queue of those that wait goes next, once per task. */
  readonly before: readonly number[]
}

const deed: fc.Arbitrary<Deed> = fc.record({
  by: fc.constantFrom(0, 1),
  what: fc.constantFrom('publish', 'publish', 'publish', 'unpublish', 'unpublish', 'replace', 'mute', 'mute', 'unmute', 'restartIce'),
  which: fc.nat(9),
  kind: fc.constantFrom('audio', 'video'),
  empty: fc.boolean(),
  before: fc.oneof(fc.array(fc.nat(11), { maxLength: 14 }), fc.array(fc.nat(11), { maxLength: 24, size: 'max' })),
})

/** The same, and now and then a blow. */
const hardDeed = fc.tuple(deed, fc.constantFrom<Blow | undefined>(undefined, undefined, undefined, 'rebuild', 'reload', 'lose')).map(
  ([one, blow]): Deed => ({ ...one, ...(blow && { what: blow }) }),
)

const engine: fc.Arbitrary<Engine> = fc.constantFrom('chromium', 'firefox')

const SOURCES: Readonly<Record<Kind, readonly TrackSource[]>> = {
  audio: ['microphone', 'screen-audio', 'custom'],
  video: ['camera', 'screen', 'custom'],
}

/** More tasks than any talk that comes to its end needs. */
const MAX_TASKS = 20_000

const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** One end: a link, what it publishes, and how much that was at most. */
class Side {
  link: Link
  readonly tracks: LocalTrack[] = []
  readonly peak = { audio: 0, video: 0 }
  readonly problems: string[] = []
  connection: FakePeerConnection | undefined
  receive: (message: LegMessage) => void = () => undefined
  readonly #open: (epoch: number) => Link
  #made = 0
  #page = 0
  #waiting = 0

  constructor(
    readonly name: string,
    polite: boolean,
    engine: Engine,
    tasks: FakeTasks,
    send: (message: LegMessage) => void,
  ) {
    const note = (message: string): void => void this.problems.push(message)
    this.#open = (epoch) => {
      const page = this.#page
      const tell = (message: LegMessage): void => {
        if (page === this.#page) send(message)
      }
      const link = new Link(
        { mode: 'symmetric', polite, epoch, send: async (message) => tell(message), bind: (receive) => (this.receive = receive) },
        {
          ice: async () => ({ servers: [], policy: 'all' }),
          runtime: {
            createPeerConnection: () =>
              (this.connection = new FakePeerConnection({ name: `${name}${++this.#made}`, tasks, engine })).connection,
            createMediaStream: () => ({ id: `${name}-stream-${++this.#made}` }) as MediaStream,
            after: () => () => undefined,
          },
          logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
        },
      )
      link.on('failed', ({ error }) => note(error.message))
      link.on('left', () => note('left'))
      return link
    }
    this.link = this.#open(0)
  }

  /** The page is loaded anew: what it published is published under other ids by another link, and what waited there is gone. */
  reload(epoch: number): void {
    this.#page++
    this.#waiting = 0
    this.connection?.close()
    const before = this.tracks.splice(0)
    this.link = this.#open(epoch)
    for (const { kind, media } of before.map((track) => ({ kind: track.kind, media: track.mediaStreamTrack })))
      this.#publish(0, kind, !media)
  }

  does({ what, which, kind, empty }: Deed): void {
    if (what === 'publish') return this.#publish(which, kind, empty)
    if (what === 'restartIce') return this.link.peer?.restartIce()
    if (what === 'rebuild') return this.link.rebuild()
    if (what === 'reload' || what === 'lose') return
    const track = this.tracks[which % this.tracks.length]
    if (!track) return
    if (what === 'unpublish') {
      this.tracks.splice(this.tracks.indexOf(track), 1)
      this.#expect(track.unpublish())
    } else if (what === 'replace') this.#expect(track.replace(new FakeTrack(track.kind).track))
    else this.#expect(track[what]())
  }

  /** None of these fails, however much of it overlaps. */
  #expect(done: Promise<void>): void {
    const page = this.#page
    this.#waiting++
    done.then(
      () => {
        if (page === this.#page) this.#waiting--
      },
      (error: unknown) => this.problems.push(String(error)),
    )
  }

  /** Promises that never settled. */
  get open(): number {
    return this.#waiting
  }

  #publish(which: number, kind: Kind, empty: boolean): void {
    const source = SOURCES[kind][which % 3] as TrackSource
    const id = `${this.name}${++this.#made}`
    const group = which % 2 ? 'main' : id
    const track = new LocalTrack({ id, name: `${id}, a ${source}`, kind, source, group, ...(!empty && { track: new FakeTrack(kind).track }) })
    this.tracks.push(track)
    this.link.publish(track)
    this.peak[kind] = Math.max(this.peak[kind], this.tracks.filter((one) => one.kind === kind).length)
  }
}

const factsOf = ({ id, name, kind, source, group, muted }: Omit<LocalTrack, never> | (typeof Link.prototype.remoteTracks extends ReadonlyMap<string, infer R> ? R : never)) => ({ id, name, kind, source, group, muted })

const talk = async (deeds: readonly Deed[], engines: readonly [Engine, Engine], after: readonly number[]): Promise<readonly [Side, Side]> => {
  const tasks = new FakeTasks()
  let server = 0
  let reloads = 0
  const carry = (from: 0 | 1) => (message: LegMessage) => {
    const copy = JSON.parse(JSON.stringify(message)) as LegMessage
    const sentBy = server
    const to = sides[from ? 0 : 1]
    // What was on its way when the server was lost does not arrive.
    tasks.post(`from ${from}`, () => {
      if (sentBy === server) to.receive(copy)
    })
  }
  const sides: readonly [Side, Side] = [
    new Side('a', false, engines[0], tasks, carry(0)),
    new Side('b', true, engines[1], tasks, carry(1)),
  ]
  const step = async (choice: number): Promise<boolean> => {
    const { waiting } = tasks
    const queue = waiting[choice % waiting.length]
    if (queue === undefined) return false
    tasks.run(queue)
    await microtasks()
    return true
  }
  await microtasks()
  for (const one of deeds) {
    for (const choice of one.before) await step(choice)
    const side = sides[one.by]
    if (one.what === 'lose') {
      server++
      for (const { link } of sides) link.restored()
    } else if (one.what === 'reload') side.reload(65_536 * ++reloads)
    else side.does(one)
  }
  await microtasks()
  for (let i = 0; await step(after[i % after.length] ?? 0); i++) if (i > MAX_TASKS) throw new Error('They never come to an end.')
  return sides
}

const agree = (one: Side, other: Side, calm: boolean): void => {
  const { connection, tracks } = one
  if (!connection || !other.connection) throw new Error('There is no connection.')
  expect(one.problems).toEqual([])
  expect(one.open).toBe(0)
  expect(connection.signalingState).toBe('stable')
  expect(connection.reachable).toBe(true)
  expect(one.link.state).toBe('connected')
  if (calm) expect(one.link.counters).toEqual({ duplicates: 0, invalidMessages: 0, staleMessages: 0 })
  expect(one.link.counters.invalidMessages).toBe(0)
  expect(one.link.peer?.counters.invalidMessages).toBe(0)
  expect([...other.link.remoteTracks.values()].map(factsOf)).toHaveLength(tracks.length)
  const mine = connection.getTransceivers().filter(({ mid }) => mid !== null)
  const theirs = new Map(other.connection.getTransceivers().map((transceiver) => [transceiver.mid, transceiver]))
  const sent = new Set<unknown>()
  for (const track of tracks) {
    const remote = other.link.remoteTracks.get(track.id)
    expect(remote && factsOf(remote)).toEqual(factsOf(track))
    const there = [...theirs.values()].find(({ receiver }) => receiver.track === remote?.mediaStreamTrack)
    const here = mine.find(({ mid }) => mid === there?.mid)
    expect(here?.sender.track).toBe(track.sending)
    expect(here?.currentDirection).toMatch(/^send/)
    sent.add(here)
  }
  expect(sent.size).toBe(tracks.length)
  for (const transceiver of mine) if (!sent.has(transceiver)) expect(transceiver.sender.track).toBe(null)
  for (const { mid, kind } of mine) expect(theirs.get(mid)?.kind).toBe(kind)
}

/** Sections there may be: for each kind as many as either side ever published at once, and one for data. */
const allowed = ([a, b]: readonly [Side, Side]): number =>
  Math.max(a.peak.audio, b.peak.audio) + Math.max(a.peak.video, b.peak.video) + 1

it('two links agree in the end, whatever both do at the same time', async () => {
  let rollbacks = 0
  await fc.assert(
    fc.asyncProperty(
      // Short talks reach the corners, long ones what adds up.
      fc.oneof(fc.array(deed, { minLength: 1, maxLength: 24 }), fc.array(deed, { minLength: 1, maxLength: 24, size: 'max' })),
      fc.tuple(engine, engine),
      fc.array(fc.nat(11), { minLength: 1, maxLength: 40 }),
      async (deeds, engines, after) => {
        const sides = await talk(deeds, engines, after)
        agree(sides[0], sides[1], true)
        agree(sides[1], sides[0], true)
        const sections = sides[0].connection?.localDescription?.sections.length
        expect(sections).toBeLessThanOrEqual(allowed(sides))
        rollbacks += sides[1].link.peer?.counters.rollbacks ?? 0
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 2_000), seed: Number(process.env.SEED ?? 2026) },
  )
  // The interleavings are worth their name.
  expect(rollbacks).toBeGreaterThan(1_000)
}, 600_000)

it('two links agree in the end, also when connections are rebuilt, pages loaded anew and messages lost at any moment', async () => {
  let epochs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(hardDeed, { minLength: 1, maxLength: 16, size: 'max' }),
      fc.tuple(engine, engine),
      fc.array(fc.nat(11), { minLength: 1, maxLength: 40 }),
      async (deeds, engines, after) => {
        const sides = await talk(deeds, engines, after)
        agree(sides[0], sides[1], false)
        agree(sides[1], sides[0], false)
        if (deeds.some(({ what }) => what === 'rebuild' || what === 'reload')) epochs++
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 2_000), seed: Number(process.env.SEED ?? 2026) },
  )
  expect(epochs).toBeGreaterThan(Number(process.env.RUNS ?? 2_000) / 4)
}, 600_000)
