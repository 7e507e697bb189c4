import { server } from 'vitest/browser'
import { afterEach, describe, expect, it } from 'vitest'
import { captureOf } from '../../src/media/capture'
import { devices } from '../../src/media/devices'

// Headless Firefox has no screen to share.
const isChromium = server.browser === 'chromium'
const open: MediaStreamTrack[] = []
const keep = (...tracks: MediaStreamTrack[]): void => void open.push(...tracks)
afterEach(() => open.splice(0).forEach((track) => track.stop()))

describe('devices in a real browser', () => {
  it('takes a camera in the size that was asked for and knows what it is', async () => {
    const camera = await devices.camera({ width: 320, height: 240 })
    keep(camera)
    expect(camera).toBeInstanceOf(MediaStreamTrack)
    expect(camera.readyState).toBe('live')
    expect(camera.getSettings()).toMatchObject({ width: 320, height: 240 })
    expect(captureOf(camera)).toMatchObject({ source: 'camera', group: 'main' })
  })

  it('takes a microphone without the cleaning that was declined', async () => {
    const microphone = await devices.microphone({ echoCancellation: false, noiseSuppression: false })
    keep(microphone)
    expect(microphone.getSettings()).toMatchObject({ echoCancellation: false, noiseSuppression: false })
    expect(captureOf(microphone)).toMatchObject({ source: 'microphone' })
  })

  it('lists a camera and a microphone by name once they were allowed, the default of each marked', async () => {
    keep(await devices.camera(), await devices.microphone())
    for (const kind of ['camera', 'microphone'] as const) {
      const listed = await devices.list(kind)
      expect(listed.length).toBeGreaterThan(0)
      for (const device of listed) {
        expect(device).toMatchObject({ kind })
        expect(device.id).not.toBe('')
        expect(device.label).not.toBe('')
      }
      expect(listed.filter(({ isDefault }) => isDefault)).toHaveLength(1)
    }
  })

  it('takes every listed camera by its id, all at the same time', async () => {
    keep(await devices.camera())
    const listed = await devices.list('camera')
    const cameras = await Promise.all(listed.map(({ id }) => devices.camera({ deviceId: id })))
    keep(...cameras)
    expect(cameras.map((camera) => camera.getSettings().deviceId)).toEqual(listed.map(({ id }) => id))
    expect(cameras.map(({ readyState }) => readyState)).toEqual(listed.map(() => 'live'))
  })

  it('says that a chosen camera is gone', async () => {
    keep(await devices.camera())
    await expect(devices.camera({ deviceId: 'unplugged' })).rejects.toMatchObject({
      code: 'media/not-found',
      message: 'No camera: the chosen one is gone.',
    })
  })

  it('names the demand that no camera meets', async () => {
    await expect(devices.camera({ width: { min: 50_000 } })).rejects.toMatchObject({
      code: 'media/overconstrained',
      message: 'No camera: its width cannot be met.',
    })
  })

  it('takes the same camera again after its light was turned off', async () => {
    const camera = await devices.camera({ width: 320, height: 240 })
    const { deviceId } = camera.getSettings()
    camera.stop()
    const again = await captureOf(camera)?.recapture?.()
    if (!again) throw new Error('a camera can be taken again')
    keep(again)
    expect(again.readyState).toBe('live')
    expect(again.getSettings()).toMatchObject({ deviceId, width: 320, height: 240 })
    expect(captureOf(again)).toMatchObject({ source: 'camera' })
  })

  it('leaves nothing running when nobody waits any more', async () => {
    const abort = new AbortController()
    const captured = devices.camera({ signal: abort.signal })
    abort.abort(new Error('changed my mind'))
    await expect(captured).rejects.toThrow('changed my mind')
  })

  it('knows the permission in words', async () => {
    keep(await devices.microphone())
    // Firefox answers `prompt` even while it captures, unless the person has ticked "remember".
    expect(await devices.permission('microphone')).toBe(isChromium ? 'granted' : 'prompt')
  })

  it('shares a screen with its sound, or says why it cannot', async () => {
    if (!isChromium) {
      await expect(devices.screen({ audio: true })).rejects.toMatchObject({ code: 'media/not-found' })
      return
    }
    const screen = await devices.screen({ audio: true })
    keep(screen.video)
    expect(screen.video.getSettings().displaySurface).toBe('monitor')
    expect(screen.video.contentHint).toBe('detail')
    expect(captureOf(screen.video)).toEqual({ source: 'screen', group: 'screen' })
    if (!screen.audio) throw new Error('the fake screen has sound')
    expect(screen.audio.getSettings()).toMatchObject({ echoCancellation: false, noiseSuppression: false })
    expect(captureOf(screen.audio)).toEqual({ source: 'screen-audio', group: 'screen' })
    screen.stop()
    expect([screen.video.readyState, screen.audio.readyState]).toEqual(['ended', 'ended'])
  })
})
