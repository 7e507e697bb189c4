import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, received, talking, successors, third, World } from '../testing/world'
import type { Call } from './call'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import '../signaling/transfer'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const pass = (ms?: number, stepMs?: number): Promise<void> => world.pass(ms, stepMs)

const open = (): number => world.connections.filter(({ signalingState }) => signalingState !== 'closed').length

/** Aki talks with Bob, and Carol is there; whoever is told something hears it 30 ms later at the server, and 30 ms later still at the other side. */
const three = async () => {
  const { aki, bob, outgoing: ours, incoming: bobs } = await talking(world)
  const { carol, incoming: rang, talksWith } = await third(world)
  const slow = () => (world.delayMs = () => 30)
  return { aki, bob, carol, ours, bobs, rang, talksWith, next: successors(bobs), slow }
}

describe('whoever asks for a transfer and hangs up', () => {
  it.each([0, 10, 20, 50, 70, 100, 150])('%i ms later leaves the other two to each other', async (afterMs) => {
    const { ours, bobs, rang, next, slow } = await three()
    const microphone = new FakeTrack('audio')
    void ours.local.publish(microphone.track, { stop: true })
    await pass()
    slow()
    const done = codeOf(ours.transfer('carol'))
    await pass(afterMs, 10)
    void ours.hangUp()
    // At once for us, whatever still has to be said.
    expect([ours.reason, microphone.readyState, ours.remote.tracks]).toEqual([{ code: 'call/hung-up', by: 'local' }, 'ended', []])
    await pass(1_000, 10)
    expect([await done, next.length, next[0]?.state, rang.length]).toEqual(['call/hung-up', 1, 'ringing', 1])
    await pass(5_000)
    expect(bobs.reason).toMatchObject({ code: 'call/transferred', by: 'remote' })
    void rang[0]?.accept()
    await pass()
    expect([next[0]?.state, rang[0]?.state, open(), world.hub.stats().calls]).toEqual(['active', 'active', 2, 1])
  })

  it.each(['ours', 'asking', 'both', 'client'] as const)('from an attended one (%s) at once leaves the other two to each other', async (which) => {
    const { aki, ours, bobs, talksWith, next, slow } = await three()
    const [asking, carols] = await talksWith(aki)
    const carolsNext = successors(carols)
    slow()
    const done = codeOf(ours.transfer(asking))
    if (which === 'client') void aki.close()
    else for (const call of which === 'both' ? [asking, ours] : [{ ours, asking }[which]]) void call.hangUp()
    await pass(2_000)
    expect([await done, next[0]?.state, carolsNext[0]?.state]).toEqual([which === 'asking' ? 'resolved' : 'call/hung-up', 'active', 'active'])
    await pass(5_000)
    expect([ours, asking, bobs, carols].map(({ state }) => state)).toEqual(Array(4).fill('ended'))
    expect([open(), world.hub.stats().calls]).toEqual([2, 1])
  })

  it('closes the client too, and waits for 5 s at most', async () => {
    const { aki, ours, rang, next, slow } = await three()
    slow()
    void ours.transfer('carol')
    let closed = false
    void aki.close().then(() => (closed = true))
    await pass(4_000)
    expect([next[0]?.state, rang.length, closed]).toEqual(['ringing', 1, false])
    await pass(1_200)
    expect([next[0]?.state, closed]).toEqual(['ringing', true])
  })

  it('is not kept waiting where the other side declines, which hears that we hung up', async () => {
    const { ours, bobs, slow } = await three()
    bobs.on('transferRequested', ({ request }) => request.decline())
    slow()
    const done = codeOf(ours.transfer('carol'))
    void ours.hangUp()
    await pass(400)
    expect([await done, bobs.reason?.code, bobs.reason?.by, open()]).toEqual(['call/hung-up', 'call/hung-up', 'remote', 0])
  })
})

describe('a call that has to do with a transfer', () => {
  it.each([
    ['crosswise', (ours: Call, asking: Call) => asking.transfer(ours)],
    ['to somebody else', (_: Call, asking: Call) => asking.transfer('dave')],
    ['to itself first', (ours: Call) => ours.transfer('dave')],
  ])('is not put through a second time meanwhile (%s), and nobody is in two calls', async (_how, again) => {
    const { aki, bob, carol, ours, talksWith, slow } = await three()
    const dave = received(await world.online('dave'))
    const [asking, carols] = await talksWith(aki)
    void successors(carols)
    slow()
    const done = [codeOf(ours.transfer(asking)), codeOf(again(ours, asking))]
    await pass(2_000)
    expect([await Promise.all(done), dave]).toEqual([['resolved', 'usage/invalid-state'], []])
    expect([bob.calls.length, carol.calls.length, aki.calls.length]).toEqual([1, 1, 0])
  })

  it('cannot be the one that somebody else is put through to meanwhile', async () => {
    const { aki, ours, talksWith } = await three()
    const dave = received(await world.online('dave'))
    const [asking] = await talksWith(aki)
    const first = codeOf(ours.transfer('dave'))
    expect(await codeOf(asking.transfer(ours))).toBe('usage/invalid-state')
    await pass()
    void dave[0]?.accept()
    await pass(1_000)
    expect([await first, asking.state]).toEqual(['resolved', 'active'])
  })

  it('can be put through once the first attempt has failed', async () => {
    const { ours, rang } = await three()
    expect(await Promise.all([codeOf(ours.transfer('nobody')), pass()])).toEqual(['call/unreachable', undefined])
    void ours.transfer('carol')
    await pass()
    expect(rang.length).toBe(1)
  })
})
