import { describe, expect, it } from 'vitest'
import { LocalTrack } from '../media/local-track'
import { carryBetween, type LinkEnd, linkEnd, linkPair, localTrack } from '../testing/link-pair'

const camera = (id: string): LocalTrack => new LocalTrack({ id, name: id, kind: 'video', source: 'camera', group: 'main' })

/** What an end sends in the section where the other side finds a track. */
const sent = (from: LinkEnd, to: LinkEnd, id: string): MediaStreamTrack | null | undefined => {
  const media = to.link.remoteTracks.get(id)?.mediaStreamTrack
  const mid = to.fake.getTransceivers().find(({ receiver }) => receiver.track === media)?.mid
  return from.fake.getTransceivers().find((one) => one.mid === mid)?.sender.track
}

/** Two connected ends of which each publishes a track. */
const talking = async (options: Parameters<typeof linkPair>[0] = {}) => {
  const made = linkPair(options)
  const [ours, theirs] = [localTrack('ours'), localTrack('theirs')]
  made.a.link.publish(ours)
  made.b.link.publish(theirs)
  await made.carry()
  return { ...made, ours, theirs }
}

describe('a plain call', () => {
  it('takes one offer and one answer, and has no section too many', async () => {
    const { a, b, tasks } = linkPair()
    for (const end of [a, b]) {
      end.link.publish(localTrack(`voice ${end.fakes.length}`))
      end.link.publish(camera(`face ${end.fakes.length}`))
    }
    const said: unknown[] = []
    for (let quiet = false; !quiet; ) {
      await tasks.drain()
      const [there, back] = [a.sent.splice(0), b.sent.splice(0)]
      quiet = !there.length && !back.length
      for (const message of there) b.receive(message)
      for (const message of back) a.receive(message)
      said.push(...[...there, ...back].flatMap(({ description }) => (description as { type: string } | undefined)?.type ?? []))
    }
    expect(said).toEqual(['offer', 'answer'])
    expect(b.fake.getTransceivers().map(({ kind, currentDirection }) => [kind, currentDirection])).toEqual([
      ['audio', 'sendrecv'],
      ['video', 'sendrecv'],
    ])
  })
})

describe('a connection that failed', () => {
  const fails = ({ fake }: LinkEnd, dtlsFailed = false): void => {
    Object.assign(fake, { connectionState: 'failed', dtlsFailed })
    fake.dispatchEvent(new Event('connectionstatechange'))
  }
  const offers = ({ sent }: LinkEnd): number => sent.filter(({ description }) => (description as { type?: string } | undefined)?.type === 'offer').length

  it.each(['chromium', 'firefox'] as const)('in %s looks for another path where it lost its own, on the side that does not give way', async (engine) => {
    const { a, b } = await talking({ engine })
    fails(a)
    fails(b)
    await a.tasks.drain()
    expect([a.fakes.length, b.fakes.length]).toEqual([1, 1])
    expect([offers(a), offers(b)]).toEqual([1, 0])
  })

  it.each(['a', 'b', 'both'] as const)('is replaced where it has a path that carries nothing, which %s saw', async (who) => {
    const { a, b, ours, theirs, carry } = await talking()
    const saw = { a: [a], b: [b], both: [a, b] }[who]
    for (const end of saw) fails(end, true)
    expect(saw.map(({ told }) => told.at(-1))).toEqual(saw.map(() => 'connected interrupted'))
    await carry()
    expect([a.link.state, b.link.state, a.fakes.length, b.fakes.length]).toEqual(['connected', 'connected', 2, 2])
    expect([sent(a, b, 'ours'), sent(b, a, 'theirs')]).toEqual([ours.sending, theirs.sending])
  })
})

describe('hold', () => {
  it('sends nothing and says muted, keeps what the app wishes, and holds what is published meanwhile', async () => {
    const { a, b, ours, carry } = await talking()
    a.link.hold(true)
    a.link.publish(localTrack('late'))
    await carry()
    expect([sent(a, b, 'ours'), sent(a, b, 'late'), ours.muted]).toEqual([null, null, false])
    expect([...b.link.remoteTracks.values()].map(({ muted }) => muted)).toEqual([true, true])
    void ours.mute()
    a.link.hold(false)
    await carry()
    expect([sent(a, b, 'ours'), sent(a, b, 'late')?.kind]).toEqual([null, 'audio'])
    expect([...b.link.remoteTracks.values()].map(({ muted }) => muted)).toEqual([true, false])
    expect(b.told.filter((line) => /Muted|Unmuted/.test(line))).toEqual(['trackMuted ours', 'trackUnmuted late'])
  })
})

