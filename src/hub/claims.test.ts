import { describe, expect, it } from 'vitest'
import { end, heard, invite, leg, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'
import type { RawClient } from '../testing/raw-client'

const KEY = 'key of c'
const claim = (role: 'caller' | 'callee', more: object = {}) => ({
  call: 'c', key: KEY, role, peer: role === 'caller' ? 'bob' : 'alice', epoch: 0, ...more,
})
const sync = (...calls: object[]) => ({ type: 'sync', calls })

/** A server that has just started, and these have come back to it. */
const restarted = async (tokens: readonly string[], options: Parameters<typeof hubWorld>[0] = {}) => {
  const world = hubWorld(options)
  const clients: RawClient[] = []
  for (const token of tokens) clients.push(await world.join(token))
  const [alice, bob, mallory] = clients as [RawClient, RawClient, RawClient]
  return { ...world, alice, bob, mallory, settle: () => world.runtime.settle() }
}

describe('a call that the server has lost', () => {
  it('goes on when both sides claim it, and can be ended as before', async () => {
    const { alice, bob, hub, settle } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    await settle()
    expect(types(alice)).toEqual([])
    bob.number(sync(claim('callee')))
    await settle()
    expect([types(alice), types(bob)]).toEqual([['synced'], ['synced']])
    expect(hub.stats().calls).toBe(1)
    bob.number(leg({ n: 9 }))
    alice.number(end('call/hung-up'))
    await settle()
    expect(heard(alice).at(-1)).toEqual({ type: 'leg', call: 'c', message: { n: 9 } })
    expect(heard(bob).at(-1)).toEqual({ type: 'ended', call: 'c', code: 'call/hung-up', by: 'remote' })
    expect(hub.stats().calls).toBe(0)
  })

  it('is told of the lost link of the side that came first and is away again', async () => {
    const { alice, bob, settle } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    await settle()
    alice.lose()
    bob.number(sync(claim('callee')))
    await settle()
    expect(heard(bob)).toEqual([{ type: 'synced', call: 'c' }, { type: 'link', call: 'c', up: false }])
  })

  it('is lost where the other side does not claim it within the grace', async () => {
    const { alice, bob, runtime, settle } = await restarted(['alice', 'bob'], { pingMs: 1e9 })
    alice.number(sync(claim('caller')))
    await runtime.elapse(59_999)
    expect(types(alice)).toEqual([])
    await runtime.elapse(1)
    expect(heard(alice)).toEqual([{ type: 'ended', call: 'c', code: 'call/lost', by: 'system' }])
    bob.number(sync(claim('callee')))
    await settle()
    expect(types(bob)).toEqual([])
  })

  it('that one side has ended meanwhile ends for the other with that reason when it comes', async () => {
    const { alice, bob, settle, hub } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    alice.number({ ...end('call/hung-up'), text: 'I had to go' })
    await settle()
    bob.number(sync(claim('callee')))
    await settle()
    expect(heard(bob)).toEqual([{ type: 'ended', call: 'c', code: 'call/hung-up', by: 'remote', text: 'I had to go' }])
    expect(types(alice)).toEqual([])
    expect(hub.stats().calls).toBe(0)
  })

  it('ends with the session of the one side also for the other that comes later', async () => {
    const { alice, bob, settle } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    await settle()
    alice.say({ type: 'bye' })
    bob.number(sync(claim('callee')))
    await settle()
    expect(heard(bob)).toEqual([{ type: 'ended', call: 'c', code: 'call/hung-up', by: 'remote' }])
  })

  it('may be claimed again by the same client in a newer session', async () => {
    const { join, alice, bob, settle } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    await settle()
    alice.lose()
    const again = await join('alice')
    again.number(sync(claim('caller')))
    bob.number(sync(claim('callee')))
    await settle()
    expect([types(alice), types(again), types(bob)]).toEqual([[], ['synced'], ['synced']])
  })

  it('is claimed twice to no effect, before and after it is back', async () => {
    const { alice, bob, settle, hub } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller'), claim('caller')))
    alice.number(sync(claim('caller')))
    await settle()
    bob.number(sync(claim('callee')))
    await settle()
    alice.number(sync(claim('caller')))
    await settle()
    expect([types(alice), types(bob)]).toEqual([['synced', 'synced'], ['synced']])
    expect(hub.stats().calls).toBe(1)
  })
})

describe('who claims a call that is not theirs', () => {
  it.each([
    ['with another key', { key: 'guessed' }],
    ['naming somebody else', { peer: 'mallory' }],
    ['from the same end', { role: 'caller', peer: 'bob' }],
  ])('%s does not get it, and does not keep it from those whose it is', async (_, wrong) => {
    const { alice, bob, mallory, settle } = await restarted(['alice', 'bob', 'mallory'])
    mallory.number(sync(claim('callee', wrong)))
    await settle()
    alice.number(sync(claim('caller')))
    await settle()
    mallory.number(sync(claim('callee', wrong)))
    await settle()
    if (!('peer' in wrong)) {
      bob.number(sync(claim('callee')))
      await settle()
      expect([types(alice), types(bob)]).toEqual([['synced'], ['synced']])
    }
    expect(types(mallory)).not.toContain('synced')
    mallory.number(leg({ evil: 1 }))
    mallory.number(end('call/hung-up'))
    await settle()
    expect(types(alice)).not.toContain('leg')
    expect(types(bob)).not.toContain('call/hung-up')
  })

  it('and knows its key is refused by name, counted, where it is somebody else who has it', async () => {
    const { alice, bob, mallory, settle, hub } = await restarted(['alice', 'bob', 'mallory'])
    alice.number(sync(claim('caller')))
    await settle()
    mallory.number(sync(claim('callee')))
    await settle()
    bob.number(sync(claim('callee')))
    await settle()
    mallory.number(sync(claim('caller')))
    await settle()
    expect([types(alice), types(bob), types(mallory)]).toEqual([['synced'], ['synced'], ['call/lost', 'call/lost']])
    expect(hub.counters.forged).toBe(2)
  })

  it.each([
    ['in a call of their own', async (mallory: RawClient, carol: RawClient, settle: () => Promise<unknown>) => {
      mallory.number(invite('carol'))
      await settle()
      carol.number({ type: 'accept', call: 'c' })
    }, [['synced'], ['synced']]],
    ['of one that rings at one of the sides', async (mallory: RawClient) => mallory.number(invite('bob')), [['synced'], ['invited', 'synced']]],
    ['by a key that two of them made up', async (mallory: RawClient, carol: RawClient) => {
      mallory.number(sync(claim('caller', { key: 'ours', peer: 'carol' })))
      carol.number(sync(claim('callee', { key: 'ours', peer: 'mallory' })))
    }, [['synced'], ['synced']]],
  ])('and has taken its id before them %s is in no one\'s way', async (_, squat, expected) => {
    const { alice, bob, mallory, join, settle } = await restarted(['alice', 'bob', 'mallory'])
    await squat(mallory, await join('carol'), settle)
    await settle()
    alice.number(sync(claim('caller')))
    bob.number(sync(claim('callee')))
    await settle()
    expect([types(alice), types(bob)]).toEqual(expected)
    mallory.number(leg({ evil: 1 }))
    mallory.number(end('call/cancelled'))
    bob.number(leg({ n: 1 }))
    await settle()
    expect(types(bob)).toEqual(expected[1])
    expect(heard(alice).at(-1)).toEqual({ type: 'leg', call: 'c', message: { n: 1 } })
  })

  it('and calls one side with its id while that waits for the other is told that it is in use', async () => {
    const { alice, bob, mallory, settle, hub } = await restarted(['alice', 'bob', 'mallory'])
    alice.number(sync(claim('caller')))
    await settle()
    mallory.number(invite('alice'))
    await settle()
    expect([types(alice), types(mallory)]).toEqual([[], ['signaling/invalid-message']])
    expect(hub.counters.forged).toBe(1)
    bob.number(sync(claim('callee')))
    await settle()
    expect([types(alice), types(bob)]).toEqual([['synced'], ['synced']])
  })

  it('cannot be both sides of it in one session', async () => {
    const { alice, settle, hub } = await restarted(['alice'])
    alice.number(sync(claim('caller', { peer: 'alice' }), claim('callee', { peer: 'alice' })))
    await settle()
    expect(types(alice)).toEqual(['call/lost'])
    expect(hub.stats().calls).toBe(0)
  })

  it('and never was allowed to call does not get around the rules by making it up', async () => {
    const { alice, bob, settle, hub, audit } = await restarted(['alice', 'bob'], { authorize: (_, action) => action !== 'call' })
    alice.number(sync(claim('caller')))
    bob.number(sync(claim('callee')))
    await settle()
    expect([types(alice), types(bob)]).toEqual([['call/forbidden'], ['call/forbidden']])
    expect(hub.stats().calls).toBe(0)
    expect(audit).toMatchObject([{ action: 'call', from: 'alice', to: 'bob', allowed: false }])
  })
})

describe('claims', () => {
  it('are as many as calls may be at once, those that ended among them', async () => {
    const { alice, settle, hub } = await restarted(['alice'], { limits: { callsPerSession: 3 } })
    alice.number(sync(...[1, 2, 3, 4, 5].map((n) => claim('caller', { call: `c${n}` }))))
    await settle()
    expect(types(alice)).toEqual(['signaling/limit-exceeded', 'signaling/limit-exceeded'])
    expect(hub.stats().calls).toBe(0)
  })

  it('are no more for who comes second', async () => {
    const { alice, bob, settle, hub } = await restarted(['alice', 'bob'], { limits: { callsPerSession: 2 } })
    for (const call of ['c1', 'c2']) alice.number(sync(claim('caller', { call })))
    bob.number(sync(claim('callee', { call: 'mine' })))
    await settle()
    for (const call of ['c1', 'c2']) bob.number(sync(claim('callee', { call })))
    await settle()
    expect(types(bob)).toEqual(['synced', 'signaling/limit-exceeded'])
    expect(hub.stats().calls).toBe(1)
  })

  it('that flood the server are refused, each, and the call of others goes on', async () => {
    const { alice, bob, mallory, runtime, hub, settle } = await restarted(['alice', 'bob', 'mallory'])
    alice.number(sync(claim('caller')))
    await settle()
    for (let n = 0; n < 900; n++) mallory.number(sync(claim('callee', { call: `m${n}` })))
    await settle()
    expect(mallory.all('ended')).toHaveLength(850)
    expect(hub.counters.rateLimited).toBeGreaterThan(300)
    bob.number(sync(claim('callee')))
    await settle()
    expect(types(alice)).toEqual(['synced'])
    await runtime.elapse(60_000)
  })

  it.each([
    ['that is not even a record', 'c', []],
    ['without an id', claim('caller', { call: '' }), []],
    ['without a key', { call: 'x', role: 'caller', peer: 'bob', epoch: 0 }, ['call/lost']],
    ['with an epoch from which nobody can count on', claim('caller', { call: 'x', epoch: 2 ** 51 }), ['call/lost']],
    ['with half an epoch', claim('caller', { call: 'x', epoch: 0.5 }), ['call/lost']],
    ['with a role that there is not', claim('caller', { call: 'x', role: 'constructor' }), ['call/lost']],
  ])('beside one %s are heard all the same', async (_, wrong, told) => {
    const { alice, bob, settle, hub } = await restarted(['alice', 'bob'])
    alice.number({ type: 'sync', calls: [wrong, claim('caller')] })
    await settle()
    expect(hub.counters.malformed).toBe(1)
    expect(types(alice)).toEqual(told)
    bob.number(sync(claim('callee')))
    await settle()
    expect(types(alice)).toEqual([...told, 'synced'])
  })

  it('that are no list are malformed', async () => {
    const { alice, settle, hub } = await restarted(['alice'])
    alice.number({ type: 'sync', calls: 'c' })
    await settle()
    expect(hub.counters.malformed).toBe(1)
    expect(types(alice)).toEqual([])
  })

  it('at the highest epoch can be reclaimed and claimed once more', async () => {
    const { alice, bob, settle, hub, link, runtime } = await restarted(['alice', 'bob'])
    alice.number(sync(claim('caller')))
    bob.number(sync(claim('callee', { epoch: 2 ** 40 })))
    await settle()
    const { session, key } = alice.last('welcome')
    const again = link()
    again.say({ type: 'reclaim', v: 1, session, key, token: 'alice', instance: 'x' })
    await runtime.settle()
    const [{ epoch } = { epoch: 0 }] = again.last('reclaimed').calls as { epoch: number }[]
    expect(epoch).toBeGreaterThan(2 ** 40)
    again.number(sync(claim('caller', { epoch, call: 'another' })))
    await settle()
    expect(hub.counters.malformed).toBe(0)
  })
})
