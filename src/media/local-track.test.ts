import { describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { note, type TrackSource } from './facts'
import { LocalTrack, type Outlet } from './local-track'

/** An outlet that writes down what is sent, in order. */
const outletOf = (track: LocalTrack) => {
  const sent: (MediaStreamTrack | null | 'removed')[] = []
  const outlet: Outlet = {
    update: async () => void sent.push(track.sending),
    remove: async () => void sent.push('removed'),
  }
  track.addOutlet(outlet)
  return sent
}

const publish = (given?: FakeTrack, source: TrackSource = 'camera') => {
  const track = new LocalTrack({ id: 'id', name: 'name', kind: 'video', source, group: 'main', ...(given && { track: given.track }) })
  const told: string[] = []
  for (const event of ['muted', 'unmuted', 'ended', 'unpublished'] as const) track.on(event, () => told.push(event))
  return { track, told, sent: outletOf(track) }
}

/** A camera that can be captured again, whenever the test says that the person has agreed. */
const camera = () => {
  const answers: ((result: FakeTrack | Error) => void)[] = []
  const made: FakeTrack[] = []
  const make = (): FakeTrack => {
    const track = new FakeTrack('video')
    made.push(track)
    note(track.track, {
      source: 'camera',
      group: 'main',
      recapture: () =>
        new Promise((resolve, reject) =>
          answers.push((result) => (result instanceof Error ? reject(result) : resolve(result.track))),
        ),
    })
    return track
  }
  return { make, made, answers }
}

const tick = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

describe('LocalTrack', () => {
  it('is muted from the moment it is asked to be', () => {
    const { track, told, sent } = publish(new FakeTrack('video'))
    void track.mute()
    expect(track.muted).toBe(true)
    expect(sent).toEqual([null])
    expect(told).toEqual(['muted'])
  })

  it('keeps the device while it is muted, and sends it again', async () => {
    const media = new FakeTrack('video')
    const { track, told, sent } = publish(media)
    await track.mute()
    expect([media.readyState, track.mediaStreamTrack]).toEqual(['live', media])
    await track.unmute()
    expect(sent).toEqual([null, media])
    expect(told).toEqual(['muted', 'unmuted'])
  })

  it('says each change once, however often it is asked for', async () => {
    const { track, told } = publish(new FakeTrack('video'))
    await Promise.all([track.mute(), track.mute(), track.unmute(), track.unmute()])
    expect(told).toEqual(['muted', 'unmuted'])
  })

  it('is muted until there is media', async () => {
    const { track, told, sent } = publish()
    expect([track.muted, track.sending, track.mediaStreamTrack]).toEqual([true, null, undefined])
    await track.unmute()
    const media = new FakeTrack('video')
    await track.replace(media.track)
    expect(track.muted).toBe(false)
    expect(sent.at(-1)).toBe(media)
    expect(told).toEqual(['unmuted'])
  })

  it('stays muted when media comes that was not asked to be sent', async () => {
    const { track, told } = publish()
    await track.mute()
    await track.replace(new FakeTrack('video').track)
    expect([track.muted, track.sending]).toEqual([true, null])
    expect(told).toEqual([])
  })

  it('turns the light off at once when it is to release the device, and takes it again to unmute', async () => {
    const { make, answers } = camera()
    const first = make()
    const { track, told, sent } = publish(first)
    void track.mute({ release: true })
    expect([first.readyState, track.mediaStreamTrack]).toEqual(['ended', undefined])
    const unmuted = track.unmute()
    await tick()
    expect(track.muted).toBe(true)
    const second = make()
    answers[0]?.(second)
    await unmuted
    expect([track.muted, track.mediaStreamTrack]).toEqual([false, second])
    expect(sent.at(-1)).toBe(second)
    expect(told).toEqual(['muted', 'unmuted'])
  })

  it('releases a device again that comes when it is no longer wanted', async () => {
    const { make, answers } = camera()
    const { track } = publish(make())
    await track.mute({ release: true })
    const unmuted = track.unmute()
    await tick()
    void track.mute({ release: true })
    const late = make()
    answers[0]?.(late)
    await unmuted
    expect([late.readyState, track.muted, track.mediaStreamTrack]).toEqual(['ended', true, undefined])
  })

  it('asks once when it is told to unmute twice', async () => {
    const { make, answers } = camera()
    const { track } = publish(make())
    await track.mute({ release: true })
    const both = [track.unmute(), track.unmute()]
    await tick()
    answers[0]?.(make())
    await Promise.all(both)
    expect(answers).toHaveLength(1)
  })

  it('rejects with what the capture failed of, stays muted, and can try again', async () => {
    const { make, answers } = camera()
    const { track } = publish(make())
    await track.mute({ release: true })
    const failed = track.unmute()
    await tick()
    answers[0]?.(new Error('in use'))
    await expect(failed).rejects.toThrow('in use')
    expect(track.muted).toBe(true)
    const again = track.unmute()
    await tick()
    answers[1]?.(make())
    await again
    expect(track.muted).toBe(false)
  })

  it('cannot take a device again that the app captured by itself', async () => {
    const media = new FakeTrack('video')
    const { track } = publish(media)
    await track.mute({ release: true })
    expect(media.readyState).toBe('ended')
    await expect(track.unmute()).rejects.toMatchObject({ code: 'media/not-recapturable' })
    await track.replace(new FakeTrack('video').track)
    expect(track.muted).toBe(false)
  })

  it('prefers media that was given to media that it had asked for', async () => {
    const { make, answers } = camera()
    const { track } = publish(make())
    await track.mute({ release: true })
    const unmuted = track.unmute()
    await tick()
    const given = new FakeTrack('video')
    await track.replace(given.track)
    const late = make()
    answers[0]?.(late)
    await unmuted
    expect([track.mediaStreamTrack, late.readyState]).toEqual([given, 'ended'])
  })

  it('is muted when the device is unplugged, and can be given another', async () => {
    const media = new FakeTrack('video')
    const { track, told } = publish(media)
    media.end()
    expect([track.muted, track.mediaStreamTrack]).toEqual([true, undefined])
    await track.replace(new FakeTrack('video').track)
    expect(told).toEqual(['muted', 'ended', 'unmuted'])
  })

  it.each(['screen', 'screen-audio'] as const)('takes a %s away that was stopped in the browser', async (source) => {
    const media = new FakeTrack('video')
    const { told, sent } = publish(media, source)
    media.end()
    await tick()
    expect(told).toEqual(['muted', 'ended', 'unpublished'])
    expect(sent.at(-1)).toBe('removed')
  })

  it('does not listen to media that it no longer sends', async () => {
    const [first, second] = [new FakeTrack('video'), new FakeTrack('video')]
    const { track, told } = publish(first)
    await track.replace(second.track)
    first.end()
    expect([track.muted, told]).toEqual([false, []])
  })

  it('stops what it captured itself, and leaves the app what is the app\'s', async () => {
    const { make, answers } = camera()
    const given = make()
    const { track } = publish(given)
    await track.mute({ release: true })
    const unmuted = track.unmute()
    await tick()
    const own = make()
    answers[0]?.(own)
    await unmuted
    const app = new FakeTrack('video')
    await track.replace(app.track)
    expect(own.readyState).toBe('ended')
    await track.unpublish()
    expect(app.readyState).toBe('live')
  })

  it('adopts media that was captured for it, and stops it with itself', async () => {
    const { track } = publish()
    const media = new FakeTrack('video')
    await track.adopt(media.track, true)
    expect(track.muted).toBe(false)
    track.close()
    expect(media.readyState).toBe('ended')
    const late = new FakeTrack('video')
    await track.adopt(late.track, true)
    expect(late.readyState).toBe('ended')
  })

  it('turns off a camera that was released before the person had agreed to it, and can take it again', async () => {
    const { make, answers } = camera()
    const { track } = publish()
    await track.mute({ release: true })
    const media = make()
    await track.adopt(media.track, true)
    expect([media.readyState, track.muted, track.mediaStreamTrack]).toEqual(['ended', true, undefined])
    const unmuted = track.unmute()
    await tick()
    answers[0]?.(make())
    await unmuted
    expect(track.muted).toBe(false)
  })

  it('refuses what it cannot send', async () => {
    const { track } = publish(new FakeTrack('video'))
    const ended = new FakeTrack('video')
    ended.stop()
    await expect(track.replace(ended.track)).rejects.toMatchObject({ code: 'media/ended' })
    await expect(track.replace(new FakeTrack('audio').track)).rejects.toMatchObject({ code: 'usage/invalid-argument' })
    await track.unpublish()
    await expect(track.replace(new FakeTrack('video').track)).rejects.toMatchObject({ code: 'usage/closed' })
    await expect(track.unmute()).rejects.toMatchObject({ code: 'usage/closed' })
    await track.unpublish()
    expect(() => new LocalTrack({ id: 'id', name: 'x'.repeat(257), kind: 'audio', source: 'custom', group: 'g' })).toThrow(
      expect.objectContaining({ code: 'usage/invalid-argument' }),
    )
  })

  it('keeps what the app has put in place while the person was still asked', async () => {
    const { track } = publish()
    const [own, late] = [new FakeTrack('video'), new FakeTrack('video')]
    await track.replace(own.track)
    await track.adopt(late.track, true)
    expect([track.mediaStreamTrack, late.readyState]).toEqual([own.track, 'ended'])
  })

  it('stops what is its own, also when that was put in its own place', async () => {
    const { track } = publish()
    const own = new FakeTrack('video')
    await track.adopt(own.track, true)
    await track.replace(own.track)
    await track.unpublish()
    expect(own.readyState).toBe('ended')
  })

  it('does not wait for a person who never answers once it is unpublished', async () => {
    const given = new FakeTrack('video')
    note(given.track, {
      source: 'camera',
      group: 'main',
      recapture: ({ signal } = {}) => new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    })
    const { track } = publish(given)
    await track.mute({ release: true })
    const unmuted = track.unmute()
    await Promise.resolve()
    await Promise.resolve()
    await track.unpublish()
    await expect(unmuted).rejects.toMatchObject({ code: 'usage/closed' })
  })

  it('takes a device again that the app stopped behind its back', async () => {
    const { make, answers, made } = camera()
    const { track } = publish(make())
    made[0]?.stop()
    await track.mute()
    const unmuted = track.unmute()
    await Promise.resolve()
    await Promise.resolve()
    answers[0]?.(make())
    await unmuted
    expect(track.mediaStreamTrack).toBe(made[1]?.track)
  })
})
