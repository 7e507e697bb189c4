import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { LocalTrack } from '../media/local-track'
import type { IceConfig } from '../peer/ice-servers'
import { FakeTrack } from '../testing/fake-media'
import { FakeTasks } from '../testing/fake-peer-connection-tasks'
import { linkEnd, linkPair as pair, localTrack as local, NO_SERVERS } from '../testing/link-pair'

describe('Link', () => {
  it('connects without any media', async () => {
    const { a, b, carry } = pair()
    await carry()
    expect(a.told).toEqual(['new connecting', 'connecting connected'])
    expect(b.told).toEqual(['new connecting', 'connecting connected'])
    expect(a.fakes[0]?.localDescription?.sections.map(({ kind }) => kind)).toEqual(['application'])
  })

  it('shows a track under its name before it has media, and follows it to its end', async () => {
    const { a, b, carry } = pair()
    const track = new LocalTrack({ id: 'x', name: 'Aki, camera', kind: 'video', source: 'camera', group: 'main' })
    a.link.publish(track)
    await carry()
    const seen = b.link.remoteTracks.get('x')
    expect(seen).toMatchObject({ name: 'Aki, camera', kind: 'video', source: 'camera', group: 'main', muted: true })
    const done = track.replace(new FakeTrack('video').track)
    await carry()
    await done
    void track.mute()
    await carry()
    void track.unpublish()
    await carry()
    expect(b.told.filter((line) => line.startsWith('track'))).toEqual([
      'trackAdded Aki, camera',
      'trackUnmuted Aki, camera',
      'trackMuted Aki, camera',
      'trackRemoved Aki, camera',
    ])
    expect(b.link.remoteTracks.size).toBe(0)
  })

  it('keeps the object of a remote track through everything that is negotiated around it', async () => {
    const { a, b, carry } = pair()
    a.link.publish(local('stays'))
    await carry()
    const seen = b.link.remoteTracks.get('stays')
    a.link.publish(local('comes'))
    b.link.publish(local('answers'))
    b.link.peer?.restartIce()
    await carry()
    expect(b.link.remoteTracks.get('stays')).toBe(seen)
    expect([...b.link.remoteTracks.keys()]).toEqual(['stays', 'comes'])
    expect([...a.link.remoteTracks.keys()]).toEqual(['answers'])
  })

  it('sends tracks of one group under one stream, others under their own', async () => {
    const { a, carry } = pair()
    a.link.publish(local('voice'))
    a.link.publish(local('face', { kind: 'video', source: 'camera', track: new FakeTrack('video').track }))
    a.link.publish(local('screen', { kind: 'video', source: 'screen', group: 'screen', track: new FakeTrack('video').track }))
    await carry()
    const streams = a.fakes[0]?.localDescription?.sections.flatMap(({ streams }) => streams)
    expect(streams).toHaveLength(3)
    expect(streams?.[0]).toBe(streams?.[1])
    expect(streams?.[2]).not.toBe(streams?.[0])
  })

  it('takes in what arrives before its servers are known', async () => {
    const tasks = new FakeTasks()
    const a = linkEnd({ tasks, polite: false })
    let known: (config: IceConfig) => void = () => undefined
    const b = linkEnd({ tasks, polite: true, ice: () => new Promise((resolve) => (known = resolve)) })
    a.link.publish(local('early'))
    await tasks.drain()
    for (const message of a.sent) b.receive(message)
    await tasks.drain()
    expect(b.link.peer).toBeUndefined()
    known(NO_SERVERS)
    await tasks.drain()
    expect([...b.link.remoteTracks.keys()]).toEqual(['early'])
    expect(b.sent.some(({ description }) => (description as { type?: string } | undefined)?.type === 'answer')).toBe(true)
  })

  it('fails with what kept it from its servers', async () => {
    const tasks = new FakeTasks()
    const known = linkEnd({ tasks, polite: false, ice: () => Promise.reject(new RtcError('ice/servers-unavailable', 'No list.')) })
    const unknown = linkEnd({ tasks, polite: false, ice: () => Promise.reject(new Error('404')) })
    await tasks.drain()
    expect(known.told).toEqual(['new failed', 'ice/servers-unavailable'])
    expect(unknown.told).toEqual(['new failed', 'ice/servers-unavailable'])
  })

  it('fails when the very first description cannot be read', async () => {
    const tasks = new FakeTasks()
    const b = linkEnd({ tasks, polite: true })
    b.receive({ epoch: 0, n: 1, description: { type: 'offer', sdp: 'nonsense' }, tracks: {} })
    await tasks.drain()
    expect(b.told).toContain('peer/invalid-description')
    expect(b.link.state).toBe('failed')
  })

  it('counts a description that cannot be read once it is established, and goes on', async () => {
    const { a, b, carry } = pair()
    a.link.publish(local('first'))
    await carry()
    const last = b.fakes[0]
    b.receive({ epoch: 0, n: 1 })
    expect(b.link.counters.duplicates).toBe(1)
    const n = a.next()
    b.receive({ epoch: 0, n, description: { type: 'offer', sdp: 'nonsense' }, tracks: {} })
    await carry()
    expect(b.link.counters.invalidMessages).toBe(1)
    expect([b.link.state, last?.signalingState]).toEqual(['connected', 'stable'])
    expect([...b.link.remoteTracks.keys()]).toEqual(['first'])
  })

  it('fails when neither signaling nor the channel takes a message, for nothing after it would be heard', async () => {
    const { a, b, carry } = pair()
    await carry()
    a.fakes[0]?.channels[0]?.close()
    a.refusal.error = new RtcError('signaling/too-large', 'too large')
    a.link.publish(new LocalTrack({ id: 'one', name: 'one', kind: 'video', source: 'camera', group: 'main' }))
    await a.tasks.drain()
    expect([a.link.state, a.told.at(-1), b.link.state]).toEqual(['failed', 'signaling/too-large', 'interrupted'])
  })

  it.each(['signaling/too-large', 'usage/closed'] as const)('goes on over the channel where signaling says %s', async (code) => {
    const { a, b, carry } = pair()
    await carry()
    a.refusal.error = b.refusal.error = new RtcError(code, 'no')
    a.link.publish(local('voice'))
    b.link.publish(local('answer'))
    await carry()
    expect([[...b.link.remoteTracks.keys()], [...a.link.remoteTracks.keys()]]).toEqual([['voice'], ['answer']])
    a.link.close()
    await carry()
    expect(b.told.at(-1)).toBe('left')
  })

  it('tells many changes of mute at once as the one that they come to', async () => {
    const { a, b, carry } = pair()
    const track = new LocalTrack({ id: 'one', name: 'one', kind: 'video', source: 'camera', group: 'main', track: new FakeTrack('video').track })
    a.link.publish(track)
    await carry()
    for (let n = 0; n < 600; n++) {
      void track.mute()
      void track.unmute()
    }
    void track.mute()
    await Promise.resolve()
    expect(a.sent.length).toBeLessThan(3)
    await carry()
    expect([...b.link.remoteTracks.values()].map(({ muted }) => muted)).toEqual([true])
  })

  it('is interrupted when the channel closes without a good-bye, and not when it closed by itself', async () => {
    const { a, b, carry } = pair()
    await carry()
    a.fakes[0]?.channels[0]?.dispatchEvent(new Event('close'))
    expect(a.told.at(-1)).toBe('connected interrupted')
    b.link.close()
    b.fakes[0]?.channels[0]?.dispatchEvent(new Event('close'))
    expect(b.told.filter((line) => /left|interrupted/.test(line))).toEqual([])
  })

  it('counts control messages that it does not understand', async () => {
    const { a, b, carry } = pair()
    await carry()
    const n = a.next()
    for (const [index, control] of [{ kind: 'dance' }, { kind: 'muted', id: 7, muted: true }, { kind: 'muted', id: 'nobody', muted: true }].entries())
      b.receive({ epoch: 0, n: n + index, control })
    await carry()
    // The last one is well-formed: it may speak of a track in an offer that was ignored.
    expect(b.link.counters.invalidMessages).toBe(2)
  })

  it('takes from a description too whether a track is muted', async () => {
    const { a, b, carry } = pair()
    a.link.publish(local('voice'))
    await carry()
    const seen = b.link.remoteTracks.get('voice')
    const sdp = a.fakes[0]?.localDescription?.sdp
    const info = { id: 'voice', name: 'voice', kind: 'audio', source: 'microphone', group: 'main', muted: true }
    b.receive({ epoch: 0, n: a.next(), description: { type: 'offer', sdp }, tracks: { 0: info } })
    await carry()
    expect([b.link.remoteTracks.get('voice'), seen?.muted]).toEqual([seen, true])
    expect(b.told.at(-1)).toBe('trackMuted voice')
  })

  it('leaves out a track whose kind is not that of its section, and one without a section', async () => {
    const { a, b, carry } = pair()
    a.link.publish(local('real'))
    await carry()
    const n = a.next()
    const sdp = a.fakes[0]?.localDescription?.sdp
    const claim = { id: 'false', name: '', kind: 'video', source: 'camera', group: 'main', muted: false }
    b.receive({ epoch: 0, n, description: { type: 'offer', sdp }, tracks: { 0: claim, 99: { ...claim, id: 'nowhere' } } })
    await carry()
    expect([...b.link.remoteTracks.keys()]).toEqual([])
  })

  it('ends what it showed when it is closed, and lets go of local tracks', async () => {
    const { a, b, carry } = pair()
    const track = local('shown')
    a.link.publish(track)
    await carry()
    b.link.close()
    b.link.close()
    expect(b.told.slice(-2)).toEqual(['trackRemoved shown', 'connected closed'])
    a.link.close()
    a.link.publish(local('late'))
    await track.mute()
    await track.unpublish()
    expect(a.sent).toEqual([])
  })

  it('closes before its servers are known without making a connection', async () => {
    const tasks = new FakeTasks()
    const a = linkEnd({ tasks, polite: false })
    a.link.close()
    await tasks.drain()
    expect([a.fakes, a.sent, a.told]).toEqual([[], [], ['new closed']])
  })
})
