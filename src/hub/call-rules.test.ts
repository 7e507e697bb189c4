import { describe, expect, it } from 'vitest'
import { called, end, heard, invite, types } from '../testing/hub-calls'

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
