import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memory } from '../../adapters/memory'
import { deferred } from '../base/wait'
import { Hub, type HubOptions } from '../hub'
import { cutting, type Fate } from '../testing/cutting-transport'
import { FakeRuntime } from '../testing/fake-runtime'
import { native } from './native'
import { type Dialog, type DialogSink, type LegMessage, MESSAGES, type ProtocolSession, type SessionState } from './port'

/** One step of chance for every frame that passes. */
const FATES = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('pass') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('cut', 'last', 'twice') },
  ),
  { minLength: 20, maxLength: 300 },
)

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A hub, and clients that reach it over links that end as fate wants. */
const world = (options: HubOptions = {}) => {
  const runtime = new FakeRuntime()
  const hub = new Hub({
    runtime,
    logger: silent,
    authenticate: (token) => ({ id: token ?? 'nobody' }),
    limits: { framesPerSecond: 10_000, framesBurst: 10_000 },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    ...options,
  })
  const join = async (name: string, fates: readonly Fate[] = []) => {
    let at = 0
    let cuts = 0
    const states: SessionState[] = []
    const invited: Dialog[] = []
    const transport = cutting(memory(hub), () => {
      const fate = fates[at++] ?? 'pass'
      if (fate === 'cut' || fate === 'last') cuts++
      return fate
    })
    const opening = native(transport, { runtime, logger: silent, reconnect: { stableAfterMs: 0 } }).open(
      { stateChanged: (state) => states.push(state), invited: (dialog) => invited.push(dialog) },
      { token: async () => name, signal: new AbortController().signal },
    )
    let session: ProtocolSession | undefined
    void opening.then((opened) => {
      session = opened
    })
    while (!session) await runtime.elapse(100)
    const messages = session.extension(MESSAGES)
    if (!messages) throw new Error('no messages')
    const heard: unknown[] = []
    messages.bind((_, data) => heard.push(data))
    return { session, messages, heard, states, invited, cuts: () => cuts }
  }
  /** Lets time pass until it is so; gives up after a minute of it. */
  const until = async (done: () => boolean): Promise<void> => {
    for (let step = 0; step < 600 && !done(); step++) await runtime.elapse(100, 20)
    expect(done()).toBe(true)
  }
  return { runtime, hub, join, until }
}

