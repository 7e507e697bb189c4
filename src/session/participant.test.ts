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
