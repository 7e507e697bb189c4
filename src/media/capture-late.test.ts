import { expect, it, vi } from 'vitest'
import { capture } from './capture'

// As where the network is away, or a new release took the file away.
vi.mock('./failures', () => {
  throw new TypeError('Failed to fetch dynamically imported module')
})

it('names a failed capture also where what explains it cannot be loaded, and keeps what the browser said', async () => {
  const refused = new DOMException('Permission denied', 'NotAllowedError')
  const mediaDevices = () => ({ getUserMedia: () => Promise.reject(refused) }) as unknown as MediaDevices
  await expect(capture({ audio: true }, { mediaDevices, allows: () => true })).rejects.toMatchObject({
    code: 'media/failed',
    cause: refused,
  })
})
