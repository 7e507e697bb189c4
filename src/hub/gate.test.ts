import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hubWorld } from '../testing/hub-world'

const to = (id: string, data: unknown = null) => ({ type: 'message', id: 1, to: id, data })

describe('bad input', () => {
  it('is counted, and what is numbered among it is acknowledged', async () => {
    const { hub, join, runtime } = hubWorld()
    const alice = await join('alice')
    alice.text('{')
    alice.text('')
    alice.number({ type: 'ring' })
    alice.number({ type: 'of the future', call: 'c' })
    alice.say({ type: 'ack', received: 99 })
    await runtime.elapse(100)
    expect(hub.counters).toMatchObject({ malformed: 4, unknownTypes: 1 })
    expect(alice.last('ack')).toEqual({ type: 'ack', received: 2 })
    expect(alice.closed).toEqual([])
  })

  it('of a known type is answered where somebody waits for an answer, in its turn, and counted', async () => {
    const { hub, join, runtime } = hubWorld()
    const alice = await join('alice')
    alice.number({ type: 'message', id: 1, to: '', data: 1 })
    alice.number({ ...to('nobody'), id: 2 })
    alice.number({ type: 'watch', id: 3, ids: 'bob' })
    alice.number({ type: 'presence', id: 4, status: 'emperor' })
    alice.number({ type: 'message', id: 'five', to: 'bob' })
    alice.number({ type: 'invite', call: 'c', to: ['bob'], media: { audio: true, video: true } })
    alice.number({ type: 'invite', call: 7, to: 'bob', media: { audio: true, video: true } })
    alice.say({ type: 'message', id: 8, to: '' })
    await runtime.elapse(100)
    const answers = alice.frames.filter(({ type }) => type === 'result' || type === 'ended')
    const wrong = { code: 'signaling/invalid-message' }
    expect(answers).toEqual([
      { type: 'result', n: 1, id: 1, ...wrong },
      { type: 'result', n: 2, id: 2, code: 'signaling/recipient-offline' },
      { type: 'result', n: 3, id: 3, ...wrong },
      { type: 'result', n: 4, id: 4, ...wrong },
      { type: 'ended', n: 5, call: 'c', by: 'system', ...wrong },
    ])
    expect(hub.counters.malformed).toBe(7)
    expect(alice.last('ack')).toEqual({ type: 'ack', received: 7 })
  })

  it('does not end a call that has the id of a misshapen invitation', async () => {
    const { join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    const invite = { type: 'invite', call: 'c', to: 'bob', media: { audio: true, video: true } }
    alice.number(invite)
    alice.number({ ...invite, to: '' })
    await runtime.settle()
    expect([alice.all('ended'), bob.all('invited').length]).toEqual([[], 1])
  })

  it('of 10 MB is refused with a code, and nobody else notices', async () => {
    const { hub, join, runtime } = hubWorld()
    const [alice, bob, carol] = [await join('alice'), await join('bob'), await join('carol')]
    alice.number(to('bob', 'x'.repeat(10_000_000)))
    expect(alice.last('refused')).toMatchObject({ code: 'signaling/too-large', retry: 'never' })
    expect(alice.closed).toEqual([1009])
    carol.number(to('bob', 'undisturbed'))
    await runtime.settle()
    expect(bob.all('message').map(({ data }) => data)).toEqual(['undisturbed'])
    expect(hub.counters.tooLarge).toBe(1)
  })

  it('measures frames in bytes', async () => {
    const { join } = hubWorld()
    const alice = await join('alice')
    alice.text('つ'.repeat(87_382))
    expect(alice.last('refused')).toMatchObject({ code: 'signaling/too-large' })
  })

  it('with a forged sender changes nothing: the hub says who it is', async () => {
    const { hub, join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number({ ...to('bob', 1), from: { id: 'carol', name: 'Carol' } })
    await runtime.settle()
    expect(bob.last('message').from).toEqual({ id: 'alice', name: 'ALICE' })
    expect(hub.counters.unknownFields).toBe(1)
  })

  it('nested deeper than 64 is answered and leaves nothing behind: who was meant can still be called', async () => {
    const { hub, join, runtime } = hubWorld()
    const [eve, bob, carol] = [await join('eve'), await join('bob'), await join('carol')]
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    const media = '{"audio":true,"video":true}'
    for (let n = 1; n <= 50; n++)
      eve.text(`{"type":"invite","n":${n},"call":"deep${n}","to":"bob","media":${media},"metadata":${nested(20_000)}}`)
    eve.text(`{"type":"message","n":51,"id":1,"to":"bob","data":${nested(65)}}`)
    eve.text(`{"type":"message","n":52,"id":2,"to":"bob","data":${nested(64)}}`)
    eve.text(`{"type":"leg","n":53,"call":"c","message":{"x":${nested(64)}}}`)
    await runtime.settle()
    expect(eve.all('ended').map(({ code }) => code)).toEqual(Array(50).fill('signaling/invalid-message'))
    expect(eve.all('result').map(({ code }) => code)).toEqual(['signaling/invalid-message', undefined])
    expect(hub.counters.malformed).toBe(52)
    expect(hub.stats().calls).toBe(0)
    carol.number({ type: 'invite', call: 'honest', to: 'bob', media: { audio: true, video: true } })
    await runtime.settle()
    expect(bob.all('invited')).toHaveLength(1)
  })

  it('nested so deeply that it cannot be written again hurts nobody', async () => {
    const { hub, join, runtime } = hubWorld()
    const [alice, bob, carol] = [await join('alice'), await join('bob'), await join('carol')]
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    alice.text(`{"type":"message","n":1,"id":1,"to":"bob","data":${deep}}`)
    await runtime.settle()
    carol.number(to('bob', 'undisturbed'))
    await runtime.elapse(100)
    expect(bob.all('message').at(-1)).toMatchObject({ data: 'undisturbed' })
    expect(hub.stats().sessions).toBe(3)
  })
})

describe('whatever clients say', () => {
  const call = fc.constantFrom('c1', 'c2')
  const user = fc.constantFrom('alice', 'bob', 'carol', 'nobody', '*')
  const any = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant({}))
  const known = fc.oneof(
    fc.record({ type: fc.constant('invite'), call, to: user, media: fc.constant({ audio: true, video: false }) }),
    fc.record({ type: fc.constantFrom('ring', 'accept'), call }),
    fc.record({ type: fc.constant('end'), call, code: fc.constantFrom('call/rejected', 'call/busy', 'call/hung-up') }),
    fc.record({ type: fc.constantFrom('leg', 'control'), call, message: any }),
    fc.record({ type: fc.constant('message'), id: fc.nat(), to: user, data: any }),
    fc.record({ type: fc.constant('watch'), id: fc.nat(), ids: fc.array(user) }),
    fc.record({ type: fc.constant('presence'), id: fc.nat(), status: fc.constantFrom('online', 'away', 'busy', 'offline') }),
  )
  const step = fc.record({
    who: fc.nat(2),
    does: fc.oneof(
      { weight: 12, arbitrary: known.map((frame) => ({ number: frame })) },
      { weight: 2, arbitrary: fc.record({ say: any }) },
      { weight: 2, arbitrary: fc.record({ text: fc.string() }) },
      { weight: 1, arbitrary: fc.constantFrom({ lose: true }, { say: { type: 'bye' } }, { say: { type: 'ack', received: 1 } }) },
    ),
  })

  it('the hub stays up, everybody can hang up, and nothing is left when all are gone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { hub, runtime, join, problems } = hubWorld({ authorize: (_, __, id) => id !== '*' })
        const clients = [await join('alice'), await join('bob'), await join('carol')]
        for (const { who, does } of steps) {
          const client = clients[who]
          if ('number' in does) client?.number(does.number)
          else if ('say' in does) client?.say(does.say ?? {})
          else if ('text' in does) client?.text(does.text)
          else client?.lose()
          if (who === 0) await runtime.settle()
        }
        await runtime.settle()
        expect(problems).toEqual([])
        // A call stands as long as both of its sides, and no longer.
        expect(hub.stats().calls).toBeLessThanOrEqual(2)
        for (const client of clients) client.say({ type: 'bye' })
        await runtime.elapse(61_000, 1_000)
        expect(hub.stats()).toEqual({ links: 0, sessions: 0, users: 0, calls: 0, watchedIds: 0 })
        expect(runtime.timers).toBe(0)
      }),
      { numRuns: 200, seed: 11 },
    )
  }, 30_000)
})

