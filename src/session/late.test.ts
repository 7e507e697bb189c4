import { expect, it } from 'vitest'
import { late } from './late'

it('says what it means that a part of the SDK cannot be loaded, and keeps why', async () => {
  const cause = new TypeError('Failed to fetch dynamically imported module')
  await expect(late(Promise.reject(cause))).rejects.toMatchObject({ code: 'signaling/unreachable', cause })
})
