import { describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { LocalTrack } from './local-track'
import './made'
import type { TrackProcessor } from './processor'

const LOGGER = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const tick = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A published camera. */
const publish = (more: Partial<ConstructorParameters<typeof LocalTrack>[0]> = {}) => {
  const raw = new FakeTrack('video')
  const init = { id: 'id', name: 'name', kind: 'video', source: 'camera', group: 'main', track: raw.track, logger: LOGGER } as const
  return { raw, local: new LocalTrack({ ...init, ...more }) }
}

/** A processor that types would not let pass. */
const giving = (what: unknown): TrackProcessor => () => what as MediaStreamTrack

/** A stream as a library may give it in place of its track. */
const stream = { id: 'stream', active: true, getTracks: () => [] }

describe('a processor that gives no track', () => {
  it.each([5, undefined, null, 'track', stream, new FakeTrack('audio')])('(%o) leaves nothing to be sent', async (what) => {
    const { local, raw } = publish()
    await expect(local.process(giving(what))).rejects.toMatchObject({ code: 'media/process-failed' })
    expect([local.muted, local.sending, local.mediaStreamTrack, raw.readyState]).toEqual([true, null, undefined, 'live'])
  })

  it('does not take the place of one that works either, nor anything down with it', async () => {
    const { local } = publish()
    const result = new FakeTrack('video')
    await local.process(() => result.track)
    await expect(local.process(giving(stream))).rejects.toMatchObject({ code: 'media/process-failed' })
    expect([local.muted, local.mediaStreamTrack, result.readyState]).toEqual([true, undefined, 'ended'])
    await local.process(() => new FakeTrack('video').track)
    expect(local.muted).toBe(false)
    await local.unpublish()
  })

  it('late, when nobody waits for it any more, breaks nothing', async () => {
    const { local } = publish()
    let give = (_: unknown): void => undefined
    void local.process(() => new Promise<MediaStreamTrack>((resolve) => (give = resolve as typeof give)))
    await tick()
    await local.process(null)
    give(stream)
    await tick()
    expect(local.muted).toBe(false)
  })

  it('for it has failed already, stops what it gives all the same', async () => {
    const { local } = publish()
    const late = new FakeTrack('video')
    const processed = local.process((_, { failed }) => {
      failed(new Error('no model'))
      return late.track
    })
    await expect(processed).rejects.toMatchObject({ code: 'media/process-failed' })
    await tick()
    expect(late.readyState).toBe('ended')
  })
})

describe('what is no processor', () => {
  it.each([undefined, {}, 5, 'blur', { readable: new ReadableStream() }])('(%o) is refused, and what processed before goes on', async (what) => {
    const { local } = publish()
    const blurred = new FakeTrack('video')
    await local.process(() => blurred.track)
    await expect(local.process(what as unknown as TrackProcessor)).rejects.toMatchObject({ code: 'usage/invalid-argument' })
    expect([local.sending, local.muted, blurred.readyState]).toEqual([blurred, false, 'live'])
  })
})
