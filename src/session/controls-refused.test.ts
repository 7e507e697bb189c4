import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, talking, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

it('a hold that signaling refused is said again with the next one', async () => {
  const { outgoing, incoming } = await talking(world)
  const control = outgoing.dialog.control.bind(outgoing.dialog)
  outgoing.dialog.control = async () => {
    throw new Error('full')
  }
  await expect(outgoing.hold()).rejects.toThrow('full')
  outgoing.dialog.control = control
  expect([outgoing.held.local, incoming.held.remote]).toEqual([true, false])
  await outgoing.hold()
  await world.settle()
  expect(incoming.held.remote).toBe(true)
})

it('hold, keys and wishes go from browser to browser where the server has lost the call', async () => {
  const { outgoing, incoming } = await talking(world)
  void incoming.local.publish(new FakeTrack('audio').track)
  await world.settle()
  for (const call of [outgoing, incoming]) await world.serverSays(call, { type: 'ended', code: 'call/lost', by: 'system' })
  const heard: unknown[] = []
  incoming.on('holdChanged', ({ remote }) => heard.push(remote))
  incoming.on('dtmfReceived', ({ tone }) => heard.push(tone))
  incoming.on('muteRequested', ({ track }) => heard.push(track))
  await outgoing.hold()
  await outgoing.resume()
  for (const track of outgoing.remote.tracks) await outgoing.remote.requestMute(track)
  const pressed = outgoing.sendDtmf('7')
  await world.settle()
  await world.runtime.elapse(200)
  await pressed
  expect(heard).toEqual([true, false, ...incoming.local.tracks, '7'])
})

it('keys that are no text are refused as other wrong ones are', async () => {
  const { outgoing } = await talking(world)
  expect(await codeOf(outgoing.sendDtmf(5 as unknown as string))).toBe('usage/invalid-argument')
})

it('what is asked of a call that has ended rejects as ever', async () => {
  const { outgoing, incoming } = await talking(world)
  void incoming.local.publish(new FakeTrack('audio').track)
  await world.settle()
  const [track] = outgoing.remote.tracks
  const pressed = codeOf(outgoing.sendDtmf('123'))
  await world.settle()
  void outgoing.hangUp()
  expect([track && (await codeOf(outgoing.remote.requestMute(track))), await codeOf(outgoing.hold()), await pressed]).toEqual([
    'usage/invalid-argument', 'usage/invalid-state', 'call/hung-up',
  ])
})
