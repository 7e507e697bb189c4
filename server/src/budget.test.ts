import { expect, it } from 'vitest'
import { Budget } from './budget'

it('a budget gives a burst, then refills with time, never beyond the burst', () => {
  let now = 0
  const budget = new Budget(10, 3, () => now)
  const taken = (): number => {
    let count = 0
    while (budget.take()) count++
    return count
  }
  expect(taken()).toBe(3)
  now += 99
  expect(taken()).toBe(0)
  now += 1
  expect(taken()).toBe(1)
  now += 250
  expect(taken()).toBe(2)
  now += 60_000
  expect(taken()).toBe(3)
})
