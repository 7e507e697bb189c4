import { describe, expect, it } from 'vitest'
import { hubWorld } from '../testing/hub-world'
import { MemoryStore } from './store'

const NOTHING = { links: 0, sessions: 0, users: 0, calls: 0, watchedIds: 0 }
const to = (id: string, data: unknown = null) => ({ type: 'message', id: 1, to: id, data })

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

describe('a hook that takes its time', () => {
  const slow = () => hubWorld({ authorize: (_, __, id) => id !== 'slow' || new Promise(() => undefined) })
  const end = (call: string, text?: string) => ({ type: 'end', call, code: 'call/hung-up', text })

  it('lets only so many frames wait behind it, ends among them', async () => {
    const { hub, join, resume, runtime } = slow()
    const eve = await join('eve')
    eve.number(to('slow'))
    for (let n = 0; n < 1_001; n++) eve.number(end('c'))
    expect(eve.last('refused')).toMatchObject({ code: 'signaling/rate-limited', retry: 'yes' })
    expect(hub.counters.rateLimited).toBe(1)
    const again = await resume(eve)
    await runtime.elapse(10_100, 100)
    expect(again.last('ack')).toEqual({ type: 'ack', received: 1_001 })
  })

  it('lets ends wait up to 1 MiB', async () => {
    const eve = await slow().join('eve')
    eve.number(to('slow'))
    for (let n = 0; n < 400; n++) eve.number(end('c', 'つ'.repeat(1_000)))
    expect(eve.last('refused')).toMatchObject({ code: 'signaling/rate-limited' })
  })

  it('does not hold up the end of a call that is going on', async () => {
    const { join, runtime } = slow()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number({ type: 'invite', call: 'c', to: 'bob', media: { audio: true, video: true } })
    await runtime.settle()
    bob.number({ type: 'accept', call: 'c' })
    alice.number(to('slow'))
    alice.number({ type: 'leg', call: 'c', message: {} })
    alice.number(end('c'))
    expect(bob.last('ended')).toMatchObject({ call: 'c', code: 'call/hung-up', by: 'remote' })
    expect(bob.all('leg')).toEqual([])
    await runtime.elapse(100)
    expect(alice.last('ack')).toEqual({ type: 'ack', received: 1 })
    await runtime.elapse(10_100, 100)
    expect(alice.all('ack').at(-1)).toEqual({ type: 'ack', received: 4 })
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
    alice.number(to('nobody'))
    alice.lose()
    await runtime.elapse(59_900, 1_000)
    const next = await resume(alice)
    expect(next.frames[0]).toMatchObject({ type: 'resumed' })
    next.lose()
    await runtime.elapse(60_000, 1_000)
    expect(hub.stats()).toEqual(NOTHING)
  })

  it('comes 5 s after its link was lost where it was but a greeting, 60 s where it had waited for a while', async () => {
    const { hub, join, runtime, resume } = hubWorld()
    const [ghost, callee] = [await join('ghost'), await join('callee')]
    ghost.lose()
    for (let second = 0; second < 10; second++) {
      await runtime.elapse(1_000, 1_000)
      expect(hub.stats().sessions).toBe(second < 4 ? 2 : 1)
    }
    callee.lose()
    await runtime.elapse(59_000, 1_000)
    expect((await resume(callee)).frames[0]).toMatchObject({ type: 'resumed' })
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
