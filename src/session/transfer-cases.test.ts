import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { keeperOf } from '../testing/restart-world'
import { codeOf, received, talking, successors, third, World } from '../testing/world'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import '../signaling/transfer'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const pass = (ms?: number): Promise<void> => world.pass(ms)

it('whoever is put through to somebody who calls them right then answers that call, and nobody has to', async () => {
  const { bob, outgoing: ours, incoming: bobs } = await talking(world)
  const { carol, incoming: rang } = await third(world)
  const bobsRang = received(bob)
  const next = successors(bobs)
  void bobs.local.publish(new FakeTrack('audio', 'bobs').track)
  const carols = carol.call('bob')
  await pass()
  const done = codeOf(ours.transfer('carol'))
  await pass()
  expect([await done, carols.state, rang, next, bob.calls]).toEqual(['resolved', 'active', [], bobsRang, bobsRang])
  expect(carols.remote.tracks.map(({ muted }) => muted)).toEqual([false])
})

it('a transfer fails at once where the page that was asked is loaded again, and can be asked for again', async () => {
  const kept = {}
  const aki = await world.online('aki')
  const bob = await world.online('bob', {}, keeperOf(kept))
  const { incoming: rang } = await third(world)
  const bobsRang = received(bob)
  const ours = aki.call('bob')
  await world.settle()
  for (const call of bobsRang) {
    successors(call)
    void call.accept()
  }
  await pass()
  const done = codeOf(ours.transfer('carol'))
  await pass()
  expect(rang[0]?.state).toBe('ringing')
  for (const connection of world.connections) connection.cut = true
  const again = world.client('bob', {}, keeperOf(kept))
  again.on('callReclaimed', ({ call }) => {
    successors(call)
    void call.accept()
  })
  void again.connect()
  await pass(1_000)
  expect([await done, ours.state, rang[0]?.reason?.code]).toEqual(['call/lost', 'active', 'call/cancelled'])
  void ours.transfer('carol')
  await pass()
  expect(rang[1]?.state).toBe('ringing')
})

it('a microphone that is asked for while the call is put through is the next call\'s', async () => {
  const [aki, bob] = [await world.online('aki'), await world.online('bob')]
  const { incoming: rang } = await third(world)
  const bobsRang = received(bob)
  const akis = aki.call('bob', { audio: true })
  const next = successors(akis)
  await world.settle()
  void bobsRang[0]?.accept()
  await pass()
  void bobsRang[0]?.transfer('carol')
  await pass()
  void rang[0]?.accept()
  await pass()
  expect([akis.state, next[0]?.state]).toEqual(['ended', 'active'])
  const microphone = new FakeTrack('audio')
  await world.allow(microphone)
  expect([microphone.readyState, rang[0]?.remote.tracks.map(({ muted }) => muted)]).toEqual(['live', [false]])
  void next[0]?.hangUp()
  await pass()
  expect(microphone.readyState).toBe('ended')
})

it('a device that is asked for is not wanted any more once nobody sends its track', async () => {
  const [aki] = [await world.online('aki'), await world.online('bob')]
  const call = aki.call('bob', { audio: true, video: true })
  await world.settle()
  for (const track of call.local.tracks) void track.unpublish()
  const [microphone, camera] = [new FakeTrack('audio'), new FakeTrack('video')]
  await world.allow(microphone, camera)
  expect([call.state, microphone.readyState, camera.readyState]).toEqual(['ringing', 'ended', 'ended'])
})

it('what is published in the old call while the next one rings is sent in that too', async () => {
  const { outgoing: ours, incoming: bobs } = await talking(world)
  const { incoming: rang } = await third(world)
  const next = successors(bobs)
  void ours.transfer('carol')
  await pass()
  const camera = new FakeTrack('video')
  void bobs.local.publish(camera.track, { stop: true })
  void rang[0]?.accept()
  await pass()
  expect([bobs.state, camera.readyState, rang[0]?.remote.tracks.map(({ muted }) => muted)]).toEqual(['ended', 'live', [false]])
  void next[0]?.hangUp()
  await pass()
  expect(camera.readyState).toBe('ended')
})