describe('a remote track', () => {
  it('stops coming while it is paused, is not muted, and comes again', async () => {
    const { a, b, ours, carry } = await talking()
    const seen = b.link.remoteTracks.get('ours')
    void seen?.pause()
    void seen?.pause()
    await carry()
    expect([sent(a, b, 'ours'), seen?.paused, seen?.muted]).toEqual([null, true, false])
    void ours.mute()
    void ours.unmute()
    await carry()
    expect(sent(a, b, 'ours')).toBe(null)
    void seen?.resume()
    await carry()
    expect([sent(a, b, 'ours'), seen?.paused]).toEqual([ours.sending, false])
  })

  it.each([
    ['a', 'a'],
    ['a', 'b'],
    ['b', 'a'],
    ['b', 'b'],
  ] as const)('of %s stays paused when %s rebuilds', async (whose, who) => {
    const made = await talking()
    const [from, to, id] = whose === 'a' ? [made.a, made.b, 'ours'] : [made.b, made.a, 'theirs']
    const seen = to.link.remoteTracks.get(id)
    void seen?.pause()
    await made.carry()
    made[who].link.rebuild()
    await made.carry()
    expect([sent(from, to, id), seen?.paused]).toEqual([null, true])
    void seen?.resume()
    await made.carry()
    expect(sent(from, to, id)).not.toBeNull()
  })

  it('cannot be paused once it has ended', async () => {
    const { a, b, ours, carry } = await talking()
    const seen = b.link.remoteTracks.get('ours')
    void ours.unpublish()
    await carry()
    await expect(seen?.pause()).rejects.toMatchObject({ code: 'usage/closed' })
    expect(a.link.counters.invalidMessages).toBe(0)
  })
})

describe('suspect', () => {
  it('stays connected where the other side answers', async () => {
    const { a, runtime, carry } = await talking()
    a.link.suspect()
    await carry()
    runtime.advance(10_000)
    expect([a.link.state, runtime.timers]).toEqual(['connected', 0])
  })

  it('is interrupted after 2 s of silence, and connected again with the answer, however late', async () => {
    const { a, b, runtime, carry } = await talking()
    a.link.suspect()
    a.link.suspect()
    const { tasks } = a
    runtime.advance(1_999)
    expect(a.link.state).toBe('connected')
    runtime.advance(1)
    expect(a.link.state).toBe('interrupted')
    await tasks.drain()
    await carry()
    expect([a.link.state, b.link.state]).toEqual(['connected', 'connected'])
  })

  it('stays interrupted where the other side is gone', async () => {
    const { a, b, runtime, carry } = await talking()
    b.fake.cut = true
    a.link.suspect()
    await carry()
    runtime.advance(60_000)
    expect(a.told.slice(-1)).toEqual(['connected interrupted'])
  })

  it('asks nothing of a side that is too old to answer', async () => {
    const { a, b, runtime } = linkPair()
    for (let quiet = false; !quiet; ) {
      await a.tasks.drain()
      const [there, back] = [a.sent.splice(0), b.sent.splice(0)]
      quiet = !there.length && !back.length
      for (const message of there) b.receive(message)
      for (const { received, ...message } of back) a.receive({ ...message, ...(received === -1 && { received }) })
    }
    expect(a.link.state).toBe('connected')
    const old = linkEnd({ polite: false, tasks: a.tasks, runtime })
    await a.tasks.drain()
    expect(old.sent.length).toBeGreaterThan(0)
    old.link.suspect()
    expect(runtime.timers).toBe(0)
  })

  it('waits for nobody once it is closed', async () => {
    const { a, runtime } = await talking()
    a.link.suspect()
    a.link.close()
    expect(runtime.timers).toBe(0)
  })
})

