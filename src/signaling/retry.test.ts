import { describe, expect, it } from 'vitest'
import { delayFor, RECONNECT_DEFAULTS } from './retry'

const delays = (random: number) =>
  [0, 1, 2, 3, 10, 100].map((attempt) => delayFor(attempt, RECONNECT_DEFAULTS, { random: () => random }))

describe('delayFor', () => {
  it('is quick after a stable link, then doubles, and never passes the cap', () => {
    expect(delays(1)).toEqual([25, 500, 1_000, 2_000, 15_000, 15_000])
  })

  it('spreads over the whole range', () => {
    expect(delays(0)).toEqual([0, 0, 0, 0, 0, 0])
    expect(delays(0.5)).toEqual([12.5, 250, 500, 1_000, 7_500, 7_500])
  })
})
