import { describe, expect, it } from 'vitest'
import { Outbox } from './outbox'

const filled = (count: number): Outbox => {
  const outbox = new Outbox()
  for (let n = 1; n <= count; n++) outbox.add((number) => ({ n: number }))
  return outbox
}

const numbers = (outbox: Outbox): unknown => outbox.again()?.map(({ n }) => n)

describe('Outbox', () => {
  it('numbers from 1 and keeps what is not confirmed', () => {
    const outbox = filled(4)
    expect(numbers(outbox)).toEqual([1, 2, 3, 4])
    outbox.confirm(3)
    expect(numbers(outbox)).toEqual([4])
    outbox.confirm(4)
    expect(outbox.add((n) => ({ n }))).toEqual({ n: 5 })
    expect(numbers(outbox)).toEqual([5])
  })

  it('believes no confirmation of less than before, nor of more than there is', () => {
    const outbox = filled(4)
    outbox.confirm(2)
    outbox.confirm(1)
    outbox.confirm(5)
    expect(numbers(outbox)).toEqual([3, 4])
  })

  it('says where it does not have everything any more, until the rest is confirmed', () => {
    const outbox = filled(129)
    expect(outbox.again()).toBeUndefined()
    outbox.confirm(1)
    expect(outbox.again()).toHaveLength(128)
  })

  it('repeats at most 1,024', () => {
    const outbox = filled(100)
    const repeated = Array.from({ length: 30 }, () => outbox.again()?.length ?? 0)
    expect(repeated.reduce((sum, count) => sum + count)).toBe(1_000)
  })
})
