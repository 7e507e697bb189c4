import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, received, ringing, talking, World } from '../testing/world'
import type { Call } from './call'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

describe('a call', () => {
  it('rings with its metadata on both sides, connects and is hung up', async () => {
    const { outgoing, incoming } = await ringing(world)
    expect([outgoing.state, incoming.state, incoming.metadata]).toEqual(['ringing', 'ringing', { subject: 'tea' }])
    expect([incoming.id, incoming.remote.id, incoming.remote.name]).toEqual([outgoing.id, 'aki', 'AKI'])
    const states: string[] = []
    outgoing.on('stateChanged', ({ from, to }) => states.push(`${from}>${to}`))
    const active = Promise.all([outgoing.whenActive(), incoming.whenActive()])
    const accepted = incoming.accept()
    await world.settle()
    await accepted
    await active
    expect(states).toEqual(['ringing>connecting', 'connecting>active'])
    expect([incoming.state, outgoing.remote.name]).toEqual(['active', 'BOB'])
    const hungUp = incoming.hangUp()
    await world.settle()
    await hungUp
    expect(incoming.reason).toEqual({ code: 'call/hung-up', by: 'local' })
    expect(outgoing.reason).toEqual({ code: 'call/hung-up', by: 'remote' })
    expect(world.connections.every(({ signalingState }) => signalingState === 'closed')).toBe(true)
  })

  it('makes no connection on the callee’s side before it is accepted', async () => {
    const { incoming } = await ringing(world)
    expect(world.connections).toHaveLength(1)
    void incoming.accept()
    await world.settle()
    expect(world.connections).toHaveLength(2)
  })

  it.each([
    ['declined', (call: Call) => call.reject(), 'call/rejected'],
    ['found busy', (call: Call) => call.reject('busy'), 'call/busy'],
    ['declined by hanging up', (call: Call) => call.hangUp(), 'call/rejected'],
  ])('is %s', async (_how, decline, code) => {
    const { outgoing, incoming } = await ringing(world)
    const active = codeOf(outgoing.whenActive())
    void decline(incoming)
    await world.settle()
    expect([await active, outgoing.reason?.by, incoming.reason]).toEqual([code, 'remote', { code, by: 'local' }])
  })

  it('is cancelled by the caller', async () => {
    const { outgoing, incoming } = await ringing(world)
    void outgoing.hangUp()
    await world.settle()
    expect([outgoing.reason, incoming.reason]).toEqual([
      { code: 'call/cancelled', by: 'local' },
      { code: 'call/cancelled', by: 'remote' },
    ])
  })

  it('ends call/no-answer on both sides when nobody answers in time', async () => {
    const { outgoing, incoming } = await ringing(world, { ringTimeoutMs: 5_000 })
    await world.runtime.elapse(4_999)
    expect(outgoing.state).toBe('ringing')
    await world.runtime.elapse(1)
    await world.settle()
    expect([outgoing.reason, incoming.reason]).toEqual([
      { code: 'call/no-answer', by: 'local' },
      { code: 'call/no-answer', by: 'remote' },
    ])
  })

  it('ends ice/failed on both sides when no path is found in time', async () => {
    world.blocked = true
    const { outgoing, incoming } = await ringing(world, { connectTimeoutMs: 8_000 })
    void incoming.accept()
    await world.settle()
    await world.runtime.elapse(8_000)
    await world.settle()
    expect([outgoing.reason?.code, incoming.reason?.code]).toEqual(['ice/failed', 'ice/failed'])
  })

  it('shows reconnecting while the path is lost, and ends when it is lost for good', async () => {
    const { outgoing } = await talking(world)
    await world.path('disconnected')
    expect(outgoing.state).toBe('reconnecting')
    await world.path('connected')
    expect(outgoing.state).toBe('active')
    await world.path('failed')
    expect(outgoing.state).toBe('reconnecting')
    await world.runtime.elapse(39_990)
    expect(outgoing.state).toBe('reconnecting')
    await world.runtime.elapse(10)
    expect(outgoing.reason?.code).toBe('ice/failed')
  })

  it('ends on both sides when a page goes away, whatever the browser says of keeping it', async () => {
    const { outgoing, incoming } = await talking(world)
    world.runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: true }))
    await world.settle()
    expect([outgoing.reason?.code, incoming.reason?.code]).toEqual(['call/hung-up', 'call/hung-up'])
  })

  it('waits for a page whose end of the channel closes without a good-bye', async () => {
    const { outgoing } = await talking(world)
    world.connections[0]?.channels[0]?.dispatchEvent(new Event('close'))
    expect(outgoing.state).toBe('reconnecting')
  })

  it('has its state before anybody hears of what ends with it', async () => {
    const { outgoing } = await talking(world)
    void outgoing.local.publish(new FakeTrack('video').track)
    await world.settle()
    const states: string[] = []
    outgoing.local.on('trackUnpublished', () => states.push(outgoing.state))
    void outgoing.hangUp()
    await world.settle()
    expect(states).toEqual(['ended'])
  })

  it('is answered once for all devices of a user', async () => {
    const aki = await world.online('aki')
    const phone = received(await world.online('bob'))
    const desk = received(await world.online('bob'))
    const outgoing = aki.call('bob')
    await world.settle()
    void desk[0]?.accept()
    await world.settle()
    expect([outgoing.state, desk[0]?.state, phone[0]?.reason]).toEqual([
      'active',
      'active',
      { code: 'call/answered-elsewhere', by: 'system' },
    ])
  })

  it('one too many is told busy and never reaches the app', async () => {
    const { bob } = await ringing(world, { max: 1 })
    const second = received(bob)
    const carol = await world.online('carol')
    const call = carol.call('bob')
    await world.settle()
    expect([call.reason?.code, second]).toEqual(['call/busy', []])
    expect(() => bob.call('carol')).toThrow(expect.objectContaining({ code: 'usage/invalid-state' }))
  })

  it('stops waiting at an abort and goes on itself', async () => {
    const { outgoing } = await ringing(world)
    const stop = new AbortController()
    const waiting = outgoing.whenActive({ signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    expect(outgoing.state).toBe('ringing')
  })

  it('can be accepted by the callee alone, once, and only while it rings', async () => {
    const { outgoing, incoming } = await ringing(world)
    expect(await codeOf(outgoing.accept())).toBe('usage/invalid-state')
    const answers = [incoming.accept(), codeOf(incoming.accept({ video: true }))]
    await world.settle()
    expect(await Promise.all(answers)).toEqual([undefined, 'usage/invalid-state'])
    expect([await codeOf(incoming.accept()), await codeOf(incoming.reject()), await codeOf(outgoing.reject())]).toEqual(
      Array(3).fill('usage/invalid-state'),
    )
    expect([outgoing.state, incoming.state]).toEqual(['active', 'active'])
    void outgoing.hangUp()
    await world.settle()
    expect([await codeOf(incoming.whenActive()), await codeOf(incoming.reject())]).toEqual(['call/hung-up', 'resolved'])
  })

  it('that fails at once is still told by an event, and makes room for the next', async () => {
    const aki = await world.online('aki', { max: 1 })
    await world.online('bob')
    const call = aki.call('bob', { metadata: 'x'.repeat(300_000) })
    const ends: unknown[] = []
    call.on('stateChanged', ({ to, reason }) => ends.push([to, reason?.code]))
    expect([call.state, aki.calls]).toEqual(['inviting', [call]])
    await world.settle()
    expect([ends, aki.calls]).toEqual([[['ended', 'signaling/too-large']], []])
    expect(aki.call('bob').state).toBe('inviting')
  })
})

