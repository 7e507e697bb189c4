import { expect, it } from 'vitest'
import { deferred } from '../base/wait'
import { FakeMediaDevices, FakeTrack } from '../testing/fake-media'
import { capture } from './capture'
import { LocalTrack } from './local-track'

const LOGGER = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const tick = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A published microphone that was really asked for. */
const microphone = async (media = new FakeTrack('audio', 'desk')) => {
  const devices = new FakeMediaDevices()
  const runtime = { mediaDevices: () => devices.devices, allows: () => true }
  const captured = capture({ audio: { noiseSuppression: true } }, runtime)
  await tick()
  devices.questions[0]?.allow(media)
  const { audio } = await captured
  const local = new LocalTrack({
    id: 'id', name: 'name', kind: 'audio', source: 'microphone', group: 'main', track: audio, stop: true, logger: LOGGER,
  })
  return { local, media, questions: devices.questions }
}

const NO_NOISE = { noiseSuppression: { exact: false } }

it('changes a device as it runs, and forgets nothing that was asked before', async () => {
  const { local, media, questions } = await microphone()
  await local.configure({ noiseSuppression: false })
  await local.configure({ echoCancellation: false })
  expect(media.constraints).toEqual({ ...NO_NOISE, echoCancellation: { exact: false } })
  expect([questions.length, local.mediaStreamTrack]).toEqual([1, media])
})

it('captures a device again that does not change as it runs, and closes the capture before', async () => {
  const media = new FakeTrack('audio', 'desk')
  media.refuses = ['noiseSuppression']
  const { local, questions } = await microphone(media)
  const configured = local.configure({ noiseSuppression: false })
  await tick()
  expect(questions[1]?.constraints).toEqual({ audio: { deviceId: 'desk', ...NO_NOISE } })
  expect(media.readyState).toBe('live')
  const fresh = new FakeTrack('audio', 'desk')
  questions[1]?.allow(fresh)
  await configured
  expect([local.mediaStreamTrack, local.settings.deviceId, media.readyState]).toEqual([fresh, 'desk', 'ended'])
})

it('captures with what was asked since, after a release too', async () => {
  const { local, questions } = await microphone()
  await local.configure({ noiseSuppression: false })
  await local.mute({ release: true })
  expect(local.settings).toEqual({})
  await local.configure({ autoGainControl: false })
  const unmuted = local.unmute()
  await tick()
  expect(questions[1]?.constraints).toEqual({ audio: { deviceId: 'desk', ...NO_NOISE, autoGainControl: { exact: false } } })
  questions[1]?.allow(new FakeTrack('audio', 'desk'))
  await unmuted
})

it('asks nothing of other media that came meanwhile', async () => {
  const { local, media, questions } = await microphone()
  const applied = deferred<void>()
  media.applyConstraints = () => applied.promise
  const configured = local.configure({ noiseSuppression: false })
  await tick()
  const devices = new FakeMediaDevices()
  const capturing = capture({ audio: true }, { mediaDevices: () => devices.devices, allows: () => true })
  await tick()
  devices.questions[0]?.allow(new FakeTrack('audio', 'headset'))
  const { audio } = await capturing
  await local.replace(audio ?? media.track, { stop: true })
  applied.resolve()
  await configured
  await local.mute({ release: true })
  void local.unmute()
  await tick()
  expect([questions.length, devices.questions[1]?.constraints]).toEqual([1, { audio: { deviceId: 'headset' } }])
})

it('leaves everything as it was where the device cannot do it', async () => {
  const media = new FakeTrack('audio', 'desk')
  media.refuses = ['deviceId']
  const { local, questions } = await microphone(media)
  const configured = local.configure({ deviceId: 'gone' })
  await tick()
  questions[1]?.refuse('OverconstrainedError', '', 'deviceId')
  await expect(configured).rejects.toMatchObject({ code: 'media/not-found' })
  expect([local.mediaStreamTrack, local.muted, media.readyState]).toEqual([media, false, 'live'])
  await local.mute({ release: true })
  void local.unmute()
  await tick()
  expect(questions[2]?.constraints).toEqual({ audio: { deviceId: 'desk', noiseSuppression: true } })
})

it('says what it cannot do at all', async () => {
  const made = new FakeTrack('audio')
  made.refuses = ['echoCancellation']
  const init = { id: 'id', name: 'name', kind: 'audio', source: 'custom', group: 'g', logger: LOGGER } as const
  const local = new LocalTrack({ ...init, track: made.track })
  await expect(local.configure({ echoCancellation: false })).rejects.toMatchObject({
    code: 'media/not-recapturable',
    cause: { name: 'OverconstrainedError' },
  })
  await expect(new LocalTrack(init).configure({})).rejects.toMatchObject({ code: 'usage/invalid-state' })
  await local.unpublish()
  await expect(local.configure({})).rejects.toMatchObject({ code: 'usage/closed' })
})

it.each([['audio', { width: 640 }], ['audio', undefined], ['video', { noiseSuppression: false }]] as const)('refuses for %s what it is not: %o', async (kind, options) => {
  const local = new LocalTrack({ id: 'id', name: 'name', kind, source: 'custom', group: 'g', track: new FakeTrack(kind).track, logger: LOGGER })
  await expect(local.configure(options as object)).rejects.toMatchObject({ code: 'usage/invalid-argument' })
})
