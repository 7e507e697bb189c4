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

/** What one of the two does, after some tasks of the two event loops and of the network have run. */
interface Deed {
  readonly by: 0 | 1
  readonly what: 'publish' | 'unpublish' | 'replace' | 'mute' | 'unmute' | 'restartIce'
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
  readonly link: Link
  readonly tracks: LocalTrack[] = []
  readonly peak = { audio: 0, video: 0 }
  readonly problems: string[] = []
  connection: FakePeerConnection | undefined
  receive: (message: LegMessage) => void = () => undefined
  #made = 0
  #open = 0

  constructor(
    readonly name: string,
    polite: boolean,
    engine: Engine,
    tasks: FakeTasks,
    send: (message: LegMessage) => void,
  ) {
    const note = (message: string): void => void this.problems.push(message)
    this.link = new Link(
      { mode: 'symmetric', polite, epoch: 0, send: async (message) => send(message), bind: (receive) => (this.receive = receive) },
      {
        ice: async () => ({ servers: [], policy: 'all' }),
        runtime: {
          createPeerConnection: () => (this.connection = new FakePeerConnection({ name, tasks, engine })).connection,
          createMediaStream: () => ({ id: `${name}-stream-${++this.#made}` }) as MediaStream,
          after: () => () => undefined,
        },
        logger: { debug: () => undefined, info: () => undefined, warn: note, error: note },
      },
    )
    this.link.on('failed', ({ error }) => note(error.message))
  }

  does({ what, which, kind, empty }: Deed): void {
    if (what === 'publish') return this.#publish(which, kind, empty)
    if (what === 'restartIce') return this.link.peer?.restartIce()
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
    this.#open++
    done.then(
      () => this.#open--,
      (error: unknown) => this.problems.push(String(error)),
    )
  }

  /** Promises that never settled. */
  get open(): number {
    return this.#open
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
  const carry = (from: 0 | 1) => (message: LegMessage) => {
    const copy = JSON.parse(JSON.stringify(message)) as LegMessage
    tasks.post(`from ${from}`, () => sides[from ? 0 : 1].receive(copy))
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
    sides[one.by].does(one)
  }
  await microtasks()
  for (let i = 0; await step(after[i % after.length] ?? 0); i++) if (i > MAX_TASKS) throw new Error('They never come to an end.')
  return sides
}

const agree = (one: Side, other: Side): void => {
  const { connection, tracks } = one
  if (!connection || !other.connection) throw new Error('There is no connection.')
  expect(one.problems).toEqual([])
  expect(one.open).toBe(0)
  expect(connection.signalingState).toBe('stable')
  expect(connection.reachable).toBe(true)
  expect(one.link.state).toBe('connected')
  expect(one.link.counters).toEqual({ duplicates: 0, invalidMessages: 0, staleMessages: 0 })
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
        agree(sides[0], sides[1])
        agree(sides[1], sides[0])
        const sections = sides[0].connection?.localDescription?.sections.length
        expect(sections).toBeLessThanOrEqual(allowed(sides))
        rollbacks += sides[1].link.peer?.counters.rollbacks ?? 0
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 4_000), seed: Number(process.env.SEED ?? 2026) },
  )
  // The interleavings are worth their name.
  expect(rollbacks).toBeGreaterThan(1_000)
}, 600_000)
