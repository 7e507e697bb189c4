import { expect, it, vi } from 'vitest'
import { RUNTIME } from './runtime'

it('makes ids of 26 URL-safe characters, each of 32 kinds, and none twice', () => {
  const ids = Array.from({ length: 1_000 }, () => RUNTIME.randomId())
  for (const id of ids) expect(id).toMatch(/^[0-9a-v]{26}$/)
  expect(new Set(ids).size).toBe(1_000)
  expect(new Set(ids.join('')).size).toBe(32)
})

it('waits for as long as a timer can where it is to wait longer, and does not run the task at once', () => {
  const timeout = vi.spyOn(globalThis, 'setTimeout')
  for (const delayMs of [2 ** 31, 2 ** 40, Infinity]) RUNTIME.after(delayMs, () => undefined)()
  expect(timeout.mock.calls.map(([, delayMs]) => delayMs)).toEqual([2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1])
  timeout.mockRestore()
})
