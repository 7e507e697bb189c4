import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { hubWorld } from '../testing/hub-world'
import { Hub } from './hub'
import { MemoryStore, type SessionRecord } from './store'

const NOTHING = { links: 0, sessions: 0, users: 0, calls: 0, watchedIds: 0 }
const to = (id: string, data: unknown = null) => ({ type: 'message', id: 1, to: id, data })

describe('an attempt to go on with a session', () => {
  it('that comes late takes nothing over from a later one, and its link is told to come again', async () => {
    const { join, resume, hub, runtime } = hubWorld()
    const alice = await join('alice')
    alice.lose()
    const third = await resume(alice, { attempt: 3 })
    const late = await resume(alice, { attempt: 2 })
    expect(late.frames).toMatchObject([{ type: 'refused', retry: 'yes' }])
    expect(third.frames.map(({ type }) => type)).toEqual(['resumed'])
    expect(third.closed).toEqual([])
    third.number({ type: 'message', id: 1, to: 'nobody', data: 0 })
    await runtime.settle()
    expect(third.last('result')).toMatchObject({ id: 1 })
    expect(hub.counters.superseded).toBe(0)
    const fourth = await resume(alice, { attempt: 4 })
    expect([third.frames.at(-1)?.type, fourth.frames[0]?.type]).toEqual(['superseded', 'resumed'])
  })

  it('without a number takes the session over as ever, and so does one that is repeated', async () => {
    const { join, resume } = hubWorld()
    const alice = await join('alice')
    for (const more of [{ attempt: 3 }, {}, { attempt: 3 }]) expect((await resume(alice, more)).frames[0]?.type).toBe('resumed')
  })

  it('of somebody without its key counts for nothing', async () => {
    const { join, resume } = hubWorld()
    const alice = await join('alice')
    await resume(alice, { attempt: 1_000, key: 'guessed' })
    expect((await resume(alice, { attempt: 1 })).frames[0]?.type).toBe('resumed')
  })

  it('by a page that was loaded again counts anew', async () => {
    const { join, resume, link, runtime } = hubWorld()
    const alice = await join('alice')
    await resume(alice, { attempt: 7 })
    const { session, key } = alice.last('welcome')
    const next = link()
    next.say({ type: 'reclaim', v: 1, session, key, token: 'alice', instance: 'x', attempt: 1 })
    await runtime.settle()
    expect(next.frames[0]?.type).toBe('reclaimed')
  })
})

describe('the way in', () => {
  it('welcomes with a session, a key of at least 256 bits and who one is', async () => {
    const hub = new Hub({ authenticate: () => ({ id: 'alice' }) })
    const frames: { type: string; key?: string; session?: string }[] = []
    const sink = hub.connect({ send: (frame) => frames.push(JSON.parse(frame)), close: () => undefined })
    sink.frame('{"type":"hello","v":1,"instance":"i"}')
    while (!frames.length) await new Promise(setImmediate)
    // 32 signs to a character are 5 bits each.
    expect((frames[0]?.key?.length ?? 0) * 5).toBeGreaterThanOrEqual(256)
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

  it('passes on what authenticate says of a token in an RtcError, and nothing of other errors', async () => {
    const { runtime, link } = hubWorld({
      authenticate: (token) => {
        if (token === 'bad') throw new Error('secret of the database')
        throw new RtcError('signaling/unauthorized', 'A name has letters.')
      },
    })
    const refusals = []
    for (const token of ['?', 'bad']) {
      const client = link()
      client.hello(token)
      await runtime.settle()
      refusals.push(...client.frames)
    }
    const refused = { type: 'refused', code: 'signaling/unauthorized', retry: 'never' }
    expect(refusals).toEqual([{ ...refused, text: 'A name has letters.' }, refused])
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

  it('keeps no session that the store does not take, and asks to come again', async () => {
    class Broken extends MemoryStore {
      override add = async () => Promise.reject(new Error('disk full'))
      override remove = async () => Promise.reject(new Error('disk full'))
    }
    const { hub, runtime, link } = hubWorld({ store: new Broken() })
    const client = link()
    client.hello('alice')
    await runtime.settle()
    expect(client.last('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes' })
    expect(hub.stats()).toEqual(NOTHING)
    expect(hub.people()).toEqual([])
  })

  it('gives no link to a session that is over before it began', async () => {
    let added: () => void = () => undefined
    let slow = true
    class Slow extends MemoryStore {
      override async add(record: SessionRecord) {
        if (slow) await new Promise<void>((resolve) => (added = resolve))
        return super.add(record)
      }
    }
    const store = new Slow()
    const { hub, runtime, link } = hubWorld({ store, limits: { sessionsPerUser: 1 } })
    const [first, second] = [link(), link()]
    first.hello('alice')
    await runtime.settle()
    slow = false
    second.hello('alice')
    await runtime.settle()
    added()
    await runtime.settle()
    expect(second.all('welcome')).toHaveLength(1)
    expect(first.all('welcome')).toEqual([])
    expect(first.last('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes' })
    expect(hub.stats()).toMatchObject({ links: 1, sessions: 1 })
    second.say({ type: 'bye' })
    await runtime.elapse(100)
    expect(hub.people()).toEqual([])
    expect(store.size).toBe(0)
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

  it('limits sessions of one address, with IPv6 of one network, and frees them again', async () => {
    const { hub, runtime, link } = hubWorld({ limits: { sessionsPerAddress: 2 } })
    const from = async (remote: string | undefined, token: string) => {
      const client = link(remote)
      client.hello(token)
      await runtime.settle()
      return client
    }
    const first = await from('192.0.2.1', 'a')
    const addresses: [string, string][] = [['192.0.2.1', 'b'], ['192.0.2.2', 'c'], ['2001:db8::1', 'd'], ['2001:db8:0:0:1::', 'e']]
    for (const [remote, token] of addresses) expect((await from(remote, token)).all('welcome')).toHaveLength(1)
    for (const remote of ['192.0.2.1', '2001:db8:0:0:ffff:1:2:3'])
      expect((await from(remote, 'x')).last('refused')).toMatchObject({ code: 'signaling/limit-exceeded', retry: 'yes' })
    expect((await from('2001:db8:0:1::1', 'f')).all('welcome')).toHaveLength(1)
    first.say({ type: 'bye' })
    expect((await from('192.0.2.1', 'g')).all('welcome')).toHaveLength(1)
    for (const token of ['h', 'i', 'j']) expect((await from(undefined, token)).all('welcome')).toHaveLength(1)
    expect(hub.stats().sessions).toBe(9)
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

  it('takes name and grants from the new token', async () => {
    const asked: unknown[] = []
    const { join, resume, runtime, hub } = hubWorld({
      authenticate: (token = '') => ({ id: 'alice', name: token, grants: [token] }),
      authorize: (from) => {
        asked.push(from)
        return from.grants?.includes('admin') === true
      },
    })
    const first = await join('admin')
    first.lose()
    const next = await resume(first, { token: 'plain' })
    next.number(to('alice'))
    await runtime.settle()
    expect(asked).toEqual([{ id: 'alice', name: 'plain', grants: ['plain'] }])
    expect(next.last('result')).toMatchObject({ code: 'signaling/forbidden' })
    await runtime.elapse(100)
    expect(hub.people()).toEqual([{ id: 'alice', name: 'plain', status: 'online' }])
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
