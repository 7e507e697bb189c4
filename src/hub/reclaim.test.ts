import { describe, expect, it } from 'vitest'
import { called, end, heard, invite, leg, MEDIA, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'
import type { RawClient } from '../testing/raw-client'
import { MemoryStore } from './store'

type World = ReturnType<typeof hubWorld>

const secretOf = (client: RawClient) => {
  const { session, key } = client.all('welcome')[0] ?? client.last('reclaimed')
  return { session, key }
}

/** While it is slow, the newest record waits for `write`. */
class SlowStore extends MemoryStore {
  slow = false
  write = (): void => undefined

  override async add(...record: Parameters<MemoryStore['add']>): Promise<void> {
    if (this.slow) await new Promise<void>((resolve) => (this.write = resolve))
    return super.add(...record)
  }
}

/** A page that was loaded again. */
const reclaim = async ({ link, runtime }: Pick<World, 'link' | 'runtime'>, old: RawClient, more: object = {}, remote?: string) => {
  const next = link(remote)
  const { self } = old.frames[0] as unknown as { self: { id: string } }
  next.say({ type: 'reclaim', v: 1, ...secretOf(old), token: self.id, instance: 'the same', ...more })
  await runtime.settle()
  return next
}

/** Alice and Bob in a call. */
const inCall = async (options: Parameters<typeof hubWorld>[0] = {}) => {
  const world = await called(['alice', 'bob', 'mallory'], options)
  world.bob.number({ type: 'accept', call: 'c' })
  await world.settle()
  return { ...world, mallory: world.third }
}

describe('a page that was loaded again', () => {
  it('has its call in a new session, and the other side hears that its link is back', async () => {
    const world = await inCall()
    const { alice, bob, hub, settle } = world
    bob.say({ type: 'bye', backWithinMs: 15_000 })
    await settle()
    expect(bob.closed).toEqual([1000])
    expect(heard(alice).at(-1)).toEqual({ type: 'link', call: 'c', up: false })
    const again = await reclaim(world, bob)
    expect(again.frames).toEqual([
      expect.objectContaining({
        type: 'reclaimed', epoch: 1, self: { id: 'bob', name: 'BOB' },
        calls: [{
          call: 'c', key: heard(alice).find(({ type }) => type === 'accepted')?.key, role: 'callee',
          peer: { id: 'alice', name: 'ALICE' }, media: MEDIA, metadata: { why: 'hi' }, epoch: 65_536,
        }],
      }),
    ])
    expect(again.last('reclaimed').session).not.toBe(bob.last('welcome').session)
    expect(heard(alice).at(-1)).toEqual({ type: 'link', call: 'c', up: true })
    again.number(leg({ epoch: 65_536 }))
    alice.number(end('call/hung-up'))
    await settle()
    expect(heard(alice).at(-1)).toEqual({ type: 'leg', call: 'c', message: { epoch: 65_536 } })
    expect(types(again)).toEqual(['call/hung-up'])
    expect(hub.stats()).toMatchObject({ sessions: 3, calls: 0 })
  })

  it('has higher epochs each time, on both sides', async () => {
    const world = await inCall()
    const first = await reclaim(world, world.bob)
    const second = await reclaim(world, first)
    const other = await reclaim(world, world.alice)
    const epochs = [first, second, other].map((client) => (client.last('reclaimed').calls as { epoch: number }[])[0]?.epoch)
    expect(epochs).toEqual([65_536, 131_072, 196_608])
    expect(other.last('reclaimed').calls).toMatchObject([{ role: 'caller', peer: { id: 'bob' } }])
  })

  it('ends the link of the old one, if there still is one', async () => {
    const world = await inCall()
    const again = await reclaim(world, world.bob)
    expect(world.bob.last('superseded')).toEqual({ type: 'superseded' })
    expect(world.bob.closed).toEqual([1000])
    expect(types(world.alice)).toEqual(['accepted'])
    expect(again.last('reclaimed').calls).toHaveLength(1)
  })

  it('takes back its invitations that nobody has answered, and rings again for those of others', async () => {
    const world = await called(['alice', 'bob', 'carol'])
    const { bob, third: carol, settle } = world
    bob.number(invite('carol', 'out'))
    await settle()
    const again = await reclaim(world, bob)
    await settle()
    expect(again.last('reclaimed').calls).toEqual([])
    expect(heard(again)).toEqual([
      { type: 'invited', call: 'c', from: { id: 'alice', name: 'ALICE' }, media: MEDIA, metadata: { why: 'hi' }, epoch: 65_536 },
    ])
    expect(heard(carol).at(-1)).toEqual({ type: 'ended', call: 'out', code: 'call/cancelled', by: 'remote' })
    again.number({ type: 'accept', call: 'c' })
    await settle()
    expect(types(world.alice)).toEqual(['accepted'])
  })

  it('is rung again by an invitation that takes the place of a call with the key for that: it rings as no other does', async () => {
    const world = await inCall()
    const { bob, mallory, settle } = world
    const replaces = { call: 'c', key: 'k' }
    mallory.number({ ...invite('bob', 'd'), metadata: 'x'.repeat(5_000), replaces })
    await settle()
    const again = await reclaim(world, bob)
    expect(heard(again)).toEqual([
      { type: 'invited', call: 'd', from: { id: 'mallory', name: 'MALLORY' }, media: MEDIA, replaces, epoch: 65_536 },
    ])
    expect((again.last('reclaimed').calls as object[])[0]).not.toHaveProperty('replaces')
  })

  it('rings again without metadata that would be much to keep', async () => {
    const world = await called(['alice', 'bob'])
    world.alice.number({ ...invite('bob', 'large'), metadata: 'x'.repeat(5_000) })
    await world.settle()
    const again = await reclaim(world, world.bob)
    expect(heard(again)[1]).toEqual({ type: 'invited', call: 'large', from: { id: 'alice', name: 'ALICE' }, media: MEDIA, epoch: 65_536 })
  })

  it('learns that the other side is away', async () => {
    const world = await inCall()
    world.alice.lose()
    const again = await reclaim(world, world.bob)
    expect(heard(again)).toEqual([{ type: 'link', call: 'c', up: false }])
    await world.resume(world.alice)
    expect(heard(again).at(-1)).toEqual({ type: 'link', call: 'c', up: true })
  })

  it('gets the messages that came while it was loading', async () => {
    const world = await inCall()
    world.bob.say({ type: 'bye', backWithinMs: 15_000 })
    world.alice.number({ type: 'message', id: 7, to: 'bob', data: 'are you there?' })
    await world.settle()
    expect(world.alice.last('result')).toMatchObject({ id: 7 })
    const again = await reclaim(world, world.bob)
    expect(again.all('message')).toMatchObject([{ n: 1, data: 'are you there?' }])
  })

  it('gets each of them once and in order where putting its new session on record takes a while, and rings once', async () => {
    const store = new SlowStore()
    const world = await inCall({ store })
    const say = (id: number) => world.alice.number({ type: 'message', id, to: 'bob', data: id })
    say(1)
    await world.settle()
    store.slow = true
    const again = await reclaim(world, world.bob)
    say(2)
    world.mallory.number(invite('bob', 'd'))
    await world.settle()
    store.write()
    await world.settle()
    say(3)
    await world.settle()
    expect(again.all('message').map(({ data }) => data)).toEqual([1, 2, 3])
    expect(again.all('invited')).toMatchObject([{ call: 'd', epoch: 65_536 }])
    again.number(end('call/rejected', 'd'))
    await world.settle()
    expect(types(world.mallory)).toEqual(['call/rejected'])
  })

  it('that stays away longer than it said has left', async () => {
    const { alice, bob, runtime } = await inCall({ pingMs: 1e9 })
    bob.say({ type: 'bye', backWithinMs: 15_000 })
    await runtime.elapse(14_999)
    expect(types(alice).at(-1)).toBe('link')
    await runtime.elapse(1)
    expect(types(alice).at(-1)).toBe('call/lost')
  })

  it('is never kept longer than any other that lost its link', async () => {
    const { alice, bob, runtime } = await inCall({ pingMs: 1e9 })
    bob.say({ type: 'bye', backWithinMs: 1e9 })
    await runtime.elapse(60_000)
    expect(types(alice).at(-1)).toBe('call/lost')
  })

  it('and is away again at once is waited for with its call as long as any other', async () => {
    const world = await inCall({ pingMs: 1e9 })
    const again = await reclaim(world, world.bob)
    await world.runtime.elapse(2_000)
    again.lose()
    await world.runtime.elapse(59_999)
    expect(types(world.alice).at(-1)).toBe('link')
    await world.runtime.elapse(1)
    expect(types(world.alice).at(-1)).toBe('call/lost')
  })

  it('keeps its guest where there are no tokens', async () => {
    const world = hubWorld({ authenticate: (_, { instance }) => ({ id: `guest ${instance}` }) })
    const guest = world.link()
    guest.say({ type: 'hello', v: 1, instance: 'one' })
    await world.runtime.settle()
    const again = await reclaim(world, guest, { token: undefined, instance: 'two' })
    expect(again.last('reclaimed').self).toEqual({ id: 'guest one' })
    const third = await reclaim(world, again, { token: undefined, instance: 'three' })
    expect(third.last('reclaimed').self).toEqual({ id: 'guest one' })
  })
})

describe('a key', () => {
  it('works once: whoever shows it again is told that there is nothing', async () => {
    const world = await inCall()
    await reclaim(world, world.bob)
    const thief = await reclaim(world, world.bob)
    expect(thief.frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect((await world.resume(world.bob)).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect(world.hub.stats()).toMatchObject({ sessions: 3, calls: 1 })
  })

  it('stolen from somebody else is worth nothing without their token, and they notice nothing', async () => {
    const world = await inCall()
    const thief = await reclaim(world, world.bob, { token: 'mallory' })
    expect(thief.frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect(world.hub.counters.forged).toBe(1)
    expect(world.bob.closed).toEqual([])
    expect(types(world.alice)).toEqual(['accepted'])
  })

  it('that is wrong is answered like a session that there is not', async () => {
    const world = await inCall()
    const wrong = await reclaim(world, world.bob, { key: 'guessed' })
    const never = await reclaim(world, world.bob, { session: 'never' })
    expect(wrong.frames).toEqual(never.frames)
    wrong.hello('bob')
    await world.settle()
    expect(wrong.last('welcome')).toMatchObject({ self: { id: 'bob' } })
  })

  it('shown on two links at once lets one of them in', async () => {
    const world = await inCall()
    const links = [world.link(), world.link()]
    for (const link of links) link.say({ type: 'reclaim', v: 1, ...secretOf(world.bob), token: 'bob', instance: 'x' })
    await world.settle()
    const first = links.map(({ frames }) => frames[0])
    expect(first.map((frame) => frame?.type).sort()).toEqual(['reclaimed', 'refused'])
    expect(first).toContainEqual(expect.objectContaining({ retry: 'yes' }))
    expect(world.hub.stats().sessions).toBe(3)
  })

  it('shown again while the new session still goes on record lets nobody else in', async () => {
    const store = new SlowStore()
    const world = await inCall({ store })
    store.slow = true
    const first = await reclaim(world, world.bob)
    const second = await reclaim(world, world.bob)
    expect(first.frames).toEqual([])
    expect(second.last('refused')).toMatchObject({ retry: 'yes' })
    store.write()
    await world.settle()
    expect(first.last('reclaimed').calls).toHaveLength(1)
    expect(store.size).toBe(3)
  })
})

describe('reclaiming', () => {
  it('leaves the old session as it is where the link breaks before it is done, so that the key works again', async () => {
    const store = new SlowStore()
    const world = await inCall({ store })
    store.slow = true
    const first = await reclaim(world, world.bob)
    first.lose()
    store.write()
    store.slow = false
    await world.settle()
    const second = await reclaim(world, world.bob)
    expect(second.last('reclaimed').calls).toHaveLength(1)
    expect(world.hub.stats().sessions).toBe(3)
  })

  it('again and again has one budget', async () => {
    const world = hubWorld({ limits: { framesPerSecond: 1, framesBurst: 10 } })
    const bob = await world.join('bob')
    for (let n = 1; n <= 10; n++) bob.number({ type: 'message', id: n, to: 'nobody', data: 0 })
    const again = await reclaim(world, bob)
    again.number({ type: 'message', id: 1, to: 'nobody', data: 0 })
    await world.runtime.settle()
    expect(again.last('result')).toMatchObject({ code: 'signaling/rate-limited' })
  })

  it('does not bring more sessions to an address than may be there, nor leave any behind', async () => {
    const world = hubWorld({ limits: { sessionsPerAddress: 1 } })
    const [one, two] = [world.link('10.0.0.1'), world.link('10.0.0.2')]
    one.hello('alice')
    two.hello('bob')
    await world.runtime.settle()
    const moved = await reclaim(world, one, {}, '10.0.0.2')
    expect(moved.last('refused')).toMatchObject({ code: 'signaling/limit-exceeded', retry: 'yes' })
    const stayed = await reclaim(world, one, {}, '10.0.0.1')
    expect(stayed.last('reclaimed')).toBeDefined()
    expect(world.hub.stats().sessions).toBe(2)
    stayed.say({ type: 'bye' })
    two.say({ type: 'bye' })
    expect(world.hub.stats()).toMatchObject({ sessions: 0, users: 0 })
  })
})

describe('a server that goes away', () => {
  it('asks those who are there to leave, lets nobody in, and keeps what is under way until it closes', async () => {
    const world = await inCall()
    world.hub.drain(5_000)
    expect(world.alice.last('draining')).toEqual({ type: 'draining', retryWithinMs: 5_000 })
    const late = world.link()
    late.hello('carol')
    await world.settle()
    expect(late.last('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes', retryWithinMs: 5_000 })
    world.alice.number(end('call/hung-up'))
    await world.settle()
    expect(types(world.bob).at(-1)).toBe('call/hung-up')
  })

  it.each(['hello', 'resume', 'reclaim'])('lets nobody in who had said %s before, and nobody knows yet who that is', async (type) => {
    let decide: () => void = () => undefined
    let slow = false
    const world = hubWorld({
      authenticate: async (token) => {
        if (slow) await new Promise<void>((resolve) => (decide = resolve))
        return { id: token ?? '' }
      },
    })
    const bob = await world.join('bob')
    slow = true
    const late = world.link()
    late.say({ type, v: 1, ...secretOf(bob), token: 'bob', instance: 'x', received: 0 })
    await world.runtime.settle()
    world.hub.drain(5_000)
    decide()
    await world.runtime.settle()
    expect(late.frames).toEqual([{ type: 'refused', code: 'signaling/unreachable', retry: 'yes', retryWithinMs: 5_000 }])
    expect(world.hub.stats()).toMatchObject({ sessions: 1, links: 1 })
  })

  it('lets nobody in either who is only not yet on record', async () => {
    const store = new SlowStore()
    store.slow = true
    const world = hubWorld({ store })
    const late = world.link()
    late.hello('bob')
    await world.runtime.settle()
    world.hub.drain(5_000)
    store.write()
    await world.runtime.settle()
    expect(late.frames.map(({ type }) => type)).toEqual(['refused'])
    expect([world.hub.stats().sessions, store.size]).toEqual([0, 0])
  })
})