describe('a session over links that are cut', () => {
  it('delivers every message once and in order, both ways, and every promise settles', async () => {
    let cuts = 0
    await fc.assert(
      fc.asyncProperty(FATES, FATES, async (aliceFates, bobFates) => {
        const { hub, join, until } = world()
        const alice = await join('alice', aliceFates)
        const bob = await join('bob', bobFates)
        const wanted = Array.from({ length: 40 }, (_, n) => n)
        const results: string[] = []
        for (const n of wanted) {
          void alice.messages.send('bob', n).then(() => results.push('done'), () => results.push('failed'))
          void bob.messages.send('alice', n).then(() => results.push('done'), () => results.push('failed'))
        }
        await until(() => results.length === 80)
        await until(() => alice.heard.length >= 40 && bob.heard.length >= 40)
        expect(bob.heard).toEqual(wanted)
        expect(alice.heard).toEqual(wanted)
        expect(results).not.toContain('failed')
        cuts += alice.cuts() + bob.cuts()
        await Promise.all([alice.session.close(), bob.session.close()])
        await until(() => hub.stats().links === 0)
      }),
      { numRuns: 100, seed: 42 },
    )
    // The property would hold trivially if nothing were ever cut.
    expect(cuts).toBeGreaterThan(500)
  }, 60_000)

  it('brings a call about, and its leg messages across once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(FATES, FATES, async (aliceFates, bobFates) => {
        const { join, until } = world()
        const alice = await join('alice', aliceFates)
        const bob = await join('bob', bobFates)
        const events: string[] = []
        const sinkOf = (name: string, heard: LegMessage[], legs: Parameters<DialogSink['leg']>[0][]): DialogSink => ({
          progress: () => events.push(`${name} progress`),
          accepted: () => events.push(`${name} accepted`),
          ended: ({ code }) => events.push(`${name} ${code}`),
          control: () => undefined,
          leg: (leg) => {
            legs.push(leg)
            leg.bind((message) => heard.push(message))
          },
        })
        const [atAlice, atBob] = [[] as LegMessage[], [] as LegMessage[]]
        const [aliceLegs, bobLegs] = [[] as Parameters<DialogSink['leg']>[0][], [] as Parameters<DialogSink['leg']>[0][]]
        const dialog = alice.session.invite('bob', { media: { audio: true, video: true }, metadata: 1 })
        dialog.bind(sinkOf('alice', atAlice, aliceLegs))
        const wanted = Array.from({ length: 20 }, (_, n) => ({ n }))
        for (const message of wanted) void aliceLegs[0]?.send(message)
        await until(() => bob.invited.length === 1)
        const answer = bob.invited[0]
        answer?.bind(sinkOf('bob', atBob, bobLegs))
        void answer?.ring()
        void answer?.accept()
        for (const message of wanted) void bobLegs[0]?.send(message)
        await until(() => atAlice.length >= 20 && atBob.length >= 20)
        expect(atAlice).toEqual(wanted)
        expect(atBob).toEqual(wanted)
        void dialog.end({ code: 'call/hung-up', by: 'local' })
        await until(() => events.length >= 4)
        expect(events.filter((event) => event !== 'bob accepted')).toEqual(['alice progress', 'alice accepted', 'bob call/hung-up'])
        expect(events).toContain('bob accepted')
        expect(bob.invited).toHaveLength(1)
      }),
      { numRuns: 60, seed: 7 },
    )
  }, 60_000)

  it.each<[string, (direction: 'up' | 'down', frame: string) => boolean]>([
    ['before the server gets it', (direction, frame) => direction === 'up' && frame.includes('"message"')],
    ['before its acknowledgement passes', (direction, frame) => direction === 'down' && frame.includes('"ack"')],
    ['before its result passes', (direction, frame) => direction === 'down' && frame.includes('"result"')],
  ])('delivers a message once when the link is cut %s', async (_, picks) => {
    const { hub, runtime, join, until } = world()
    const bob = await join('bob')
    let cut = false
    const states: SessionState[] = []
    const transport = cutting(memory(hub), (direction, frame) => {
      if (cut || !picks(direction, frame)) return 'pass'
      cut = true
      return 'cut'
    })
    const opening = native(transport, { runtime, logger: silent }).open(
      { stateChanged: (state) => states.push(state), invited: () => undefined },
      { token: async () => 'alice', signal: new AbortController().signal },
    )
    const alice = await opening
    const settled = deferred<void>()
    void alice.extension(MESSAGES)?.send('bob', 'once').then(settled.resolve, settled.reject)
    await until(() => cut && states.at(-1) === 'online')
    await settled.promise
    await runtime.elapse(1_000)
    expect(bob.heard).toEqual(['once'])
    expect(states).toEqual(['connecting', 'online', 'waiting', 'connecting', 'online'])
  })
})

describe('a session that the server lost', () => {
  it('begins anew, tells what became of messages, and goes on', async () => {
    const { hub, runtime, join, until } = world({ graceMs: 1_000 })
    const bob = await join('bob')
    let down = false
    const transport = cutting(memory(hub), () => (down ? 'cut' : 'pass'))
    const alice = await native(transport, { runtime, logger: silent, reconnect: { stableAfterMs: 0 } }).open(
      { stateChanged: () => undefined, invited: () => undefined },
      { token: async () => 'alice', signal: new AbortController().signal },
    )
    const call = alice.invite('bob', { media: { audio: true, video: false }, metadata: null })
    const ends: unknown[] = []
    const sink: DialogSink = {
      progress: () => undefined, accepted: () => undefined, control: () => undefined, leg: () => undefined,
      ended: (reason) => ends.push(reason),
    }
    call.bind(sink)
    await until(() => bob.invited.length === 1)
    down = true
    let outcome: unknown
    alice.extension(MESSAGES)?.send('bob', 'perhaps').catch((error: unknown) => {
      outcome = error
    })
    const invitedLate = alice.invite('bob', { media: { audio: true, video: false }, metadata: 'late' })
    const lateEnds: unknown[] = []
    invitedLate.bind({ ...sink, ended: (reason) => lateEnds.push(reason) })
    // Longer than the grace: the server forgets the session, and the first call with it.
    await runtime.elapse(3_000)
    down = false
    await until(() => bob.invited.length === 2)
    expect(outcome).toMatchObject({ code: 'signaling/delivery-unknown' })
    expect(bob.invited[1]?.id).toBe(invitedLate.id)
    expect(ends).toEqual([{ code: 'call/lost', by: 'system' }])
    expect(lateEnds).toEqual([])
    const sent = alice.extension(MESSAGES)?.send('bob', 'again')
    await until(() => bob.heard.length === 1)
    await sent
    expect(bob.heard).toEqual(['again'])
  })
})
