import { afterEach, expect, it, vi } from 'vitest'
import { DEFAULT_LOGGER } from '../../src/base/log'
import { RUNTIME } from '../../src/base/runtime'
import { Link } from '../../src/link/link'
import type { TrackSource } from '../../src/media/facts'
import { LocalTrack } from '../../src/media/local-track'
import { Peer } from '../../src/peer'
import type { LegMessage } from '../../src/signaling/port'
import { FakeRuntime } from '../../src/testing/fake-runtime'

const opened: { close(): void }[] = []
afterEach(() => opened.splice(0).forEach((one) => one.close()))

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Real tracks without devices: pictures that move, and a tone. */
class Studio {
  readonly #audio = new AudioContext()
  readonly #tone = new OscillatorNode(this.#audio)

  constructor() {
    this.#tone.start()
    opened.push({ close: () => void this.#audio.close() })
  }

  track(kind: 'audio' | 'video'): MediaStreamTrack {
    const stream = kind === 'audio' ? this.#sound() : this.#picture()
    return stream.getTracks()[0] as MediaStreamTrack
  }

  #sound(): MediaStream {
    const destination = this.#audio.createMediaStreamDestination()
    this.#tone.connect(destination)
    return destination.stream
  }

  #picture(): MediaStream {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 32
    canvas.getContext('2d')?.fillRect(0, 0, 16, 16)
    return canvas.captureStream(1)
  }
}

/** Two links in this page; each message is late by up to `maxDelayMs`, and none overtakes another. */
const connect = (random: () => number, maxDelayMs: number): [Link, Link] => {
  const receivers: ((message: LegMessage) => void)[] = []
  const make = (me: 0 | 1): Link => {
    let line: Promise<unknown> = Promise.resolve()
    const link = new Link(
      {
        mode: 'symmetric',
        polite: me === 1,
        epoch: 0,
        send: async (message) => {
          const text = JSON.stringify(message)
          const arrival = wait(random() * maxDelayMs)
          line = line.then(() => arrival).then(() => receivers[1 - me]?.(JSON.parse(text) as LegMessage))
        },
        bind: (receive) => (receivers[me] = receive),
      },
      { ice: async () => ({ servers: [], policy: 'all' }), runtime: RUNTIME, logger: DEFAULT_LOGGER },
    )
    opened.push(link)
    return link
  }
  return [make(0), make(1)]
}

const SOURCES: readonly TrackSource[] = ['camera', 'microphone', 'screen', 'screen-audio', 'custom']

it('two links agree after 200 overlapping changes from both sides', async () => {
  // Chance with a seed: the walk is the same each time, its timing is the browser's.
  const { random } = new FakeRuntime({ seed: 4 })
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const studio = new Studio()
  const links = connect(random, 200)
  const published: [Set<LocalTrack>, Set<LocalTrack>] = [new Set(), new Set()]
  const settled: Promise<void>[] = []
  let made = 0
  let peak = 0
  const peaks = { audio: [0, 0], video: [0, 0] }
  // More than one where the connection was rebuilt: a browser's DTLS may not outlive ICE restarts that follow each other this closely.
  const yielding = new Set<Peer>()
  const stable = (): boolean => links.every(({ peer }) => peer?.connection.signalingState === 'stable')
  const change = (me: 0 | 1, what: 'publish' | 'unpublish' | 'restart' | 'replace' | 'mute' | 'unmute'): void => {
    if (links[1].peer) yielding.add(links[1].peer)
    const mine = published[me]
    if (mine.size < 3) what = 'publish'
    else if (mine.size > 7) what = 'unpublish'
    if (what === 'restart') return links[me].peer?.restartIce()
    if (what === 'publish') {
      const id = `${me}-${++made}`
      const source = pick(SOURCES)
      const kind = source === 'camera' || source === 'screen' ? 'video' : 'audio'
      const track = new LocalTrack({ id, name: `number ${made}`, kind, source, group: pick(['main', id]), track: studio.track(kind) })
      mine.add(track)
      links[me].publish(track)
      peak = Math.max(peak, published[0].size + published[1].size)
      peaks[kind][me] = Math.max(peaks[kind][me] ?? 0, [...mine].filter((one) => one.kind === kind).length)
      return
    }
    const track = pick([...mine])
    if (what === 'unpublish') {
      mine.delete(track)
      settled.push(track.unpublish())
    } else settled.push(what === 'replace' ? track.replace(studio.track(track.kind)) : track[what]())
  }
  for (let i = 0; i < 100; i++) {
    if (random() < 0.7) {
      // Offers from both in the same moment: one gives way.
      await wait(40)
      await vi.waitUntil(stable, { timeout: 5_000, interval: 5 })
      for (const me of [0, 1] as const) change(me, pick(['publish', 'unpublish', 'restart']))
    } else {
      for (const me of [0, 1] as const) change(me, pick(['publish', 'unpublish', 'restart', 'replace', 'mute', 'unmute']))
      await wait(random() * 150)
    }
  }
  await Promise.all(settled)
  const seen = (link: Link) =>
    [...link.remoteTracks.values()].map(({ id, name, kind, source, muted }) => ({ id, name, kind, source, muted })).sort((a, b) => a.id.localeCompare(b.id))
  const meant = (tracks: Set<LocalTrack>) =>
    [...tracks].map(({ id, name, kind, source, muted }) => ({ id, name, kind, source, muted })).sort((a, b) => a.id.localeCompare(b.id))
  await vi.waitFor(
    () => {
      expect([seen(links[1]), seen(links[0])]).toEqual([meant(published[0]), meant(published[1])])
      expect(links.map(({ peer }) => peer?.connection.signalingState)).toEqual(['stable', 'stable'])
      expect(links.map(({ state }) => state)).toEqual(['connected', 'connected'])
    },
    { timeout: 10_000, interval: 50 },
  )
  const sections = links[0].peer?.connection.localDescription?.sdp.match(/^m=/gm)?.length
  const counters = links.map(({ peer, counters }) => ({ ...peer?.counters, ...counters }))
  expect(sections).toBeLessThanOrEqual(peak + 1)
  // Closer: for each kind what the busier side had at most, for a section carries one track each way; and the data.
  expect(sections).toBeLessThanOrEqual(Math.max(...peaks.audio) + Math.max(...peaks.video) + 1)
  expect([...yielding].reduce((sum, { counters }) => sum + counters.rollbacks, 0)).toBeGreaterThanOrEqual(50)
  expect(counters.map(({ invalidMessages, duplicates }) => [invalidMessages, duplicates])).toEqual([[0, 0], [0, 0]])
}, 90_000)

it.each([1, 2, 3])('two peers come together over nothing but a function, also when both start at once (%i)', async () => {
  const studio = new Studio()
  const [a, b] = [new Peer({ polite: true }), new Peer({ polite: false })]
  opened.push(a, b)
  a.on('signal', ({ message }) => b.receive(JSON.parse(JSON.stringify(message))))
  b.on('signal', ({ message }) => a.receive(JSON.parse(JSON.stringify(message))))
  a.addTrack(studio.track('video'))
  b.addTrack(studio.track('video'))
  await vi.waitFor(() => expect([a.state, b.state]).toEqual(['connected', 'connected']), 8_000)
  expect(a.counters.rollbacks + b.counters.ignoredOffers).toBeGreaterThan(0)
  // One section carries both ways: the polite side followed the other's offer.
  expect(a.connection.localDescription?.sdp.match(/^m=/gm)).toHaveLength(1)
})
