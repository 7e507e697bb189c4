import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { hubWorld } from '../testing/hub-world'
import { Hub } from './hub'
import { MemoryStore } from './store'

const NOTHING = { links: 0, sessions: 0, users: 0, calls: 0, watchedIds: 0 }
const to = (id: string, data: unknown = null) => ({ type: 'message', id: 1, to: id, data })

describe('the way in', () => {
  it('welcomes with a session, a key of at least 256 bits and who one is', async () => {
    const hub = new Hub({ authenticate: () => ({ id: 'alice' }) })
    const frames: { type: string; key?: string; session?: string }[] = []
    const sink = hub.connect({ send: (frame) => frames.push(JSON.parse(frame)), close: () => undefined })
    sink.frame('{"type":"hello","v":1,"instance":"i"}')
    while (!frames.length) await new Promise(setImmediate)
    // 64 signs to a character are 6 bits each.
    expect((frames[0]?.key?.length ?? 0) * 6).toBeGreaterThanOrEqual(256)
    expect(frames[0]).toMatchObject({ type: 'welcome', epoch: 1, graceMs: 60_000, self: { id: 'alice' } })
    hub.close()
  })

  it('gives a guest the same id for the same instance, and does not give the instance away', async () => {
    const { runtime, link } = hubWorld({ authenticate: undefined as never })
    const ids = []
    for (const instance of ['one', 'one', 'other']) {
      const client = link()
      client.say({ type: 'hello', v: 1, instance })
      await runtime.settle()
      ids.push((client.last('welcome').self as { id: string }).id)
    }
    expect(ids[0]).toMatch(/^guest-[0-9a-f]{16}$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(ids.join()).not.toContain('one')
  })

  it('refuses for good whom authenticate does not know', async () => {
    const { hub, runtime, link } = hubWorld()
    const client = link()
    client.hello('bad')
    await runtime.settle()
    expect(client.frames).toEqual([{ type: 'refused', code: 'signaling/unauthorized', retry: 'never' }])
    expect(client.closed).toEqual([1008])
    expect(hub.counters.unauthorized).toBe(1)
    expect(hub.stats()).toEqual(NOTHING)
  })

  it.each([
    ['no id', () => ({ id: '' })],
    ['the id of everybody', () => ({ id: '*' })],
  ])('refuses who would have %s', async (_, authenticate) => {
    const { runtime, link } = hubWorld({ authenticate })
    const client = link()
    client.hello('alice')
    await runtime.settle()
    expect(client.last('refused')).toMatchObject({ code: 'signaling/unauthorized' })
  })

  it('asks to come again while authenticate cannot be asked itself', async () => {
    const { runtime, link } = hubWorld({
      authenticate: () => {
        throw new RtcError('signaling/unreachable', 'The user database is down.')
      },
    })
    const client = link()
    client.hello('alice')
    await runtime.settle()
    expect(client.last('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes' })
  })

  it('refuses another version for good', async () => {
    const { runtime, link } = hubWorld()
    const client = link()
    client.hello('alice', { v: 2 })
    await runtime.settle()
    expect(client.last('refused')).toMatchObject({ code: 'signaling/protocol-unsupported', retry: 'never' })
  })

  it('closes a link that does not say hello in 10 s', async () => {
    const { hub, runtime, link } = hubWorld()
    const client = link()
    await runtime.elapse(10_000, 1_000)
    expect(client.frames).toEqual([{ type: 'refused', code: 'signaling/timeout', retry: 'yes' }])
    expect(hub.stats()).toEqual(NOTHING)
  })

  it('takes nothing numbered from a link that has not said hello, and only one hello', async () => {
    const { hub, runtime, link } = hubWorld()
    const client = link()
    client.say({ n: 1, ...to('bob') })
    client.say({ type: 'bye' })
    client.hello('alice')
    client.hello('bob')
    await runtime.settle()
    expect(client.all('welcome')).toHaveLength(1)
    expect(hub.stats()).toMatchObject({ sessions: 1 })
  })

  it('frees a session whose link was lost while it was opened', async () => {
    let letIn: (identity: { id: string }) => void = () => undefined
    const { hub, runtime, link } = hubWorld({ authenticate: () => new Promise((resolve) => (letIn = resolve)) })
    const client = link()
    client.hello('alice')
    client.lose()
    letIn({ id: 'alice' })
    await runtime.settle()
    expect(hub.stats()).toEqual(NOTHING)
    expect(client.frames).toEqual([])
  })

  it('limits sessions of one user, but lets a new one take the place of one without a link', async () => {
    const { runtime, link, join } = hubWorld({ limits: { sessionsPerUser: 2 } })
    const first = await join('alice')
    await join('alice')
    const third = link()
    third.hello('alice')
    await runtime.settle()
    expect(third.last('refused')).toMatchObject({ code: 'signaling/limit-exceeded', retry: 'yes' })
    first.lose()
    await join('alice')
  })

  it('limits sessions of everybody', async () => {
    const { runtime, link, join } = hubWorld({ limits: { sessions: 1 } })
    await join('alice')
    const second = link()
    second.hello('bob')
    await runtime.settle()
    expect(second.last('refused')).toMatchObject({ code: 'signaling/server-full', retry: 'yes' })
  })
})

describe('a resume', () => {
  it('replays what was not acknowledged, in order, and goes on', async () => {
    const { join, resume, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    for (const data of [1, 2, 3]) alice.number(to('bob', data))
    await runtime.settle()
    bob.lose()
    alice.number(to('bob', 4))
    await runtime.settle()
    const again = await resume(bob, { received: 1 })
    expect(again.frames[0]).toEqual({ type: 'resumed', received: 0, epoch: 2 })
    expect(again.all('message').map(({ n, data }) => [n, data])).toEqual([[2, 2], [3, 3], [4, 4]])
  })

  it('says what is committed, so that the client replays the rest', async () => {
    const { join, resume, runtime } = hubWorld()
    const alice = await join('alice')
    alice.number(to('nobody'))
    alice.number(to('nobody'))
    await runtime.settle()
    alice.lose()
    expect((await resume(alice)).frames[0]).toMatchObject({ received: 2 })
  })

  it('fences the older link: superseded, closed, and deaf', async () => {
    const { hub, join, resume, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    const next = await resume(alice)
    expect(alice.frames.at(-1)).toEqual({ type: 'superseded' })
    expect(alice.closed).toEqual([1000])
    alice.number(to('bob', 'from the past'))
    await runtime.elapse(100)
    expect(bob.all('message')).toEqual([])
    expect(alice.all('ack')).toEqual([])
    alice.lose()
    next.number(to('bob', 'from the present'))
    await runtime.elapse(100)
    expect(bob.all('message')).toHaveLength(1)
    expect(next.last('ack')).toEqual({ type: 'ack', received: 1 })
    expect(hub.counters.superseded).toBe(1)
  })

  it('raises the epoch once where two links come at the same time', async () => {
    const { join, link, runtime } = hubWorld()
    const alice = await join('alice')
    const { session, key } = alice.last('welcome')
    const both = [link(), link()]
    for (const one of both) one.say({ type: 'resume', v: 1, session, key, token: 'alice', received: 0 })
    await runtime.settle()
    expect(both.map((one) => one.frames[0]?.type).sort()).toEqual(['refused', 'resumed'])
  })

  it.each([
    ['a guessed session', { session: 'guessed' }, 0],
    ['a wrong key', { key: 'guessed' }, 1],
    ['a key that is nearly right', { key: 'id-1id-3' }, 1],
    ["somebody else's token", { token: 'mallory' }, 1],
  ])('of %s is told the same as one of an expired session, and disturbs nobody', async (_, wrong, forged) => {
    const { hub, join, resume, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    const thief = await resume(alice, wrong)
    expect(thief.frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect(hub.counters.forged).toBe(forged)
    thief.number(to('bob', 'forged'))
    alice.number(to('bob', 'mine'))
    await runtime.settle()
    expect(bob.all('message').map(({ data }) => data)).toEqual(['mine'])
  })

  it('with a token that is refused is refused', async () => {
    const { join, resume } = hubWorld()
    const thief = await resume(await join('alice'), { token: 'bad' })
    expect(thief.frames).toEqual([{ type: 'refused', code: 'signaling/unauthorized', retry: 'never' }])
  })

  it('of a guest needs no more than the key', async () => {
    const { link, runtime } = hubWorld({ authenticate: undefined as never })
    const guest = link()
    guest.say({ type: 'hello', v: 1, instance: 'i' })
    await runtime.settle()
    const { session, key } = guest.last('welcome')
    const next = link()
    next.say({ type: 'resume', v: 1, session, key, received: 0 })
    await runtime.settle()
    expect(next.frames[0]).toMatchObject({ type: 'resumed' })
  })

  it('outside of what is held ends the session', async () => {
    const { hub, join, resume } = hubWorld()
    const next = await resume(await join('alice'), { received: 5 })
    expect(next.frames).toEqual([{ type: 'gone', reason: 'replay' }])
    expect(hub.stats().sessions).toBe(0)
  })

  it('may be followed by a hello on the same link where the session is gone', async () => {
    const { join, link, runtime } = hubWorld()
    await join('bob')
    const late = link()
    late.say({ type: 'resume', v: 1, session: 'old', key: 'old', received: 0 })
    await runtime.settle()
    late.hello('alice')
    await runtime.settle()
    expect(late.frames.map(({ type }) => type)).toEqual(['gone', 'welcome'])
  })
})

describe('numbers of a client', () => {
  it('are acknowledged together, once committed', async () => {
    const { join, runtime } = hubWorld()
    const alice = await join('alice')
    for (let n = 0; n < 5; n++) alice.number(to('nobody'))
    await runtime.settle()
    expect(alice.all('ack')).toEqual([])
    runtime.advance(5)
    expect(alice.all('ack')).toEqual([{ type: 'ack', received: 5 }])
  })

  it('are not acknowledged before an asynchronous hook has decided, and stay in order behind it', async () => {
    let allow: (yes: boolean) => void = () => undefined
    const { join, runtime } = hubWorld({
      authorize: (_, __, id) => (id === 'slow' ? new Promise((resolve) => (allow = resolve)) : true),
    })
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(to('slow'))
    alice.number(to('bob', 'second'))
    await runtime.elapse(100)
    expect(alice.all('ack')).toEqual([])
    expect(bob.all('message')).toEqual([])
    allow(true)
    await runtime.elapse(100)
    expect(alice.all('ack')).toEqual([{ type: 'ack', received: 2 }])
    expect(bob.all('message')).toHaveLength(1)
  })

  it('that come again while a hook still decides are not handled twice', async () => {
    let allow: (yes: boolean) => void = () => undefined
    const { join, resume, runtime } = hubWorld({
      authorize: () => new Promise((resolve) => (allow = resolve)),
    })
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(to('bob', 'once'))
    await runtime.settle()
    alice.lose()
    const next = await resume(alice)
    expect(next.frames[0]).toMatchObject({ received: 0 })
    next.number(to('bob', 'once'))
    allow(true)
    await runtime.elapse(100)
    expect(bob.all('message')).toHaveLength(1)
    expect(next.last('ack')).toMatchObject({ received: 1 })
  })

  it('seen before are dropped, counted and acknowledged again', async () => {
    const { hub, join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.say({ n: 1, ...to('bob') })
    alice.say({ n: 1, ...to('bob') })
    await runtime.elapse(100)
    alice.say({ n: 1, ...to('bob') })
    await runtime.elapse(100)
    expect(bob.all('message')).toHaveLength(1)
    expect(hub.counters.replayed).toBe(2)
    expect(alice.all('ack').at(-1)).toEqual({ type: 'ack', received: 1 })
  })

  it('with a gap close the link but not the session', async () => {
    const { hub, join, resume } = hubWorld()
    const alice = await join('alice')
    alice.say({ n: 2, ...to('bob') })
    expect(alice.closed).toEqual([1002])
    expect(hub.counters.gaps).toBe(1)
    expect((await resume(alice)).frames[0]).toMatchObject({ type: 'resumed' })
  })
})

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
    const [alice, bob] = [await join('alice'), await join('bob')]
    for (let id = 1; id <= 1_001; id++) {
      alice.number({ ...to('bob'), id })
      if (id % 100 === 0) {
        await runtime.settle()
        alice.say({ type: 'ack', received: id })
      }
    }
    await runtime.settle()
    expect(bob.frames.at(-1)).toEqual({ type: 'gone', reason: 'overflow' })
    expect(alice.last('result')).toMatchObject({ code: 'signaling/recipient-offline' })
    expect(hub.counters.overflowed).toBe(1)
    expect(hub.stats().sessions).toBe(1)
    // The link may go on with a new session.
    bob.hello('bob')
    await runtime.settle()
    expect(bob.all('welcome')).toHaveLength(2)
  })

  it('end a session without a link in the same way, and say why when it comes back', async () => {
    const { hub, join, resume, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    bob.lose()
    for (let id = 1; id <= 5; id++) alice.number({ ...to('bob', 'x'.repeat(250_000)), id })
    await runtime.settle()
    expect(hub.stats().sessions).toBe(1)
    expect((await resume(bob)).frames).toEqual([{ type: 'gone', reason: 'overflow' }])
    await runtime.elapse(61_000, 1_000)
    expect((await resume(bob)).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
  })
})

describe('the heartbeat', () => {
  it('gives a link up that does not answer within 10 s, and keeps the session', async () => {
    const { hub, join, runtime, resume } = hubWorld()
    const alice = await join('alice')
    await runtime.elapse(20_000, 1_000)
    expect(alice.frames.at(-1)).toEqual({ type: 'ping' })
    await runtime.elapse(10_000, 1_000)
    expect(alice.closed).toEqual([1001])
    expect(hub.counters.silent).toBe(1)
    expect((await resume(alice)).frames[0]).toMatchObject({ type: 'resumed' })
  })

  it('is content with any frame', async () => {
    const { join, runtime } = hubWorld()
    const alice = await join('alice')
    for (let round = 0; round < 10; round++) {
      await runtime.elapse(25_000, 5_000)
      alice.say({ type: 'ack', received: 0 })
      await runtime.elapse(5_000, 5_000)
    }
    expect(alice.closed).toEqual([])
  })

  it('answers the ping of a client at once', async () => {
    const { join } = hubWorld()
    const alice = await join('alice')
    alice.say({ type: 'ping', id: 3 })
    expect(alice.frames.at(-1)).toEqual({ type: 'pong', id: 3 })
  })
})

describe('the end of a session', () => {
  it('comes with bye: the link is closed and all is freed', async () => {
    const { hub, join, runtime } = hubWorld()
    const alice = await join('alice')
    alice.number({ type: 'watch', id: 1, ids: ['*'] })
    await runtime.settle()
    alice.say({ type: 'bye' })
    expect(alice.closed).toEqual([1000])
    expect(hub.stats()).toEqual(NOTHING)
  })

  it('comes 60 s after its link was lost, not before', async () => {
    const { hub, join, runtime, resume } = hubWorld()
    const alice = await join('alice')
    alice.lose()
    await runtime.elapse(59_900, 1_000)
    const next = await resume(alice)
    expect(next.frames[0]).toMatchObject({ type: 'resumed' })
    next.lose()
    await runtime.elapse(60_000, 1_000)
    expect(hub.stats()).toEqual(NOTHING)
  })

  it('leaves nothing behind: no session, no record, no timer', async () => {
    const store = new MemoryStore()
    const { hub, join, runtime, resume } = hubWorld({ store })
    for (let round = 0; round < 20; round++) {
      const [alice, bob] = [await join('alice'), await join('bob')]
      alice.number({ type: 'invite', call: `c${round}`, to: 'bob', media: { audio: true, video: true } })
      alice.number({ type: 'watch', id: 1, ids: ['bob', '*'] })
      await runtime.settle()
      bob.number({ type: 'accept', call: `c${round}` })
      await runtime.settle()
      alice.lose()
      const again = await resume(alice)
      if (round % 2) again.say({ type: 'bye' })
      else again.lose()
      bob.lose()
    }
    await runtime.elapse(61_000, 1_000)
    expect(hub.stats()).toEqual(NOTHING)
    expect(store.size).toBe(0)
    expect(runtime.timers).toBe(0)
  })

  it('comes to all with the end of the hub', async () => {
    const { hub, join, link, runtime } = hubWorld()
    const clients = [await join('alice'), await join('bob'), link()]
    hub.close()
    hub.close()
    expect(clients.map(({ closed }) => closed)).toEqual([[1001], [1001], [1001]])
    expect(link().closed).toEqual([1001])
    expect(hub.stats()).toEqual(NOTHING)
    expect(runtime.timers).toBe(0)
  })
})
