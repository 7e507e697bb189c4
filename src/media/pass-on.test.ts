import { expect, it, vi } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { note } from './facts'
import { LocalTrack } from './local-track'
import { passOn } from './pass-on'
import { RemoteTrack } from './remote-track'

/** A received track, whose copies the test can look at. */
class Received extends FakeTrack {
  readonly copies: FakeTrack[] = []

  clone(): MediaStreamTrack {
    const copy = new FakeTrack('video')
    this.copies.push(copy)
    return copy.track
  }
}

const passedOn = () => {
  const media = new Received('video')
  const info = { id: 'far', name: 'rear', kind: 'video', source: 'camera', group: 'main', muted: false } as const
  const remote = new RemoteTrack(info, media.track, async () => undefined)
  const told: string[] = []
  const local = passOn(
    remote,
    (track) => new LocalTrack({ id: 'id', name: 'rear', kind: 'video', source: 'camera', group: 'g', track, stop: true }),
    note,
  )
  for (const event of ['muted', 'unmuted', 'unpublished'] as const) local.on(event, () => told.push(event))
  return { media, remote, local, told }
}

it('sends a copy, and leaves the received track alone', async () => {
  const { media, local } = passedOn()
  expect(local.sending).toBe(media.copies[0])
  await local.mute({ release: true })
  expect([media.copies[0]?.readyState, media.readyState]).toEqual(['ended', 'live'])
  await local.unmute()
  expect(local.sending).toBe(media.copies[1])
  await local.unpublish()
  expect([media.copies[1]?.readyState, media.readyState]).toEqual(['ended', 'live'])
})

it('rests while the other side is muted, and stays muted where we muted it', async () => {
  const { remote, local, told } = passedOn()
  remote.setMuted(true)
  expect([local.muted, local.sending]).toEqual([true, null])
  remote.setMuted(false)
  expect(local.muted).toBe(false)
  await local.mute()
  remote.setMuted(true)
  remote.setMuted(false)
  expect([local.muted, told]).toEqual([true, ['muted', 'unmuted', 'muted']])
})

it('follows the received track to another connection, and ends with it', async () => {
  const { media, remote, local, told } = passedOn()
  const rebuilt = new Received('video')
  remote.setMedia(rebuilt.track)
  expect([local.sending, local.id]).toEqual([rebuilt.copies[0], 'id'])
  await Promise.resolve()
  await Promise.resolve()
  expect(media.copies[0]?.readyState).toBe('ended')
  remote.end()
  expect([told, rebuilt.copies[0]?.readyState]).toEqual([['unpublished'], 'ended'])
})

it('does not follow any more once it is unpublished', async () => {
  const { remote, local } = passedOn()
  await local.unpublish()
  const late = new Received('video')
  remote.setMedia(late.track)
  remote.setMuted(true)
  expect(late.copies).toEqual([])
})

it('tells of a processor that fails over another connection, like any track', async () => {
  const { remote, local } = passedOn()
  const codes: string[] = []
  local.on('processFailed', ({ error }) => codes.push(error.code))
  let works = true
  await local.process((track) => (works ? track : Promise.reject(new Error('no model'))))
  works = false
  remote.setMedia(new Received('video').track)
  await vi.waitFor(() => expect([codes, local.muted]).toEqual([['media/process-failed'], true]))
})
