import { describe, expect, it } from 'vitest'
import { called, end, heard, invite, leg, MEDIA, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'

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
      { type: 'accepted', call: 'c', from: { id: 'alice', name: 'ALICE' }, key: expect.any(String) },
      { type: 'ended', call: 'c', code: 'call/hung-up', by: 'remote', text: 'bye' },
    ])
    expect(heard(alice)).toEqual([
      { type: 'ringing', call: 'c' },
      { type: 'accepted', call: 'c', from: { id: 'bob', name: 'BOB' }, key: heard(bob)[1]?.key },
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
      { type: 'accepted', call: 'c', from: { id: 'alice', name: 'ALICE' }, key: expect.any(String) },
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

  it('ends with whatever code a browser gave up with', async () => {
    const { alice, bob, settle } = await called(['alice', 'bob'])
    alice.number(end('usage/unsupported-environment'))
    await settle()
    expect(types(bob)).toEqual(['invited', 'usage/unsupported-environment'])
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
    expect(types(phone)).toEqual(['invited', 'leg', 'accepted', 'leg'])
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
    expect(heard(alice)).toEqual([{ type: 'accepted', call: 'c', from: { id: 'carol', name: 'CAROL' }, key: expect.any(String) }])
    expect(types(bob)).toEqual(['invited'])
  })

  it('without a link keep no caller waiting whose person has answered on another', async () => {
    const { alice, bob, third: ghost, hub, settle } = await called(['alice', 'bob', 'bob/phone'])
    ghost.lose()
    bob.number(end('call/busy'))
    await settle()
    expect(types(alice)).toEqual(['call/busy'])
    expect(hub.stats().calls).toBe(0)
  })

  it('that lose their links after that keep nobody waiting either', async () => {
    const { alice, bob, third: phone, settle } = await called(['alice', 'bob', 'bob/phone'])
    bob.number(end('call/busy'))
    await settle()
    expect(types(alice)).toEqual([])
    phone.lose()
    await settle()
    expect(types(alice)).toEqual(['call/busy'])
  })

  it('of others are waited for without a link, and what somebody said counts more than that they never came back', async () => {
    const { alice, bob, third: carol, runtime, settle } = await called(
      ['alice', 'bob', 'carol'],
      { resolve: (address) => (address === 'support' ? ['bob', 'carol'] : [address]) },
      'support',
    )
    carol.lose()
    bob.number(end('call/rejected'))
    await settle()
    expect(types(alice)).toEqual([])
    for (let second = 0; second < 61; second++) {
      alice.say({ type: 'pong' })
      await runtime.elapse(1_000, 1_000)
    }
    await settle()
    expect(types(alice)).toEqual(['call/rejected'])
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
    expect(types(bob)).toEqual(['invited', 'accepted'])
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

  it('that takes an id in use hears that it is wrong, and those of the call hear nothing', async () => {
    const { alice, bob, third: mallory, hub, settle } = await called(['alice', 'bob', 'mallory'])
    mallory.number(invite('bob'))
    alice.number(invite('bob'))
    bob.number(invite('alice'))
    await settle()
    const ended = { type: 'ended', call: 'c', code: 'signaling/invalid-message', by: 'system', text: 'this id is in use' }
    expect([heard(mallory), types(alice), types(bob)]).toEqual([[ended], [], ['invited']])
    expect(hub.counters.forged).toBe(3)
    bob.number({ type: 'accept', call: 'c' })
    await settle()
    expect(types(alice)).toEqual(['accepted'])
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
