import { describe, expect, it } from 'vitest'
import { volume } from './volume'

describe('a volume', () => {
  it.each([NaN, -1, Infinity, 'x' as unknown as number])('of %s is refused, and the one before stays', (gain) => {
    const refused = expect.objectContaining({ code: 'usage/invalid-argument' })
    expect(() => volume(gain)).toThrow(refused)
    const loud = volume(2)
    expect(() => (loud.value = gain)).toThrow(refused)
    expect(loud.value).toBe(2)
  })
})
