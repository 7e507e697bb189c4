import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import '../media/made'
import '../media/pass-on'
import { RemoteTrack } from '../media/remote-track'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, ringing, talking, World } from '../testing/world'
import type { Call } from './call'
import type { LocalParticipant } from './participant'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

/** A processor that fails, given as early as an app can, and what the app hears of it. */
const failing = (local: LocalParticipant) => {
  const told: string[] = []
  const give = ({ track }: { readonly track: LocalParticipant['tracks'][number] }): void => {
    track.on('processFailed', ({ error }) => told.push(error.code))
    track.on('ended', () => told.push('ended'))
    void track.process(() => Promise.reject(new Error('no model'))).catch(() => undefined)
  }
  for (const track of local.tracks) give({ track })
  local.on('trackPublished', give)
  return told
}

describe('a track of the app’s own that a call begins with', () => {
  it('costs the picture alone where its processing fails, whoever calls', async () => {
    const { aki, bob, incoming } = await ringing(world)
    const accepting = failing(incoming.local)
    void incoming.accept({ video: new FakeTrack('video').track })
    await world.settle()
    expect([accepting, incoming.state, incoming.local.tracks[0]?.muted]).toEqual([['media/process-failed'], 'active', true])
    const calling = aki.call('bob', { video: new FakeTrack('video').track })
    const told = failing(calling.local)
    await world.settle()
    expect([told, calling.state]).toEqual([['media/process-failed'], 'ringing'])
    void bob
  })

  it('may be taken away while the person is asked for the microphone', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    const own = new FakeTrack('video')
    const call = aki.call('bob', { audio: true, video: own.track })
    await world.settle()
    void call.local.tracks.find(({ kind }) => kind === 'video')?.unpublish()
    await world.allow(new FakeTrack('audio'))
    expect([call.state, call.local.tracks.map(({ kind, muted }) => [kind, muted]), own.readyState]).toEqual([
      'ringing', [['audio', false]], 'live',
    ])
  })

  it.each(['call', 'accept'] as const)('may end while the person is asked for the microphone: %s', async (how) => {
    const { aki, incoming } = await ringing(world)
    await world.online('carol')
    const own = new FakeTrack('video')
    const told: string[] = []
    incoming.local.on('trackPublished', ({ track }) => void track.on('ended', () => told.push('ended')))
    let call: Call = incoming
    if (how === 'accept') void incoming.accept({ audio: true, video: own.track })
    else call = aki.call('carol', { audio: true, video: own.track })
    for (const track of call.local.tracks) track.on('ended', () => told.push('ended'))
    await world.settle()
    own.end()
    await world.allow(new FakeTrack('audio'))
    expect(call.local.tracks.map(({ kind, muted }) => [kind, muted])).toEqual([['audio', false], ['video', true]])
    expect([call.state, told]).toEqual([how === 'accept' ? 'active' : 'ringing', ['ended']])
  })

  it('is stopped where it was released before it came', async () => {
    const aki = await world.online('aki')
    await world.online('bob')
    const own = new FakeTrack('video')
    const call = aki.call('bob', { video: own.track })
    void call.local.tracks[0]?.mute({ release: true })
    await world.settle()
    expect([own.readyState, call.local.tracks[0]?.muted, call.state]).toEqual(['ended', true, 'ringing'])
  })

  it('of the other kind is refused with the call', async () => {
    const { aki, incoming } = await ringing(world)
    await world.online('carol')
    const call = aki.call('carol', { audio: new FakeTrack('video').track })
    await world.settle()
    expect(call.reason?.code).toBe('usage/invalid-argument')
    expect(await codeOf(incoming.accept({ video: new FakeTrack('audio').track }))).toBe('usage/invalid-argument')
    expect(incoming.state).toBe('ringing')
  })
})

describe('what cannot be published', () => {
  it('leaves no light on where it was given to be stopped', async () => {
    const { outgoing, incoming } = await talking(world)
    const [named, processed, extra] = [new FakeTrack('video'), new FakeTrack('video'), new FakeTrack('video')]
    const codes = [
      await codeOf(outgoing.local.publish(named.track, { stop: true, name: 'x'.repeat(300) })),
      await codeOf(outgoing.local.publish(processed.track, { stop: true, process: {} as never })),
    ]
    for (let n = 0; n < 64; n++) await outgoing.local.publish(new FakeTrack('audio').track, { stop: true })
    const signals: AbortSignal[] = []
    const process = (track: MediaStreamTrack, { signal }: { readonly signal: AbortSignal }): MediaStreamTrack => {
      signals.push(signal)
      return track
    }
    codes.push(await codeOf(outgoing.local.publish(extra.track, { stop: true, process })))
    await world.settle()
    expect(codes).toEqual(['usage/invalid-argument', 'usage/invalid-argument', 'usage/invalid-state'])
    expect([named, processed, extra].map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'ended'])
    expect([signals.filter(({ aborted }) => !aborted), outgoing.local.tracks.length, incoming.remote.tracks.length]).toEqual([[], 64, 64])
  })

  it('of a screen takes all of the screen with it', async () => {
    const { outgoing, incoming } = await talking(world)
    const [video, audio] = [new FakeTrack('video'), new FakeTrack('audio')]
    const stop = (): void => [video, audio].forEach((track) => track.stop())
    const screen = { video: video.track, audio: audio.track, stop }
    expect(await codeOf(outgoing.local.publish(screen, { name: 'n'.repeat(252) }))).toBe('usage/invalid-argument')
    await world.settle()
    expect([outgoing.local.tracks, incoming.remote.tracks, video.readyState, audio.readyState]).toEqual([[], [], 'ended', 'ended'])
  })

  it.each([undefined, null, 5, 'camera', {}, { video: 5, stop: () => undefined }])('(%o) is called so', async (what) => {
    const { outgoing } = await talking(world)
    expect(await codeOf(outgoing.local.publish(what as unknown as MediaStreamTrack))).toBe('usage/invalid-argument')
    expect(outgoing.local.tracks).toEqual([])
  })

  it('is a received track that has ended, also while what passes it on loads', async () => {
    const { outgoing } = await talking(world)
    const received = (): RemoteTrack => {
      const media = Object.assign(new FakeTrack('video'), { clone: () => new FakeTrack('video') })
      return new RemoteTrack({ id: 'far', name: 'rear', kind: 'video', source: 'camera', group: 'main', muted: false }, media.track)
    }
    const ends = received()
    const publishing = codeOf(outgoing.local.publish(ends))
    ends.end()
    const ended = received()
    ended.end()
    expect([await publishing, await codeOf(outgoing.local.publish(ended))]).toEqual(['media/ended', 'media/ended'])
    expect([outgoing.local.tracks, ended.ended]).toEqual([[], true])
  })
})