describe('limits', () => {
  it('answer messages beyond the burst with signaling/rate-limited, and let the bucket fill again', async () => {
    const { hub, join, runtime } = hubWorld({ limits: { framesPerSecond: 10, framesBurst: 5 } })
    const [alice, bob] = [await join('alice'), await join('bob')]
    for (let id = 1; id <= 7; id++) alice.number({ ...to('bob'), id })
    await runtime.settle()
    expect(alice.all('result').map(({ id, code }) => [id, code])).toEqual([
      [1, undefined], [2, undefined], [3, undefined], [4, undefined], [5, undefined],
      [6, 'signaling/rate-limited'], [7, 'signaling/rate-limited'],
    ])
    expect(bob.all('message')).toHaveLength(5)
    expect(hub.counters.rateLimited).toBe(2)
    await runtime.elapse(1_000, 100)
    alice.number({ ...to('bob'), id: 8 })
    await runtime.settle()
    expect(alice.last('result')).toEqual({ type: 'result', n: 8, id: 8 })
  })

  it('turn a link away that goes far beyond, and take what it repeats once there is room again', async () => {
    const { join, resume, runtime } = hubWorld({ limits: { framesPerSecond: 10, framesBurst: 5 } })
    const [alice, bob] = [await join('alice'), await join('bob')]
    for (let id = 1; id <= 20; id++) alice.number({ ...to('bob'), id })
    await runtime.settle()
    expect(alice.last('refused')).toMatchObject({ code: 'signaling/rate-limited', retry: 'yes' })
    await runtime.elapse(2_000, 100)
    const again = await resume(alice)
    expect(again.frames[0]).toMatchObject({ type: 'resumed', received: 10 })
    again.say({ n: 11, ...to('bob', 'repeated') })
    await runtime.settle()
    expect(bob.all('message').at(-1)).toMatchObject({ data: 'repeated' })
  })

  it('end a session that does not take its frames, and free what was held for it', async () => {
    const { hub, join, runtime } = hubWorld({ limits: { framesPerSecond: 1e6, framesBurst: 1e6 } })
    const bob = await join('bob')
    for (let id = 1; id <= 1_001; id++) {
      bob.number({ ...to('nobody'), id })
      if (id % 100 === 0) await runtime.settle()
    }
    await runtime.settle()
    expect(bob.all('result')).toHaveLength(1_000)
    expect(bob.frames.at(-1)).toEqual({ type: 'gone', reason: 'overflow' })
    expect(hub.counters.overflowed).toBe(1)
    expect(hub.stats().sessions).toBe(0)
    // The link may go on with a new session.
    bob.hello('bob')
    await runtime.settle()
    expect(bob.all('welcome')).toHaveLength(2)
  })

  it('end a session without a link in the same way, and say why when it comes back', async () => {
    let decide: (yes: boolean) => void = () => undefined
    const decided = new Promise<boolean>((resolve) => (decide = resolve))
    const { hub, join, resume, runtime } = hubWorld({
      limits: { framesPerSecond: 1e6, framesBurst: 1e6 },
      authorize: () => decided,
    })
    const bob = await join('bob')
    for (let id = 1; id <= 1_001; id++) bob.number({ ...to('nobody'), id })
    bob.lose()
    decide(true)
    await runtime.settle()
    expect(hub.stats().sessions).toBe(0)
    expect((await resume(bob)).frames).toEqual([{ type: 'gone', reason: 'overflow' }])
    await runtime.elapse(61_000, 1_000)
    expect((await resume(bob)).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
  })
})