describe('restored', () => {
  it('has what was lost on the way repeated, both ways, once', async () => {
    const { a, b, carry } = await talking()
    a.link.publish(camera('lost'))
    void b.link.remoteTracks.get('ours')?.pause()
    await a.tasks.drain()
    expect([a.sent.splice(0).length, b.sent.splice(0).length].every((count) => count > 0)).toBe(true)
    await carry()
    expect([...b.link.remoteTracks.keys()]).toEqual(['ours'])
    a.link.restored()
    b.link.restored()
    await carry()
    expect([...b.link.remoteTracks.keys()]).toEqual(['ours', 'lost'])
    expect(sent(a, b, 'ours')).toBe(null)
    const none = { duplicates: 0, invalidMessages: 0, staleMessages: 0 }
    expect([a.link.counters, b.link.counters]).toEqual([none, none])
  })

  it('has nothing repeated where nothing was lost', async () => {
    const { a, b, carry } = await talking()
    a.link.restored()
    b.link.restored()
    await a.tasks.drain()
    expect([a.sent.length, b.sent.length]).toEqual([1, 1])
    await carry()
    expect([a.link.counters.duplicates, b.link.counters.duplicates]).toEqual([0, 0])
  })

  it('rebuilds where more was lost than is kept', async () => {
    const { a, b, ours, carry } = await talking()
    for (let n = 0; n < 300; n++) {
      void (n % 2 ? ours.unmute() : ours.mute())
      await a.tasks.drain()
    }
    a.sent.splice(0)
    void ours.mute()
    b.link.restored()
    await carry()
    expect([a.fakes.length, b.fakes.length, a.link.state, b.link.state]).toEqual([2, 2, 'connected', 'connected'])
    expect(b.link.remoteTracks.get('ours')?.muted).toBe(true)
  })

  it('brings a side back that never heard of the next connection', async () => {
    const { a, b, carry } = await talking()
    b.link.rebuild()
    await b.tasks.drain()
    b.sent.splice(0)
    a.link.restored()
    b.link.restored()
    await carry()
    expect([a.fakes.length, a.link.state, b.link.state]).toEqual([2, 'connected', 'connected'])
  })

  it('repeats only so much for a side that asks for ever', async () => {
    const { a, b, ours } = await talking()
    for (let n = 0; n < 100; n++) {
      void (n % 2 ? ours.unmute() : ours.mute())
      await a.tasks.drain()
    }
    b.sent.splice(0)
    a.sent.splice(0)
    for (let n = 0; n < 200; n++) a.receive({ epoch: 0, received: 0 })
    expect(a.sent.length).toBeGreaterThan(0)
    expect(a.sent.length).toBeLessThanOrEqual(1_024)
    for (let n = 0; n < 200; n++) a.receive({ epoch: 0, received: 1_000_000 })
    expect(a.sent.length).toBeLessThanOrEqual(1_024)
    expect(a.fakes.length).toBe(1)
  })
})

