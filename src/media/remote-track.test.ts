import { describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { RemoteTrack } from './remote-track'

const seen = () => {
  const media = new FakeTrack('audio').track
  const track = new RemoteTrack({ id: 'id', name: 'Aki', kind: 'audio', source: 'microphone', group: 'main', muted: false }, media)
  const told: string[] = []
  for (const event of ['muted', 'unmuted', 'mediaStreamTrackChanged', 'ended'] as const) track.on(event, () => told.push(event))
  return { track, media, told }
}

describe('RemoteTrack', () => {
  it('tells each change of muted once, when it is true already', () => {
    const { track, told } = seen()
    track.on('muted', () => told.push(String(track.muted)))
    expect([track.setMuted(true), track.setMuted(true), track.setMuted(false)]).toEqual([true, false, true])
    expect(told).toEqual(['muted', 'true', 'unmuted'])
  })

  it('tells of other media under the same id', () => {
    const { track, media, told } = seen()
    track.setMedia(media)
    const other = new FakeTrack('audio').track
    track.setMedia(other)
    expect([track.mediaStreamTrack, told]).toEqual([other, ['mediaStreamTrackChanged']])
  })

  it('ends once and says nothing afterwards', () => {
    const { track, told } = seen()
    track.end()
    track.end()
    track.setMuted(true)
    expect([told, track.muted]).toEqual([['ended'], false])
  })
})
