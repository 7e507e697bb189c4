import { describe, expect, it } from 'vitest'
import { called, end, heard, types } from '../testing/hub-calls'
import type { RawClient } from '../testing/raw-client'

/** Alice and Bob in a call, and Bob's page was loaded again; the answer to that is lost with its link. */
const unheard = async (shown: object = { attempt: 1 }) => {
  const world = await called(['alice', 'bob'], { pingMs: 1e9 })
  const { bob, settle, link } = world
  bob.number({ type: 'accept', call: 'c' })
  await settle()
  const { session, key } = bob.last('welcome')
  const reclaim = async (more = shown): Promise<RawClient> => {
    const next = link()
    next.say({ type: 'reclaim', v: 1, session, key, token: 'bob', instance: 'the same', ...more })
    await settle()
    return next
  }
  const first = await reclaim()
  first.lose()
  await settle()
  return { ...world, reclaim, first }
}

describe('a page that was loaded again and has not heard the answer to that', () => {
  it('shows the old key once more and has its call, as often as it takes', async () => {
    const { alice, reclaim, hub, settle } = await unheard()
    const second = await reclaim({ attempt: 2 })
    second.lose()
    const third = await reclaim({ attempt: 3 })
    expect(third.last('reclaimed')).toMatchObject({ calls: [{ call: 'c', role: 'callee', epoch: 196_608 }] })
    expect(hub.stats()).toMatchObject({ sessions: 2, calls: 1 })
    third.number(end('call/hung-up'))
    await settle()
    expect(types(alice).at(-1)).toBe('call/hung-up')
  })

  it('and is loaded again meanwhile has its call, too', async () => {
    const { link, reclaim, alice, settle } = await unheard()
    const second = await reclaim()
    second.say({ type: 'bye', backWithinMs: 15_000 })
    await settle()
    expect(heard(alice).at(-1)).toEqual({ type: 'link', call: 'c', up: false })
    const third = await reclaim()
    expect(third.last('reclaimed').calls).toHaveLength(1)
    // The newest key leads there as well.
    third.lose()
    const { session, key } = third.last('reclaimed')
    const fourth = link()
    fourth.say({ type: 'reclaim', v: 1, session, key, token: 'bob', instance: 'the same', attempt: 1 })
    await settle()
    expect(fourth.last('reclaimed').calls).toHaveLength(1)
    expect((await reclaim({ attempt: 9 })).frames[0]).toMatchObject({ type: 'gone' })
  })

  it.each<[string, (client: RawClient) => void]>([
    ['a frame', (client) => client.number({ type: 'message', id: 1, to: 'nobody', data: 0 })],
    ['an acknowledgement', (client) => client.say({ type: 'ack', received: 0 })],
    ['the answer to a ping', (client) => client.say({ type: 'pong' })],
  ])('finds nothing by the old key once it has shown that it heard: by %s', async (_, say) => {
    const { reclaim, settle } = await unheard()
    const second = await reclaim({ attempt: 2 })
    say(second)
    await settle()
    expect((await reclaim({ attempt: 3 })).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect(second.closed).toEqual([])
  })

  it('finds nothing by the old key once it has gone on with the new session', async () => {
    const { first, link, reclaim, settle } = await unheard()
    const { session, key } = first.last('reclaimed')
    const resumed = link()
    resumed.say({ type: 'resume', v: 1, session, key, token: 'bob', received: 0 })
    await settle()
    expect((await reclaim({ attempt: 3 })).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect(resumed.closed).toEqual([])
  })

  it.each([
    ['another instance', { instance: 'a copy', attempt: 2 }],
    ['another key', { key: 'guessed', attempt: 2 }],
    ['the token of somebody else', { token: 'alice', attempt: 2 }],
    ['the wish to resume', { type: 'resume', received: 0, attempt: 2 }],
  ])('is not taken for somebody with %s', async (_, wrong) => {
    const { reclaim } = await unheard()
    expect((await reclaim(wrong)).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
    expect((await reclaim({ attempt: 3 })).frames[0]).toMatchObject({ type: 'reclaimed' })
  })

  it('loses nothing to an attempt of its own that comes late', async () => {
    const { reclaim } = await unheard()
    const third = await reclaim({ attempt: 3 })
    expect((await reclaim({ attempt: 2 })).frames).toMatchObject([{ type: 'refused', retry: 'yes' }])
    expect(third.closed).toEqual([])
  })

  it('is forgotten with its new session', async () => {
    const { reclaim, runtime, alice } = await unheard()
    await runtime.elapse(60_000)
    expect(types(alice).at(-1)).toBe('call/lost')
    expect((await reclaim({ attempt: 2 })).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
  })

  it('has one try where it does not number them, as before', async () => {
    const { reclaim } = await unheard({})
    expect((await reclaim()).frames).toEqual([{ type: 'gone', reason: 'unknown' }])
  })
})
