import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, ringing, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

it.each([
  ['camera and microphone', [new FakeTrack('audio'), new FakeTrack('video')], { audio: true, video: true }],
  ['the camera', [new FakeTrack('video')], { video: true }],
] as const)('stops %s where the call ends as their tracks are announced, and makes no connection', async (_what, captured, media) => {
  const { incoming } = await ringing(world)
  const before = world.connections.length
  incoming.local.on('trackPublished', () => void incoming.hangUp())
  const accepted = codeOf(incoming.accept(media))
  await world.settle()
  await world.allow(...captured)
  expect([await accepted, incoming.state, world.connections.length - before]).toEqual(['call/rejected', 'ended', 0])
  for (const { readyState } of captured) expect(readyState).toBe('ended')
})

it('stops camera and microphone where the call has no room for their tracks, and goes on ringing', async () => {
  const { incoming, outgoing } = await ringing(world)
  const accepted = codeOf(incoming.accept({ audio: true, video: true }))
  await world.settle()
  for (let n = 0; n < 64; n++) void incoming.local.publish(new FakeTrack('audio').track)
  const accept = incoming.dialog.accept.bind(incoming.dialog)
  // The server's word is quicker than the camera.
  incoming.dialog.accept = async () => {
    await accept()
    await world.runtime.settle()
  }
  const [microphone, camera] = [new FakeTrack('audio'), new FakeTrack('video')]
  await world.allow(microphone, camera)
  expect([await accepted, microphone.readyState, camera.readyState]).toEqual(['usage/invalid-state', 'ended', 'ended'])
  expect([incoming.state, outgoing.state]).toEqual(['ringing', 'ringing'])
})
