import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Outbox, placeOf } from './numbers'

const limits = { frameBytes: 100, heldFrames: 3, heldBytes: 150 }
const numberOf = (frame: string): unknown => (JSON.parse(frame) as { n: unknown }).n

describe('Outbox', () => {
  it('numbers from 1 and holds until acknowledged', () => {
    const outbox = new Outbox()
    outbox.push({ type: 'a' })
    outbox.push({ type: 'b' })
    expect(outbox.frames.map(numberOf)).toEqual([1, 2])
    expect(outbox.ack(1)).toBe(true)
    expect(outbox.frames.map(numberOf)).toEqual([2])
  })

  it('refuses what it cannot hold and does not waste a number on it', () => {
    const outbox = new Outbox(limits)
    for (const type of ['a', 'b', 'c']) outbox.push({ type })
    expect(outbox.push({ type: 'd' })).toEqual({ refused: 'signaling/outbox-full' })
    outbox.ack(3)
    expect(outbox.push({ type: 'd' })).toEqual({ frame: '{"type":"d","n":4}' })
  })

  it('counts bytes of UTF-8, not characters', () => {
    const outbox = new Outbox(limits)
    // 40 characters, 120 bytes.
    expect(outbox.push({ type: 'つ'.repeat(40) })).toEqual({ refused: 'signaling/too-large' })
    expect(outbox.push({ type: 'つ'.repeat(20) })).toHaveProperty('frame')
    expect(outbox.push({ type: 'つ'.repeat(20) })).toEqual({ refused: 'signaling/outbox-full' })
  })

  it('knows which acknowledgements cannot be', () => {
    const outbox = new Outbox()
    outbox.push({})
    outbox.push({})
    expect(outbox.ack(3)).toBe(false)
    expect(outbox.ack(2)).toBe(true)
    expect(outbox.ack(1)).toBe(false)
    expect(outbox.ack(2)).toBe(true)
  })

  it('holds exactly what was pushed and not acknowledged, within its limits', () => {
    const step = fc.oneof(fc.record({ push: fc.string({ maxLength: 30 }) }), fc.record({ ack: fc.nat(20) }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const outbox = new Outbox(limits)
        let held: number[] = []
        let last = 0
        for (const one of steps) {
          if ('push' in one) {
            if ('frame' in outbox.push({ text: one.push })) held.push(++last)
          } else if (outbox.ack(one.ack)) held = held.filter((n) => n > one.ack)
          expect(outbox.frames.map(numberOf)).toEqual(held)
          expect(outbox.size).toBeLessThanOrEqual(limits.heldFrames)
          expect(Buffer.byteLength(outbox.frames.join(''))).toBeLessThanOrEqual(limits.heldBytes)
        }
      }),
    )
  })
})

describe('placeOf', () => {
  it('tells the next number, repetitions and gaps', () => {
    expect([0, 1, 2, 3, 4, 5].map((n) => placeOf(n, 2))).toEqual(['seen', 'seen', 'seen', 'new', 'gap', 'gap'])
  })
})