describe('rebuild', () => {
  it.each(['a', 'b'] as const)('of %s puts a new connection in the place of the old one, below the same tracks', async (who) => {
    const { a, b, ours, theirs, carry, ...rest } = await talking()
    const before = [a.link.remoteTracks.get('theirs'), b.link.remoteTracks.get('ours')]
    const media = before.map((track) => track?.mediaStreamTrack)
    const changed: unknown[] = []
    for (const track of before) track?.on('mediaStreamTrackChanged', ({ mediaStreamTrack }) => changed.push(mediaStreamTrack))
    ;({ a, b, ...rest })[who].link.rebuild()
    await carry()
    expect([a.link.state, b.link.state]).toEqual(['connected', 'connected'])
    expect([a.link.remoteTracks.get('theirs'), b.link.remoteTracks.get('ours')]).toEqual(before)
    expect(changed).toHaveLength(2)
    for (const one of media) expect(changed).not.toContain(one)
    expect([sent(a, b, 'ours'), sent(b, a, 'theirs')]).toEqual([ours.sending, theirs.sending])
    for (const { fakes, told } of [a, b]) {
      expect(fakes.map(({ connectionState }) => connectionState)).toEqual(['closed', 'connected'])
      expect(told.filter((line) => /left|trackRemoved|closed|failed/.test(line))).toEqual([])
      expect(told.slice(-2)).toEqual(['connected interrupted', 'interrupted connected'])
    }
    expect(a.fake.channels.map(({ label, readyState }) => [label, readyState])).toEqual([['tsunagu', 'open']])
  })

  it('of both at once makes one new connection', async () => {
    const { a, b, carry } = await talking()
    a.link.rebuild()
    b.link.rebuild()
    await carry()
    expect([a.fakes.length, b.fakes.length, a.link.state, b.link.state]).toEqual([2, 2, 'connected', 'connected'])
  })

  it('drops what was said over the old connection, and counts it', async () => {
    const { a, b, carry } = await talking()
    b.link.publish(camera('one'))
    await b.tasks.drain()
    a.link.rebuild()
    await carry()
    expect(a.link.counters.staleMessages).toBeGreaterThan(0)
    expect([[...a.link.remoteTracks.keys()], a.link.state]).toEqual([['theirs', 'one'], 'connected'])
  })

  it('goes on with the last servers where they cannot be asked again', async () => {
    let asked = 0
    const ice = async () => {
      if (asked++) throw new Error('503')
      return { servers: [], policy: 'all' as const }
    }
    const a = linkEnd({ polite: false, ice })
    const b = linkEnd({ polite: true, tasks: a.tasks, runtime: a.runtime })
    await carryBetween(a, b)
    a.link.rebuild()
    await carryBetween(a, b)
    expect([asked, a.link.state, b.link.state]).toEqual([2, 'connected', 'connected'])
  })
})

describe('a page that is gone without a word', () => {
  it.each([true, false])('goes on after its reload, polite: %s', async (polite) => {
    const { a, b, carry, tasks, runtime } = await talking()
    const [stays, gone] = polite ? [a, b] : [b, a]
    const id = polite ? 'ours' : 'theirs'
    gone.fake.close()
    await carry()
    expect(stays.told.slice(-1)).toEqual(['connected interrupted'])
    const back = linkEnd({ polite, epoch: 65_536, tasks, runtime })
    back.link.publish(localTrack('again'))
    await carryBetween(stays, back)
    expect([stays.link.state, back.link.state]).toEqual(['connected', 'connected'])
    expect([[...stays.link.remoteTracks.keys()], [...back.link.remoteTracks.keys()]]).toEqual([['again'], [id]])
  })

  it('has left after 6 s, where it does not come back', async () => {
    const { a, b, runtime, carry } = await talking()
    b.fake.close()
    await carry()
    expect(a.told.slice(-1)).toEqual(['connected interrupted'])
    runtime.advance(6_000)
    expect(a.told.slice(-1)).toEqual(['left'])
  })

  it('is waited for where it said that it may come back', async () => {
    const { a, b, runtime, carry } = await talking({ keeps: true })
    b.fake.close()
    await carry()
    runtime.advance(60_000)
    expect(a.told.slice(-1)).toEqual(['connected interrupted'])
  })

  it('has left when it said so', async () => {
    const { a, b, carry } = await talking()
    a.link.close()
    await carry()
    expect(b.told.filter((line) => line === 'left')).toEqual(['left'])
  })

  it('has left when its channel closes, where it is too old to say good-bye', async () => {
    const { a } = linkPair()
    await a.tasks.drain()
    a.fake.channels[0]?.dispatchEvent(new Event('close'))
    expect(a.told.slice(-1)).toEqual(['left'])
  })
})

describe('what comes over the channel', () => {
  it('is counted and dropped where nobody understands it', async () => {
    const { a } = await talking()
    const [channel] = a.fake.channels
    for (const data of ['', 'x', '7', 'null', '[]', '{}', new ArrayBuffer(4)]) channel?.receive(Object.assign(new Event('message'), { data }))
    expect([a.link.counters.invalidMessages, a.link.state]).toEqual([7, 'connected'])
  })

  it('lets go of what the other side has', async () => {
    const { a, b } = await talking()
    b.link.restored()
    await b.tasks.drain()
    const [asked] = b.sent.splice(0)
    // Candidates may follow the descriptions; those are small.
    a.sent.splice(0)
    a.receive({ ...asked, received: 0 })
    expect(a.sent.filter(({ description }) => description)).toEqual([])
  })
})
