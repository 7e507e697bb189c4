import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memory } from '../../adapters/memory'
import { Client } from '../client'
import { FakeTrack } from '../testing/fake-media'
import { ringing, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

/** What it rejects with, or throws. */
const said = async (action: () => unknown): Promise<unknown> => {
  try {
    await action()
    return 'nothing'
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return [code, message]
  }
}

describe('what types forbid and plain JavaScript does not is told at once', () => {
  it('a reason to reject a call that is none leaves it ringing', async () => {
    const { incoming, outgoing } = await ringing(world)
    expect(await said(() => incoming.reject('nonsense' as never))).toEqual(['usage/invalid-argument', 'Reject as rejected or busy.'])
    expect([incoming.state, outgoing.state]).toEqual(['ringing', 'ringing'])
    expect(await said(() => incoming.reject('busy'))).toBe('nothing')
  })

  it.each(['bob', undefined, 5])('whom to watch in something else than a list (%s)', async (ids) => {
    const aki = await world.online('aki')
    expect(await said(() => aki.presence.watch(ids as never, () => undefined))).toEqual(['usage/invalid-argument', 'Watch a list of ids.'])
  })

  it.each([['a function', () => 1], ['nothing', undefined], ['a symbol', Symbol('one')], ['a number beyond JSON', 5n]])('a message that is no JSON: %s', async (_, data) => {
    const aki = await world.online('aki')
    await world.online('bob')
    expect(await said(() => aki.send('bob', data))).toEqual(['usage/invalid-argument', 'Data must be JSON.'])
  })

  it('metadata that is no JSON, and nobody is called', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    expect(await said(() => aki.call('bob', { metadata: () => 1 }))).toEqual(['usage/invalid-argument', 'Data must be JSON.'])
    expect(aki.calls).toEqual([])
  })

  it.each([[[{ urls: 'stun:stun.example.com' }]], [{ iceServers: [] }]])('ICE servers in another place than `servers` (%j)', async (ice) => {
    const signaling = memory(world.hub)
    expect(await said(() => new Client({ signaling, ice: ice as never }))).toEqual(['usage/invalid-argument', 'Pass ice: { servers }.'])
  })

  it('a stream in place of its track', async () => {
    const { incoming } = await ringing(world)
    const stream = { id: 'stream', getTracks: () => [] }
    expect(await said(() => incoming.accept({ video: stream as never }))).toEqual(['usage/invalid-argument', 'video is true, options or a track.'])
  })

  it('putting somebody through to whom they talk to', async () => {
    const { outgoing, incoming } = await ringing(world)
    await Promise.all([incoming.accept({}), world.settle()])
    expect(await said(() => outgoing.transfer(outgoing.remote.id))).toEqual(['usage/invalid-argument', `${outgoing.remote.id} is in this call already.`])
  })

  it('media that is none', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    const call = aki.call('bob', { audio: 'x' as never })
    expect(await said(() => call.whenActive())).toEqual(['usage/invalid-argument', 'audio is true, options or a track.'])
    const { incoming } = await ringing(world)
    expect(await said(() => incoming.accept({ video: 5 as never }))).toEqual(['usage/invalid-argument', 'video is true, options or a track.'])
    expect(incoming.state).toBe('ringing')
    expect(await said(() => incoming.accept({ audio: null as never, video: 0 as never }))).toBe('nothing')
  })
})

describe('one track more than a call can have', () => {
  it('is refused to whoever publishes it, and stopped where it was given for that, before there is a link and after', async () => {
    const { incoming, outgoing } = await ringing(world)
    for (const { local } of [incoming, outgoing]) {
      for (let n = 0; n < 64; n++) await local.publish(new FakeTrack('video').track)
      const more = new FakeTrack('video')
      expect(await said(() => local.publish(more.track, { stop: true }))).toEqual(['usage/invalid-state', 'A call has at most 64 tracks.'])
      expect([more.readyState, local.tracks.length]).toEqual(['ended', 64])
    }
    await incoming.accept()
    await world.settle()
    expect([incoming.remote.tracks.length, outgoing.state]).toEqual([64, 'active'])
  })
})
