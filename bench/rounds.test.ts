import { describe, expect, it } from 'vitest'
import { figureOf, interleave, metricsOf } from './rounds'

describe('rounds', () => {
  it('give every contender its turn, and each begins with the next', async () => {
    const turns: string[] = []
    const samples = await interleave(['a', 'b', 'c'], { rounds: 3, warmUps: 1 }, async (name) => ({ turn: turns.push(name) }))
    expect(turns.join('')).toBe('abcbcacababc')
    // What warms up does not count.
    expect(samples.get('a')).toEqual([{ turn: 6 }, { turn: 8 }, { turn: 10 }])
  })

  it('are compared pair by pair, not by their medians', () => {
    const samples = new Map([
      ['tsunagu', [{ open: 10 }, { open: 40 }, { open: 30 }]],
      ['raw', [{ open: 20 }, { open: 40 }, { open: 10 }]],
    ])
    const [open] = metricsOf(samples, { open: { unit: 'ms', better: 'lower' } })
    expect(open?.contenders).toEqual({ tsunagu: { median: 30, min: 10, max: 40 }, raw: { median: 20, min: 10, max: 40 } })
    expect(open?.ratios).toEqual({ raw: { median: 1, min: 0.5, max: 3 } })
  })

  it('leave out who has no value, and ratios to nothing', () => {
    const samples = new Map([
      ['tsunagu', [{ back: 10, lost: 0 }, { lost: 0 }]],
      ['plain', [{ lost: 0 }, { lost: 114 }]],
    ])
    const facts = { unit: '', better: 'lower' } as const
    const [back, lost] = metricsOf(samples, { back: facts, lost: { ...facts, leftover: true } })
    expect(back?.contenders).toEqual({ tsunagu: { median: 10, min: 10, max: 10 } })
    expect(lost?.contenders['plain']).toEqual({ median: 57, min: 0, max: 114 })
    expect([back, lost].map((metric) => metric?.ratios)).toEqual([undefined, undefined])
  })
})

it('the middle of an even number of values lies between two', () => {
  expect(figureOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 })
})
