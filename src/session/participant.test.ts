import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, talking, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

describe('what is published in a call', () => {
  it('reaches the other side with name and source, and leaves with its end', async () => {
    const { outgoing, incoming } = await talking(world)
    const events: string[] = []
    for (const name of ['trackAdded', 'trackRemoved', 'trackMuted', 'trackUnmuted'] as const)
      incoming.on(name, ({ track }) => events.push(`${name} ${track.name} ${track.source}`))
    const published = outgoing.local.publish(new FakeTrack('video').track, { name: 'rear', source: 'camera' })
    await world.settle()
    const rear = await published
    void rear.mute()
    await world.settle()
    void rear.unmute()
    await world.settle()
    void rear.unpublish()
    await world.settle()
    expect(events).toEqual(['trackAdded rear camera', 'trackMuted rear camera', 'trackUnmuted rear camera', 'trackRemoved rear camera'])
    expect([outgoing.local.tracks, incoming.remote.tracks]).toEqual([[], []])
  })

  it('of a screen goes as a whole when its picture is stopped in the browser', async () => {
    const { outgoing, incoming } = await talking(world)
    const [video, audio] = [new FakeTrack('video'), new FakeTrack('audio')]
    const stop = vi.fn()
    void outgoing.local.publish({ video: video.track, audio: audio.track, stop }, { name: 'slides' })
    await world.settle()
    expect(incoming.remote.tracks.map(({ name }) => name)).toEqual(['slides', 'slides sound'])
    video.end()
    await world.settle()
    expect([incoming.remote.tracks, stop.mock.calls.length]).toEqual([[], 1])
  })

  it('plays in sync within its group, and a second camera for itself', async () => {
    const { outgoing } = await talking(world)
    const groups: string[] = []
    for (const [kind, source] of [['audio', 'microphone'], ['video', 'camera'], ['video', 'camera'], ['video', 'screen']] as const)
      groups.push((await outgoing.local.publish(new FakeTrack(kind).track, { source })).group)
    expect(groups.slice(0, 2)).toEqual(['main', 'main'])
    expect(groups[3]).toBe('screen')
    expect(new Set(groups).size).toBe(3)
  })

  it('stays the app’s, unless the app says `stop`', async () => {
    const { outgoing } = await talking(world)
    const [own, given, later] = [new FakeTrack('video'), new FakeTrack('video'), new FakeTrack('video')]
    await outgoing.local.publish(own.track)
    const published = await outgoing.local.publish(given.track, { stop: true })
    void published.replace(later.track, { stop: true })
    await world.settle()
    expect([given.readyState, later.readyState]).toEqual(['ended', 'live'])
    void outgoing.hangUp()
    await world.settle()
    expect([own.readyState, later.readyState]).toEqual(['live', 'ended'])
    // Too late, and still not left on.
    const [late, later2] = [new FakeTrack('video'), new FakeTrack('video')]
    expect([
      await codeOf(outgoing.local.publish(late.track, { stop: true })),
      await codeOf(published.replace(later2.track, { stop: true })),
      late.readyState,
      later2.readyState,
    ]).toEqual(['usage/closed', 'usage/closed', 'ended', 'ended'])
  })

  it('is told as it comes and goes, for those who show it', async () => {
    const { outgoing } = await talking(world)
    const seen: string[] = []
    outgoing.local.on('trackPublished', ({ track }) => seen.push(`+${track.name}`))
    outgoing.local.on('trackUnpublished', ({ track }) => seen.push(`-${track.name} of ${outgoing.local.tracks.length + 1}`))
    await outgoing.local.publish(new FakeTrack('video').track, { name: 'one' })
    const two = await outgoing.local.publish(new FakeTrack('video').track, { name: 'two' })
    void two.unpublish()
    await world.settle()
    void outgoing.hangUp()
    await world.settle()
    expect(seen).toEqual(['+one', '+two', '-two of 2', '-one of 1'])
  })

  it('is a track and not a stream', async () => {
    const { outgoing } = await talking(world)
    expect(await codeOf(outgoing.local.publish({ getTracks: () => [] } as unknown as MediaStreamTrack))).toBe('usage/invalid-argument')
  })

  it('must be alive, and in a call that is', async () => {
    const { outgoing } = await talking(world)
    const dead = new FakeTrack('video')
    dead.stop()
    expect(await codeOf(outgoing.local.publish(dead.track))).toBe('media/ended')
    void outgoing.hangUp()
    await world.settle()
    expect(await codeOf(outgoing.local.publish(new FakeTrack('video').track))).toBe('usage/closed')
  })
})
