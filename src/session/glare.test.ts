import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../client'
import { FakeTrack } from '../testing/fake-media'
import { received, World } from '../testing/world'
import type { Call } from './call'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const open = (): number => world.connections.filter(({ signalingState }) => signalingState !== 'closed').length

const pass = (ms: number): Promise<void> => world.pass(ms, 20)

const two = async () => {
  const [aki, bob] = [await world.online('aki'), await world.online('bob')]
  return { aki, bob, rang: { aki: received(aki), bob: received(bob) } }
}

/** Both call each other before either has heard of it. */
const crossing = async () => {
  const both = await two()
  world.delayMs = () => 20
  return { ...both, ours: both.aki.call('bob', { metadata: 'ours' }), theirs: both.bob.call('aki', { metadata: 'theirs' }) }
}

/** Exactly one call, the same on both sides, with a connection at each end. */
const expectOneCall = (...clients: readonly Client[]): Call => {
  const [one, ...others] = clients.flatMap(({ calls }) => calls)
  if (!one) throw new Error('no call is left')
  expect(others.map(({ id, state }) => [id, state])).toEqual([[one.id, one.state]])
  expect([one.state, open(), world.hub.stats().calls]).toEqual(['active', 2, 1])
  return one
}

const expectNothingLeft = (timers = Infinity): void => {
  expect([open(), world.hub.stats().calls, world.clients.flatMap(({ calls }) => calls)]).toEqual([0, 0, []])
  expect(world.runtime.timers).toBeLessThanOrEqual(timers)
}

describe('two who call each other at once', () => {
  it('are in one call: that with the smaller id, as the caller on both sides, and it rings on neither', async () => {
    const { aki, bob, rang, ours, theirs } = await crossing()
    const smaller = [ours.id, theirs.id].sort()[0]
    const states: string[] = []
    for (const call of [ours, theirs]) call.on('stateChanged', ({ to }) => states.push(`${to} ${call.id === smaller}`))
    await pass(300)
    const call = expectOneCall(aki, bob)
    expect([call.id, aki.calls[0], bob.calls[0]]).toEqual([smaller, ours, theirs])
    expect([ours.direction, theirs.direction, ours.metadata, theirs.metadata]).toEqual(['outgoing', 'outgoing', 'ours', 'theirs'])
    expect(rang).toEqual({ aki: [], bob: [] })
    // The id is the surviving one before the call is active.
    expect(states.filter((state) => state.startsWith('active'))).toEqual(['active true', 'active true'])
    expect([ours.remote.id, theirs.remote.id, theirs.remote.name]).toEqual(['bob', 'aki', 'AKI'])
  })

  it('send each other what they meant to send, also what is captured later', async () => {
    const { aki, bob } = await two()
    world.delayMs = () => 20
    const own = new FakeTrack('audio', 'akis')
    const [ours, theirs] = [aki.call('bob', { audio: own.track }), bob.call('aki', { video: true })]
    await pass(300)
    expectOneCall(aki, bob)
    const camera = new FakeTrack('video', 'cam')
    await world.allow(camera)
    await pass(300)
    expect(theirs.remote.tracks.map(({ name, muted }) => [name, muted])).toEqual([['microphone', false]])
    expect(ours.remote.tracks.map(({ name, muted }) => [name, muted])).toEqual([['camera', false]])
    void ours.hangUp()
    await pass(100)
    expect([own.readyState, camera.readyState]).toEqual(['live', 'ended'])
  })

  it('have 200 such calls with random delays, each of which ends as specified and leaves nothing', async () => {
    const { aki, bob, rang } = await two()
    const timers = world.runtime.timers
    const outcomes = { crossed: 0, answered: 0 }
    const { random } = world.runtime
    for (let run = 0; run < 200; run++) {
      world.delayMs = () => random() * 60
      const first = random() < 0.5 ? aki : bob
      const other = first === aki ? bob : aki
      const ours = first.call(other.id ?? '')
      await pass(Math.round(random() * 80))
      const theirs = other.call(first.id ?? '')
      const ids = [ours.id, theirs.id]
      await pass(700)
      const call = expectOneCall(first, other)
      expect([first.calls[0], other.calls[0]]).toEqual([ours, theirs])
      expect(ours.direction).toBe('outgoing')
      const crossed = theirs.direction === 'outgoing'
      outcomes[crossed ? 'crossed' : 'answered']++
      expect(call.id).toBe(ids.sort()[0])
      // It rang only where it was there before the other one was placed.
      expect([...rang.aki.splice(0), ...rang.bob.splice(0)]).toEqual(crossed ? [] : [theirs])
      const states = [ours, theirs].map(({ reason }) => reason)
      expect(states).toEqual([undefined, undefined])
      void (random() < 0.5 ? ours : theirs).hangUp()
      await pass(300)
      expect([ours, theirs].map(({ reason }) => reason?.code)).toEqual(['call/hung-up', 'call/hung-up'])
      expectNothingLeft()
    }
    await pass(1_000)
    expectNothingLeft(timers)
    expect(Math.min(outcomes.crossed, outcomes.answered)).toBeGreaterThan(20)
  }, 60_000)

  it('of whom one or both give up at any moment: nobody waits, and nothing is left', async () => {
    const { aki, bob, rang } = await two()
    const timers = world.runtime.timers
    const { random } = world.runtime
    for (let run = 0; run < 200; run++) {
      world.delayMs = () => random() * 60
      const ours = aki.call('bob')
      await pass(Math.round(random() * 60))
      const theirs = bob.call('aki')
      await pass(Math.round(random() * 150))
      void ours.hangUp()
      if (random() < 0.3) void theirs.hangUp()
      await pass(500)
      // Where only aki gave up, bob's call may have outlived it and rings there; then somebody answers.
      const ringing = [...rang.aki.splice(0), ...rang.bob.splice(0)].filter(({ state }) => state === 'ringing')
      expect(ringing.length).toBeLessThanOrEqual(1)
      const states = [ours, theirs, ...ringing].map(({ state }) => state)
      if (ringing[0]) {
        expect(theirs.state).toBe('ringing')
        void ringing[0].accept()
        await pass(300)
        expect([ringing[0].state, theirs.state, ringing[0].id]).toEqual(['active', 'active', theirs.id])
        void theirs.hangUp()
      } else expect(states.every((state) => state === 'ended'), states.join()).toBe(true)
      await pass(300)
      expectNothingLeft()
    }
    await pass(1_000)
    expectNothingLeft(timers)
  }, 60_000)

  it('rings after all where the other side may not call back', async () => {
    await world.close()
    world = new World({ authorize: (from, action, to) => action !== 'call' || from.id === 'aki' || to !== 'aki' })
    const { ours, theirs, rang } = await crossing()
    await pass(300)
    expect([theirs.reason?.code, ours.state, rang.bob.map(({ id }) => id)]).toEqual(['call/forbidden', 'ringing', [ours.id]])
  })

  it('rings on no client that was closed meanwhile', async () => {
    const { aki, bob, ours, theirs, rang } = await crossing()
    const [first] = ours.id < theirs.id ? [aki] : [bob]
    // Theirs has come and is kept back.
    await pass(60)
    world.delayMs = () => 10_000
    void first?.close()
    await pass(200)
    expect([rang, first?.calls]).toEqual([{ aki: [], bob: [] }, []])
  })

  it('is one call where each has several devices, and the others stop ringing', async () => {
    const { aki, bob } = await two()
    const [tablet, phone] = [received(await world.online('aki')), received(await world.online('bob'))]
    world.delayMs = () => 20
    const [ours, theirs] = [aki.call('bob'), bob.call('aki')]
    await pass(400)
    expectOneCall(aki, bob)
    expect([ours.state, theirs.state]).toEqual(['active', 'active'])
    expect([...tablet, ...phone].map(({ reason }) => reason?.code)).toEqual(['call/answered-elsewhere', 'call/answered-elsewhere'])
  })

  it('goes to whichever of their devices the server hears first, where a person answers at the same moment', async () => {
    const outcomes = new Set<string>()
    for (let run = 0; run < 60; run++) {
      await world.close()
      world = new World()
      const { aki, bob } = await two()
      const phone = received(await world.online('bob'))
      const { random } = world.runtime
      for (let skip = 0; skip < run * 7; skip++) random()
      world.delayMs = () => random() * 60
      const [ours, theirs] = [aki.call('bob'), bob.call('aki')]
      for (let waited = 0; !phone[0] && waited < 200; waited += 10) await pass(10)
      await pass(Math.round(random() * 40))
      void phone[0]?.accept().catch(() => undefined)
      await pass(600)
      const active = [ours, theirs, phone[0]].filter((call) => call?.state === 'active')
      expect(active.map((call) => call?.id)).toEqual(Array(2).fill(ours.id))
      expect([ours.state, open(), world.hub.stats().calls]).toEqual(['active', 2, 1])
      outcomes.add(active.includes(theirs) ? 'this device' : 'the phone')
    }
    expect([...outcomes].sort()).toEqual(['the phone', 'this device'])
  }, 60_000)
})

