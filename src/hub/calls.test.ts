import { describe, expect, it } from 'vitest'
import { hubWorld } from '../testing/hub-world'
import type { RawClient, RawFrame } from '../testing/raw-client'

const MEDIA = { audio: true, video: true }
const invite = (to: string, call = 'c') => ({ type: 'invite', call, to, media: MEDIA, metadata: { why: 'hi' } })
const leg = (message: object, call = 'c') => ({ type: 'leg', call, message })
const end = (code: string, call = 'c') => ({ type: 'end', call, code })

/** What a client heard about calls, without the numbers. */
const heard = (client: RawClient): readonly RawFrame[] =>
  client.frames
    .filter((frame) => 'call' in frame)
    .map((frame) => Object.fromEntries(Object.entries(frame).filter(([field]) => field !== 'n')) as RawFrame)
const types = (client: RawClient): readonly string[] => heard(client).map(({ type, code }) => String(code ?? type))

/** A world in which these have joined and the first has called the second user. */
const called = async (tokens: readonly string[], options: Parameters<typeof hubWorld>[0] = {}, to = 'bob') => {
  const world = hubWorld(options)
  const clients: RawClient[] = []
  for (const token of tokens) clients.push(await world.join(token))
  clients[0]?.number(invite(to))
  await world.runtime.settle()
  const [alice, bob, third, fourth] = clients as [RawClient, RawClient, RawClient, RawClient]
  return { ...world, alice, bob, third, fourth, settle: () => world.runtime.settle() }
}

describe('a call', () => {
  it('goes from the invitation over ringing and accepting to its end', async () => {
    const { alice, bob, settle, hub } = await called(['alice', 'bob'])
    bob.number({ type: 'ring', call: 'c' })
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    expect(hub.stats().calls).toBe(1)
    alice.number({ ...end('call/hung-up'), text: 'bye' })
    await settle()
    expect(heard(bob)).toEqual([
      { type: 'invited', call: 'c', from: { id: 'alice', name: 'ALICE' }, media: MEDIA, metadata: { why: 'hi' } },
      { type: 'ended', call: 'c', code: 'call/hung-up', by: 'remote', text: 'bye' },
    ])
    expect(heard(alice)).toEqual([
      { type: 'ringing', call: 'c' },
      { type: 'accepted', call: 'c', from: { id: 'bob', name: 'BOB' } },
    ])
    expect(hub.stats().calls).toBe(0)
  })

  it('carries the offer and candidates of the caller while it rings, and everything both ways once accepted', async () => {
    const { alice, bob, settle } = await called(['alice', 'bob'])
    alice.number(leg({ n: 1, offer: true }))
    alice.number({ type: 'control', call: 'c', message: { kind: 'early' } })
    await settle()
    bob.number({ type: 'accept', call: 'c' })
    bob.number(leg({ n: 1, answer: true }))
    bob.number({ type: 'control', call: 'c', message: { kind: 'held' } })
    await settle()
    expect(heard(bob).slice(1)).toEqual([
      { type: 'leg', call: 'c', message: { n: 1, offer: true } },
      { type: 'control', call: 'c', message: { kind: 'early' } },
    ])
    expect(heard(alice).slice(1)).toEqual([
      { type: 'leg', call: 'c', message: { n: 1, answer: true } },
      { type: 'control', call: 'c', message: { kind: 'held' } },
    ])
  })

  it.each([
    ['cancelled by the caller', 'alice', 'call/cancelled'],
    ['given up by the caller', 'alice', 'call/no-answer'],
    ['declined', 'bob', 'call/rejected'],
    ['answered with busy', 'bob', 'call/busy'],
  ])('%s ends on the other side with that code', async (_, who, code) => {
    const { alice, bob, settle, hub } = await called(['alice', 'bob'])
    const [ender, other] = who === 'alice' ? [alice, bob] : [bob, alice]
    ender.number(end(code))
    await settle()
    expect(heard(other).at(-1)).toEqual({ type: 'ended', call: 'c', code, by: 'remote' })
    expect(types(ender)).not.toContain(code)
    expect(hub.stats().calls).toBe(0)
  })

  it('to nobody ends unreachable', async () => {
    const { alice, hub } = await called(['alice'])
    expect(heard(alice)).toEqual([{ type: 'ended', call: 'c', code: 'call/unreachable', by: 'system' }])
    expect(hub.stats().calls).toBe(0)
  })

  it('to oneself rings the other devices, not the one that calls', async () => {
    const { alice, bob: phone } = await called(['alice', 'alice/phone'], {}, 'alice')
    expect(types(alice)).toEqual([])
    expect(types(phone)).toEqual(['invited'])
  })
})

