import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SessionKeeper } from '../signaling/port'
import { FakeTrack } from '../testing/fake-media'
import { keeperOf } from '../testing/restart-world'
import { received, World } from '../testing/world'
import type { Call } from './call'
import './kept-holds'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const pass = (ms?: number): Promise<void> => world.pass(ms)

/** Aki calls Bob, whose page can be loaded again. */
const kept = async (state: { state?: string } = {}) => {
  const aki = await world.online('aki')
  const bob = await world.online('bob', {}, keeperOf(state))
  const rang = received(bob)
  const akis = aki.call('bob')
  await world.settle()
  const bobs = rang[0] as Call
  void bobs.accept()
  await pass()
  /** What the page finds as soon as it hears of its call. */
  const reload = async () => {
    for (const connection of world.connections) connection.cut = true
    const seen: { call: Call; held: boolean }[] = []
    const client = world.client('bob', {}, keeperOf(state))
    client.on('callReclaimed', ({ call }) => {
      seen.push({ call, held: call.held.local })
      void call.local.publish(new FakeTrack('audio').track)
      void call.accept()
    })
    void client.connect()
    await pass(1_000)
    const [first] = seen
    if (!first) throw new Error('nothing was reclaimed')
    return first
  }
  return { akis, bobs, reload, state }
}

it('a call that was held is held after a reload, again and again, from the moment that the page hears of it', async () => {
  const { akis, bobs, reload } = await kept()
  await bobs.hold()
  await world.settle()
  for (let again = 0; again < 2; again++) {
    const { call, held } = await reload()
    await world.path('connected')
    expect([held, call.held.local, akis.held.remote, call.state]).toEqual([true, true, true, 'active'])
    expect(akis.remote.tracks.map(({ muted }) => muted)).toEqual([true])
  }
})

it('one that is resumed, before the reload or after it, is not held any more', async () => {
  const { akis, bobs, reload } = await kept()
  await bobs.hold()
  await bobs.resume()
  await world.settle()
  const first = await reload()
  expect(first.held).toBe(false)
  await first.call.hold()
  await world.settle()
  const second = await reload()
  await second.call.resume()
  await pass()
  expect([second.held, akis.held.remote, akis.remote.tracks.map(({ muted }) => muted)]).toEqual([true, false, [false]])
})

it('what a page of before has kept is understood', async () => {
  const { bobs, reload, state } = await kept()
  void bobs
  state.state = state.state?.split('\n')[1] ?? ''
  expect((await reload()).held).toBe(false)
})

it('a call from before a reload is active once it is connected, and not before; and has its time for that from when the camera is there', async () => {
  const state = {}
  await kept(state)
  for (const connection of world.connections) connection.cut = true
  const client = world.client('bob', {}, keeperOf(state))
  const calls: Call[] = []
  client.on('callReclaimed', ({ call }) => calls.push(call))
  void client.connect()
  await pass()
  const [call] = calls
  let active = false
  void call?.whenActive().then(() => (active = true), () => undefined)
  await pass(30_000)
  expect([active, call?.state]).toEqual([false, 'reconnecting'])
  const accepted = call?.accept({ audio: true })
  await pass(30_000)
  expect(call?.state).toBe('reconnecting')
  await world.allow(new FakeTrack('audio'))
  await accepted
  await world.path('connected')
  expect([active, call?.state]).toEqual([call?.state === 'active', call?.state])
})

const refusing: Record<string, SessionKeeper['save']> = {
  'says that it kept nothing': () => false,
  'throws, as a storage that is forbidden does': () => {
    throw new DOMException('no', 'SecurityError')
  },
}

/** Aki, who can come back, in a call with Bob, whose keeper keeps nothing. */
const unkept = async (how: string) => {
  const aki = await world.online('aki', {}, keeperOf({}))
  const bob = await world.online('bob', {}, { load: async () => undefined, save: refusing[how] as SessionKeeper['save'] })
  bob.on('callReceived', ({ call }) => void call.accept())
  const call = aki.call('bob')
  await pass()
  await world.path('connected')
  expect(call.state).toBe('active')
  return call
}

it.each(Object.keys(refusing))('a page whose keeper %s hangs up as it is left', async (how) => {
  const call = await unkept(how)
  world.runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: false }))
  await pass()
  expect(call.reason).toEqual({ code: 'call/hung-up', by: 'remote' })
})

it.each(Object.keys(refusing))('a page whose keeper %s is not waited for where it crashes', async (how) => {
  const call = await unkept(how)
  world.connections[1]?.close()
  await pass(7_000)
  expect(call.reason).toEqual({ code: 'call/hung-up', by: 'remote' })
})