describe('calling somebody whose call rings here', () => {
  it('answers that one', async () => {
    const { aki, bob, rang } = await two()
    const ours = aki.call('bob')
    await world.settle()
    const theirs = bob.call('aki', { video: true })
    expect(theirs).toBe(rang.bob[0])
    await world.allow(new FakeTrack('video', 'cam'))
    expect([ours.state, theirs.state, theirs.direction, bob.calls]).toEqual(['active', 'active', 'incoming', [theirs]])
    expect(ours.remote.tracks.map(({ source }) => source)).toEqual(['camera'])
  })

  it('ends it where the camera is refused, as a call placed would', async () => {
    const { aki, bob } = await two()
    const ours = aki.call('bob')
    await world.settle()
    const theirs = bob.call('aki', { video: true })
    await world.settle()
    world.media.questions.at(-1)?.refuse('NotAllowedError')
    await world.settle()
    expect([theirs.reason?.code, ours.reason?.code]).toEqual(['media/permission-denied', 'call/rejected'])
  })

  it('is the same while it is being accepted', async () => {
    const { aki, bob, rang } = await two()
    aki.call('bob')
    await world.settle()
    void rang.bob[0]?.accept({ audio: true })
    expect(bob.call('aki', { audio: true })).toBe(rang.bob[0])
    await world.settle()
    expect(world.media.questions).toHaveLength(1)
    await world.allow(new FakeTrack('audio', 'mic'))
    expect(rang.bob[0]?.state).toBe('active')
  })

  it('is another call where that one has been answered', async () => {
    const { aki, bob, rang } = await two()
    aki.call('bob')
    await world.settle()
    void rang.bob[0]?.accept()
    await world.settle()
    const second = bob.call('aki')
    await world.settle()
    expect([second.direction, second.state, rang.aki.length]).toEqual(['outgoing', 'ringing', 1])
  })
})