describe('what a call captures', () => {
  const camera = () => [new FakeTrack('audio', 'mic'), new FakeTrack('video', 'cam')] as const

  it('is announced before the person has answered, sent when they have, and stopped with the call', async () => {
    const aki = await world.online('aki')
    const bob = await world.online('bob')
    const incoming = received(bob)
    const outgoing = aki.call('bob', { audio: true, video: true })
    await world.settle()
    expect(outgoing.local.tracks.map(({ name, muted }) => [name, muted])).toEqual([['microphone', true], ['camera', true]])
    const [audio, video] = camera()
    await world.allow(audio, video)
    expect(outgoing.local.tracks.map(({ muted }) => muted)).toEqual([false, false])
    void incoming[0]?.accept()
    await world.settle()
    expect(incoming[0]?.remote.tracks.map(({ name, source, muted }) => [name, source, muted])).toEqual([
      ['microphone', 'microphone', false],
      ['camera', 'camera', false],
    ])
    void outgoing.hangUp()
    await world.settle()
    expect([audio.readyState, video.readyState]).toEqual(['ended', 'ended'])
  })

  it('is stopped when the answer comes after the call’s end', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    const outgoing = aki.call('bob', { video: true })
    await world.settle()
    void outgoing.hangUp()
    await world.settle()
    const late = new FakeTrack('video', 'cam')
    await world.allow(late)
    expect(late.readyState).toBe('ended')
  })

  it('is left alone where the app gave it', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    const own = new FakeTrack('audio')
    const outgoing = aki.call('bob', { audio: own.track })
    await world.settle()
    void outgoing.hangUp()
    await world.settle()
    expect(own.readyState).toBe('live')
  })

  it('must be alive where the app gave it: accept says so and the call rings on', async () => {
    const { incoming } = await ringing(world)
    const dead = new FakeTrack('video')
    dead.stop()
    expect([await codeOf(incoming.accept({ video: dead.track })), incoming.state]).toEqual(['media/ended', 'ringing'])
  })

  it('refused after it rang cancels the invitation and says why to the caller alone', async () => {
    const aki = await world.online('aki')
    const incoming = received(await world.online('bob'))
    const outgoing = aki.call('bob', { video: true })
    await world.settle()
    expect(incoming[0]?.state).toBe('ringing')
    const active = codeOf(outgoing.whenActive())
    world.media.questions.at(-1)?.refuse('NotAllowedError')
    await world.settle()
    expect([await active, incoming[0]?.reason]).toEqual([
      'media/permission-denied',
      { code: 'call/cancelled', by: 'remote' },
    ])
  })

  it('refused at accept leaves the call ringing, and accept can be tried with less', async () => {
    const { outgoing, incoming } = await ringing(world)
    const accepted = codeOf(incoming.accept({ video: true }))
    await world.settle()
    world.media.questions.at(-1)?.refuse('NotAllowedError')
    await world.settle()
    expect([await accepted, incoming.state, outgoing.state]).toEqual(['media/permission-denied', 'ringing', 'ringing'])
    void incoming.accept()
    await world.settle()
    expect(incoming.state).toBe('active')
  })

  it('at accept is stopped where the caller hung up meanwhile', async () => {
    const { outgoing, incoming } = await ringing(world)
    const accepted = codeOf(incoming.accept({ video: true }))
    await world.settle()
    void outgoing.hangUp()
    await world.settle()
    const late = new FakeTrack('video', 'cam')
    await world.allow(late)
    expect([await accepted, late.readyState]).toEqual(['call/cancelled', 'ended'])
  })
})
