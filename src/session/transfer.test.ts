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

const open = (): number => world.connections.filter(({ signalingState }) => signalingState !== 'closed').length
const reasonOf = (call: Call | undefined) => call?.reason && `${call.reason.code} by ${call.reason.by}`

const pass = (ms?: number): Promise<void> => world.pass(ms)

/** Aki talks with Bob, and Carol is there. */
const three = async () => {
  const { aki, bob, outgoing: ours, incoming: bobs } = await talking(world)
  const { carol, incoming: rang, talksWith } = await third(world)
  return { aki, bob, carol, ours, bobs, rang, talksWith, next: successors(bobs) }
}

/** Aki has asked Carol, and wants to put Bob through to her. */
const consulting = async () => {
  const all = await three()
  void all.ours.hold()
  const [asking, carols] = await all.talksWith(all.aki)
  return { ...all, asking, carols, carolsNext: successors(carols), rang: all.rang.splice(0, 0) }
}

describe('a blind transfer', () => {
  it('leads to a call between the other two, and ends ours', async () => {
    const { ours, bobs, rang, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    const [carols] = rang
    expect([bobs.state, ours.state, next.length, next[0]?.state, carols?.state, carols?.remote.id]).toEqual([
      'active', 'active', 1, 'ringing', 'ringing', 'bob',
    ])
    void carols?.accept()
    await pass()
    expect(await done).toBe('resolved')
    expect([reasonOf(ours), reasonOf(bobs)]).toEqual(['call/transferred by local', 'call/transferred by remote'])
    expect([next[0]?.state, carols?.state, next[0]?.id, open()]).toEqual(['active', 'active', carols?.id, 2])
    void carols?.hangUp()
    await pass()
    expect([open(), world.hub.stats().calls]).toEqual([0, 0])
  })

  it('takes the tracks along, and stops them with the last call that sends them', async () => {
    const { ours, bobs, rang, next } = await three()
    const [own, given] = [new FakeTrack('audio', 'own'), new FakeTrack('video', 'given')]
    void bobs.local.publish(own.track, { name: 'own', stop: true })
    void bobs.local.publish(given.track, { name: 'given' })
    await pass()
    const before = bobs.local.tracks
    const unpublished: Call[] = []
    bobs.local.on('trackUnpublished', () => unpublished.push(bobs))
    void ours.transfer('carol')
    await pass()
    expect([next[0]?.local.tracks, next[0]?.media]).toEqual([before, { audio: true, video: true }])
    void rang[0]?.accept()
    await pass()
    expect(rang[0]?.remote.tracks.map(({ name, muted }) => [name, muted])).toEqual([['own', false], ['given', false]])
    expect([bobs.local.tracks, unpublished.length, own.readyState, given.readyState]).toEqual([[], 2, 'live', 'live'])
    void next[0]?.hangUp()
    await pass()
    expect([own.readyState, given.readyState]).toEqual(['ended', 'live'])
  })

  it('leaves nothing held: the next call is not', async () => {
    const { ours, bobs, rang, next } = await three()
    void ours.hold()
    void bobs.local.publish(new FakeTrack('audio', 'bobs').track)
    await pass()
    void ours.transfer('carol')
    await pass()
    void rang[0]?.accept()
    await pass()
    expect([next[0]?.held, rang[0]?.remote.tracks.map(({ muted }) => muted)]).toEqual([{ local: false, remote: false }, [false]])
  })

  it('may be declined by the app, with a word', async () => {
    const { ours, bobs, rang, next } = await three()
    const asked: string[] = []
    bobs.on('transferRequested', ({ request }) => {
      asked.push(request.to)
      request.decline('not now')
      request.decline('really not')
    })
    const transfer = ours.transfer('carol')
    await pass()
    await expect(transfer).rejects.toMatchObject({ code: 'call/transfer-declined', message: expect.stringContaining('not now') })
    expect([asked, rang, next, ours.state, bobs.state]).toEqual([['carol'], [], [], 'active', 'active'])
  })

  it('is too late to decline once it is under way', async () => {
    const { ours, bobs, rang, next } = await three()
    let late = (): void => undefined
    bobs.on('transferRequested', ({ request }) => {
      late = () => request.decline()
    })
    const done = codeOf(ours.transfer('carol'))
    await pass()
    late()
    void rang[0]?.accept()
    await pass()
    expect([await done, next[0]?.state]).toEqual(['resolved', 'active'])
  })

  it.each([
    ['declines', 'call/rejected', (call: Call) => call.reject()],
    ['is busy', 'call/busy', (call: Call) => call.reject('busy')],
    ['does not answer', 'call/no-answer', () => pass(46_000)],
    ['closes its client', 'call/rejected', async () => world.clients[2]?.close()],
  ] as const)('goes back to how it was where the third person %s, and can be tried again', async (_how, code, answer) => {
    const { ours, bobs, rang, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    if (rang[0]) void answer(rang[0])
    await pass(46_000)
    expect([await done, next[0]?.reason?.code, ours.state, bobs.state, open(), world.hub.stats().calls]).toEqual([
      code, code, 'active', 'active', 2, 1,
    ])
    const again = codeOf(ours.transfer('dave'))
    await pass()
    expect([await again, ours.state]).toEqual(['call/unreachable', 'active'])
  })

  it.each([
    ['nobody there', 'nobody', 'call/unreachable', {}],
    ['whom the other side may not call', 'carol', 'call/forbidden', { authorize: (from: { id: string }, action: string) => from.id === 'aki' || action !== 'call' }],
    ['the other side itself', 'bob', 'usage/invalid-argument', {}],
  ] as const)('to %s: %s is %s', async (_who, to, code, options) => {
    await world.close()
    world = new World(options)
    const { ours, bobs } = await three()
    const done = codeOf(ours.transfer(to))
    await pass()
    expect([await done, ours.state, bobs.state]).toEqual([code, 'active', 'active'])
  })

  it('to ourselves rings here, as a call of its own', async () => {
    const { aki, ours, bobs, next } = await three()
    const rang = received(aki)
    const done = codeOf(ours.transfer('aki'))
    await pass()
    void rang[0]?.accept()
    await pass()
    expect([await done, rang[0]?.state, next[0]?.state, bobs.state, ours.state]).toEqual(['resolved', 'active', 'active', 'ended', 'ended'])
  })

  it('needs an id, another call, one that is active, and a single one at a time', async () => {
    const { aki, ours, bobs } = await three()
    const ringing = aki.call('carol')
    await pass()
    bobs.on('transferRequested', () => undefined)
    expect(await Promise.all([ours.transfer(''), ours.transfer(ours), ours.transfer(ringing), ringing.transfer('bob')].map(codeOf))).toEqual([
      'usage/invalid-argument', 'usage/invalid-argument', 'usage/invalid-state', 'usage/invalid-state',
    ])
    void ours.transfer('carol')
    expect(await codeOf(ours.transfer('carol'))).toBe('usage/invalid-state')
  })

  it('where we hang up meanwhile rejects, and the other two still find each other', async () => {
    const { ours, bobs, rang, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    void ours.hangUp()
    expect(await done).toBe('call/hung-up')
    await pass(5_100)
    expect([bobs.reason?.code, next[0]?.state]).toEqual(['call/transferred', 'ringing'])
    void rang[0]?.accept()
    await pass()
    expect([rang[0]?.state, next[0]?.state, open()]).toEqual(['active', 'active', 2])
  })

  it('where the other side hangs up the call to us meanwhile gives up both', async () => {
    const { ours, bobs, rang, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    void bobs.hangUp()
    await pass()
    expect([await done, next[0]?.reason?.code, rang[0]?.reason?.code, open(), world.hub.stats().calls]).toEqual([
      'call/hung-up', 'call/cancelled', 'call/cancelled', 0, 0,
    ])
  })

  it('where the other side hangs up the new call meanwhile goes back to ours', async () => {
    const { ours, bobs, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    void next[0]?.hangUp()
    await pass()
    expect([await done, ours.state, bobs.state]).toEqual(['call/cancelled', 'active', 'active'])
  })

  it('asked for by both sides at once is done as the caller wishes', async () => {
    const { ours, bobs, rang } = await three()
    const dave = received(await world.online('dave'))
    world.delayMs = () => 20
    const [done, theirs] = [codeOf(ours.transfer('carol')), codeOf(bobs.transfer('dave'))]
    await pass()
    void rang[0]?.accept()
    await pass()
    expect([await done, await theirs, rang[0]?.state, dave]).toEqual(['resolved', 'call/transfer-declined', 'active', []])
  })

  it('ends on the other side also where whoever asked does not hear how it went', async () => {
    const { ours, bobs, rang, next } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    bobs.dialog.control = async () => undefined
    void rang[0]?.accept()
    await pass(4_000)
    expect([next[0]?.state, bobs.state]).toEqual(['active', 'active'])
    await pass(2_000)
    expect([next[0]?.state, reasonOf(bobs), reasonOf(ours), await done]).toEqual([
      'active', 'call/transferred by local', 'call/transferred by remote', 'resolved',
    ])
  })

  it('nobody answers is given up after three minutes', async () => {
    const { ours, bobs } = await three()
    bobs.dialog.control = async () => undefined
    bobs.on('transferRequested', ({ request }) => request.decline())
    const done = codeOf(ours.transfer('carol'))
    await pass(180_100)
    expect([await done, ours.state]).toEqual(['signaling/timeout', 'active'])
  })
})

describe('an attended transfer', () => {
  it('joins the other two, without asking either, and ends both calls of ours', async () => {
    const { carol, ours, bobs, asking, carols, next, carolsNext } = await consulting()
    const rang = received(carol)
    const done = codeOf(ours.transfer(asking))
    await pass()
    expect(await done).toBe('resolved')
    expect([ours, asking, bobs, carols].map(({ reason }) => reason?.code)).toEqual(Array(4).fill('call/transferred'))
    expect([next.length, carolsNext.length, rang]).toEqual([1, 1, []])
    expect([next[0]?.state, carolsNext[0]?.state, next[0]?.id, next[0]?.remote.id, carolsNext[0]?.remote.id]).toEqual([
      'active', 'active', carolsNext[0]?.id, 'carol', 'bob',
    ])
    expect([open(), world.hub.stats().calls]).toEqual([2, 1])
    void next[0]?.hangUp()
    await pass(6_000)
    expect([open(), world.hub.stats().calls, world.clients.flatMap(({ calls }) => calls)]).toEqual([0, 0, []])
  })

  it('takes the tracks of both along', async () => {
    const { ours, bobs, asking, carols, next, carolsNext } = await consulting()
    const [bobsTrack, carolsTrack] = [new FakeTrack('audio', 'bobs'), new FakeTrack('video', 'carols')]
    void bobs.local.publish(bobsTrack.track, { name: 'bobs', stop: true })
    void carols.local.publish(carolsTrack.track, { name: 'carols', stop: true })
    await pass()
    void ours.transfer(asking)
    await pass()
    expect([next[0]?.remote.tracks, carolsNext[0]?.remote.tracks].map((tracks) => tracks?.map(({ name, muted }) => [name, muted]))).toEqual([
      [['carols', false]], [['bobs', false]],
    ])
    void next[0]?.hangUp()
    await pass()
    expect([bobsTrack.readyState, carolsTrack.readyState]).toEqual(['ended', 'ended'])
  })

  it('where the third person hangs up meanwhile fails, and rings nowhere', async () => {
    const { carol, ours, bobs, asking, carols, next } = await consulting()
    const [rang, desk] = [received(carol), received(await world.online('carol'))]
    world.delayMs = () => 20
    const done = codeOf(ours.transfer(asking))
    void carols.hangUp()
    await pass()
    expect([await done, ours.state, bobs.state, asking.reason?.code, next[0]?.reason?.code]).toEqual([
      'call/unreachable', 'active', 'active', 'call/hung-up', 'call/unreachable',
    ])
    expect([rang, desk]).toEqual([[], []])
  })

  it('declined leaves both calls', async () => {
    const { ours, bobs, asking, carols, carolsNext } = await consulting()
    bobs.on('transferRequested', ({ request }) => request.decline())
    const done = codeOf(ours.transfer(asking))
    await pass()
    expect([await done, ours.state, asking.state, carols.state, carolsNext]).toEqual(['call/transfer-declined', 'active', 'active', 'active', []])
  })

  it('does not ring at the other devices of the third person', async () => {
    const { ours, asking, next } = await consulting()
    const desk = received(await world.online('carol'))
    void ours.transfer(asking)
    await pass()
    expect([next[0]?.state, desk]).toEqual(['active', []])
  })

  it('goes on where we leave as soon as it has begun', async () => {
    const { aki, ours, asking, next, carolsNext } = await consulting()
    world.delayMs = () => 20
    void ours.transfer(asking).catch(() => undefined)
    for (let waited = 0; !carolsNext.length && waited < 1_000; waited += 50) await pass(50)
    void aki.close()
    await pass(1_000)
    expect([next[0]?.state, carolsNext[0]?.state, open()]).toEqual(['active', 'active', 2])
  })
})

it('whoever hangs up whatever, at whatever moment: all end in pairs, and nothing is left', async () => {
  const { aki, bob } = { aki: await world.online('aki'), bob: await world.online('bob') }
  const carol = await world.online('carol')
  const people = [aki, bob, carol]
  for (const client of people)
    client.on('callReceived', ({ call }) => {
      successors(call)
      void call.accept().catch(() => undefined)
    })
  const timers = world.runtime.timers
  const { random } = world.runtime
  const outcomes = new Map<unknown, number>()
  for (let run = 0; run < 150; run++) {
    world.delayMs = () => random() * 40
    const [ours, asking] = [aki.call('bob'), aki.call('carol')]
    await pass(400)
    const attended = random() < 0.5
    if (!attended) void asking.hangUp()
    await pass(150)
    const done = codeOf(ours.transfer(attended ? asking : 'carol'))
    await pass(Math.floor(random() * 8) * 50)
    const candidates = people.flatMap(({ calls }) => calls)
    if (random() < 0.7) void candidates[Math.floor(random() * candidates.length)]?.hangUp()
    await pass(7_000)
    const outcome = await done
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    // Every call that is left is active, with one at the other end that is the same.
    const left = people.flatMap(({ calls }) => calls)
    expect(left.map(({ state }) => state)).toEqual(left.map(() => 'active'))
    const ids = new Set(left.map(({ id }) => id))
    expect([left.length, open(), world.hub.stats().calls]).toEqual([ids.size * 2, ids.size * 2, ids.size])
    for (const call of left) void call.hangUp()
    await pass(400)
    expect([open(), world.hub.stats().calls, people.flatMap(({ calls }) => calls)]).toEqual([0, 0, []])
    world.connections.splice(0)
  }
  expect(world.runtime.timers).toBeLessThanOrEqual(timers)
  expect(outcomes.get('resolved')).toBeGreaterThan(30)
  expect(outcomes.size).toBeGreaterThan(2)
}, 60_000)
