import { expect, it } from 'vitest'
import { RUNTIME } from './runtime'

it('makes ids of 26 URL-safe characters, each of 32 kinds, and none twice', () => {
  const ids = Array.from({ length: 1_000 }, () => RUNTIME.randomId())
  for (const id of ids) expect(id).toMatch(/^[0-9a-v]{26}$/)
  expect(new Set(ids).size).toBe(1_000)
  expect(new Set(ids.join('')).size).toBe(32)
})
