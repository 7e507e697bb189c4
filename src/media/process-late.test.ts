import { expect, it, vi } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { LocalTrack } from './local-track'

// As where the network is away, or a new release took the file away.
vi.mock('./made', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

it('sends nothing where what runs processors cannot be loaded', async () => {
  const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
  const init = { id: 'id', name: 'name', kind: 'video', source: 'camera', group: 'main', track: new FakeTrack('video').track, logger } as const
  const local = new LocalTrack(init)
  await expect(local.process((track) => track)).rejects.toMatchObject({ code: 'media/process-failed' })
  expect([local.muted, local.sending]).toEqual([true, null])
  await local.process(null)
  expect(local.muted).toBe(false)
})
