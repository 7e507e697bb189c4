import { devices, RtcError } from 'tsunagu'
import { afterEach, expect, it, vi } from 'vitest'
import { missingFor } from './missing'

afterEach(() => vi.restoreAllMocks())

const refused = new RtcError('media/permission-denied', 'No camera and microphone: access was refused.')

it.each([
  ['denied', 'granted', 'camera'],
  ['denied', 'prompt', 'camera'],
  ['prompt', 'granted', 'camera'],
  ['granted', 'denied', 'microphone'],
  ['prompt', 'denied', 'microphone'],
  ['granted', 'prompt', 'microphone'],
  ['denied', 'denied', 'camera and microphone'],
  ['prompt', 'prompt', 'camera and microphone'],
  ['unknown', 'unknown', 'camera and microphone'],
  ['granted', 'granted', 'camera and microphone'],
] as const)('takes a refusal with camera %s and microphone %s for one of the %s', async (camera, microphone, missing) => {
  vi.spyOn(devices, 'permission').mockImplementation(async (kind) => (kind === 'camera' ? camera : microphone))
  expect(await missingFor(refused, 'video')).toBe(missing)
})

it.each([
  [['microphone'], 'camera'],
  [['camera'], 'microphone'],
  [[], 'camera and microphone'],
] as const)('where there is only %j, misses the %s', async (kinds, missing) => {
  vi.spyOn(devices, 'list').mockResolvedValue([...kinds].map((kind) => ({ kind, id: 'one', label: '', groupId: '', isDefault: true })))
  expect(await missingFor(new RtcError('media/not-found', 'No camera and microphone: there is none.'), 'video')).toBe(missing)
})

it('suspects the camera of being in use: microphones can be shared', async () => {
  expect(await missingFor(new RtcError('media/in-use', 'No camera and microphone.'), 'video')).toBe('camera')
})

it('misses the microphone alone where no camera was asked for', async () => {
  expect(await missingFor(refused, 'voice')).toBe('microphone')
})
