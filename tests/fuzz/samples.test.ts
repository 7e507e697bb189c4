import { expect, it } from 'vitest'
import { CLIENT_FRAMES } from '../../src/protocol/client-frames'
import { decode } from '../../src/protocol/decode'
import { SERVER_FRAMES } from '../../src/protocol/server-frames'
import { Chance } from './chance'
import { Mutator } from './mutator'
import { CLIENT_SAMPLES, type Sample, type Scene, SERVER_SAMPLES } from './samples'

const scene: Scene = { calls: ['c1'], users: ['aki'], sessions: ['s'], keys: ['k'], ids: [1] }
const sides: readonly (readonly [string, object, Readonly<Record<string, Sample>>])[] = [
  ['a client', CLIENT_FRAMES, CLIENT_SAMPLES],
  ['a server', SERVER_FRAMES, SERVER_SAMPLES],
]

it.each(sides)('everything that %s says has a sample that passes, with every field that there is', (_side, shapes, samples) => {
  for (const [type, fields] of Object.entries(shapes)) {
    const sample = samples[type]
    if (!sample) throw new Error(`Nothing makes frames of type "${type}": add it to tests/fuzz/samples.ts.`)
    const chance = new Chance(7)
    const seen = new Set<string>()
    for (let n = 1; n <= 300; n++) {
      const text = JSON.stringify({ type, ...('n' in fields && { n }), ...sample(chance, scene) })
      const read = decode(shapes as Parameters<typeof decode>[0], text)
      expect(read, `${type}: ${text}`).toHaveProperty('frame')
      if ('frame' in read) for (const field of Object.keys(read.frame)) seen.add(field)
    }
    expect([...seen].sort(), type).toEqual(['type', ...Object.keys(fields)].sort())
  }
})

it.each(sides)('what is made of the frames of %s passes the schema often enough, and fails it often enough', (_side, shapes, samples) => {
  for (const type of Object.keys(shapes)) {
    const mutator = new Mutator(type, { seed: 1, samples, shapes, scene })
    for (let n = 1; n <= 1_000; n++) mutator.next(n)
    expect(mutator.counts.valid, type).toBeGreaterThan(200)
    expect(mutator.counts.valid, type).toBeLessThan(950)
  }
})

it('a seed makes the same frames again', () => {
  const made = (seed: number): string[] => {
    const mutator = new Mutator('message', { seed, samples: CLIENT_SAMPLES, shapes: CLIENT_FRAMES, scene })
    return Array.from({ length: 100 }, (_, n) => mutator.next(n + 1).text)
  }
  expect(made(5)).toEqual(made(5))
  expect(made(5)).not.toEqual(made(6))
})