describe('several devices', () => {
  it('all ring and all hear the caller; the first to accept has the call, the others are told', async () => {
    const { alice, bob, third: phone, settle } = await called(['alice', 'bob', 'bob/phone'])
    alice.number(leg({ offer: 1 }))
    bob.number({ type: 'ring', call: 'c' })
    phone.number({ type: 'ring', call: 'c' })
    await settle()
    phone.number({ type: 'accept', call: 'c' })
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    alice.number(leg({ candidate: 1 }))
    await settle()
    expect(types(alice)).toEqual(['ringing', 'accepted'])
    expect(types(phone)).toEqual(['invited', 'leg', 'leg'])
    expect(types(bob)).toEqual(['invited', 'leg', 'call/answered-elsewhere'])
    expect(heard(bob).at(-1)).toMatchObject({ by: 'system' })
  })

  it('that only ring are not heard', async () => {
    const { alice, bob, hub, settle } = await called(['alice', 'bob'])
    bob.number(leg({ answer: 'too early' }))
    bob.number({ type: 'control', call: 'c', message: { kind: 'x' } })
    await settle()
    expect(types(alice)).toEqual([])
    expect(hub.counters.strays).toBe(2)
  })

  it('go on ringing when one is busy; the caller hears of the last', async () => {
    const { alice, bob, third: phone, settle } = await called(['alice', 'bob', 'bob/phone'])
    bob.number(end('call/busy'))
    await settle()
    expect(types(alice)).toEqual([])
    phone.number(end('media/permission-denied'))
    await settle()
    expect(types(alice)).toEqual(['media/permission-denied'])
  })

  it('stop ringing when the person declines on one', async () => {
    const { alice, bob, third: phone, settle } = await called(['alice', 'bob', 'bob/phone'])
    bob.number(end('call/rejected'))
    await settle()
    expect(types(alice)).toEqual(['call/rejected'])
    expect(types(phone)).toEqual(['invited', 'call/answered-elsewhere'])
  })

  it('of other people go on ringing when one person declines', async () => {
    const { alice, bob, third: carol, settle } = await called(
      ['alice', 'bob', 'carol'],
      { resolve: (address) => (address === 'support' ? ['bob', 'carol', 'bob'] : [address]) },
      'support',
    )
    bob.number(end('call/rejected'))
    await settle()
    expect(types(alice)).toEqual([])
    carol.number({ type: 'accept', call: 'c' })
    await settle()
    expect(heard(alice)).toEqual([{ type: 'accepted', call: 'c', from: { id: 'carol', name: 'CAROL' } }])
    expect(types(bob)).toEqual(['invited'])
  })

  it('without a link are rung when they are back', async () => {
    const { join, resume, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    bob.lose()
    alice.number(invite('bob'))
    await runtime.settle()
    expect(types(alice)).toEqual([])
    expect(types(await resume(bob))).toEqual(['invited'])
  })
})

describe('a party that goes', () => {
  it.each([
    ['bye', 'call/hung-up', 'remote'],
    ['grace', 'call/lost', 'system'],
  ])('by %s ends an accepted call with %s', async (how, code, by) => {
    for (const leaver of ['alice', 'bob']) {
      const { alice, bob, runtime, settle } = await called(['alice', 'bob'])
      bob.number({ type: 'accept', call: 'c' })
      await settle()
      const [gone, other] = leaver === 'alice' ? [alice, bob] : [bob, alice]
      if (how === 'bye') gone.say({ type: 'bye' })
      else {
        gone.lose()
        for (let second = 0; second < 61; second++) {
          other.say({ type: 'pong' })
          await runtime.elapse(1_000, 1_000)
        }
      }
      await settle()
      expect(heard(other).at(-1)).toEqual({ type: 'ended', call: 'c', code, by })
    }
  })

  it('stops an unanswered call of its own, and only its own ringing of one to it', async () => {
    const { alice, bob, third: phone, settle } = await called(['alice', 'bob', 'bob/phone'])
    bob.say({ type: 'bye' })
    await settle()
    expect(types(alice)).toEqual([])
    phone.say({ type: 'bye' })
    await settle()
    expect(types(alice)).toEqual(['call/unreachable'])
    const again = await called(['alice', 'bob'])
    again.alice.say({ type: 'bye' })
    expect(types(again.bob)).toEqual(['invited', 'call/cancelled'])
  })

  it('for the moment is told to the other side at once, and so is its return', async () => {
    const { alice, bob, resume, settle } = await called(['alice', 'bob'])
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    bob.lose()
    expect(heard(alice).at(-1)).toEqual({ type: 'link', call: 'c', up: false })
    await resume(bob)
    expect(heard(alice).at(-1)).toEqual({ type: 'link', call: 'c', up: true })
  })
})

describe('a stranger', () => {
  it('cannot do anything to a call of others', async () => {
    const { alice, bob, third: mallory, hub, settle } = await called(['alice', 'bob', 'mallory'])
    for (const frame of [{ type: 'accept', call: 'c' }, { type: 'ring', call: 'c' }, leg({ evil: 1 }), end('call/hung-up')])
      mallory.number(frame)
    await settle()
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    for (const frame of [leg({ evil: 2 }), { type: 'control', call: 'c', message: { kind: 'x' } }, end('call/hung-up')])
      mallory.number(frame)
    await settle()
    expect(types(alice)).toEqual(['accepted'])
    expect(types(bob)).toEqual(['invited'])
    expect(types(mallory)).toEqual([])
    expect(hub.counters.strays).toBe(7)
  })

  it('cannot take the id of a call that is going on', async () => {
    const { bob, third: mallory, hub, settle } = await called(['alice', 'bob', 'mallory'])
    mallory.number(invite('bob'))
    await settle()
    expect(types(bob)).toEqual(['invited'])
    mallory.number(end('call/cancelled'))
    await settle()
    expect(types(bob)).toEqual(['invited'])
    expect(hub.counters).toMatchObject({ forged: 1, strays: 1 })
  })

  it('that was one of the ringing devices has no part any more once another one answered', async () => {
    const { alice, bob, third: phone, hub, settle } = await called(['alice', 'bob', 'bob/phone'])
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    phone.number(leg({ evil: 1 }))
    phone.number(end('call/hung-up'))
    await settle()
    expect(types(alice)).toEqual(['accepted'])
    expect(hub.counters.strays).toBe(2)
  })
})

describe('authorize', () => {
  it('that says no ends the call at the caller, never rings, and stands in the audit log', async () => {
    const { alice, bob, audit, hub } = await called(['alice', 'bob'], { authorize: () => false })
    expect(heard(alice)).toEqual([{ type: 'ended', call: 'c', code: 'call/forbidden', by: 'system' }])
    expect(bob.frames.map(({ type }) => type)).toEqual(['welcome'])
    expect(audit).toEqual([{ at: 0, action: 'call', from: 'alice', to: 'bob', allowed: false }])
    expect(hub.counters.forbidden).toBe(1)
  })

  it('does not tell whether the callee is there', async () => {
    const { alice } = await called(['alice'], { authorize: async () => false })
    expect(types(alice)).toEqual(['call/forbidden'])
  })

  it('is told who asks, and writes down what it allows', async () => {
    const asked: unknown[] = []
    const { bob, audit } = await called(['alice', 'bob'], {
      authorize: (from, action, to) => {
        asked.push([from, action, to])
        return true
      },
    })
    expect(types(bob)).toEqual(['invited'])
    expect(asked).toEqual([[{ id: 'alice', name: 'ALICE' }, 'call', 'bob']])
    expect(audit).toEqual([expect.objectContaining({ allowed: true })])
  })

  it('that fails allows nothing', async () => {
    const { alice, bob, problems } = await called(['alice', 'bob'], {
      authorize: async () => Promise.reject(new Error('database down')),
    })
    expect(types(alice)).toEqual(['call/forbidden'])
    expect(types(bob)).toEqual([])
    expect(problems).toEqual(['`authorize` failed.'])
  })

  it('rings only those of several who may be called', async () => {
    const { bob, third: carol } = await called(
      ['alice', 'bob', 'carol'],
      { resolve: () => ['bob', 'carol'], authorize: (_, __, to) => to === 'carol' },
      'team',
    )
    expect(types(bob)).toEqual([])
    expect(types(carol)).toEqual(['invited'])
  })
})

describe('resolve', () => {
  it('that finds nobody, or fails, leaves the call unreachable', async () => {
    for (const resolve of [() => [], async () => Promise.reject(new Error('down'))]) {
      const { alice } = await called(['alice', 'bob'], { resolve })
      expect(types(alice)).toEqual(['call/unreachable'])
    }
  })
})

describe('limits of calls', () => {
  it('refuse one too many at once, and count again after an end', async () => {
    const { alice, settle } = await called(['alice', 'bob'], { limits: { callsPerSession: 1 } })
    alice.number(invite('bob', 'c2'))
    await settle()
    expect(heard(alice)).toEqual([{ type: 'ended', call: 'c2', code: 'signaling/limit-exceeded', by: 'system' }])
    alice.number(end('call/cancelled'))
    alice.number(invite('bob', 'c3'))
    await settle()
    expect(types(alice)).toHaveLength(1)
  })

  it('leave a device that has all its calls alone: the caller hears busy', async () => {
    const { third: carol, settle } = await called(['alice', 'bob', 'carol'], { limits: { callsPerSession: 1 } })
    carol.number(invite('bob', 'c2'))
    await settle()
    expect(heard(carol)).toEqual([{ type: 'ended', call: 'c2', code: 'call/busy', by: 'system' }])
  })

  it('refuse invitations that come too fast, but never a hang-up', async () => {
    const { alice, bob, settle } = await called(['alice', 'bob'], { limits: { framesPerSecond: 1, framesBurst: 1 } })
    alice.number(invite('bob', 'c2'))
    await settle()
    expect(heard(alice)).toEqual([{ type: 'ended', call: 'c2', code: 'signaling/rate-limited', by: 'system' }])
    alice.number(end('call/cancelled'))
    await settle()
    expect(types(bob)).toEqual(['invited', 'call/cancelled'])
  })
})
