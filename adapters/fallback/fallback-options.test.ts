import { expect, it } from 'vitest'
import type { SignalingTransport } from '../../src/signaling/transport'
import { fallback } from './fallback'

it.each([
  ['nothing', undefined],
  ['no transports', []],
  ['what is no transport', [{}]],
  ['one that was not called', [() => undefined]],
])('a fallback refuses %s at once', (_what, transports) => {
  expect(() => fallback(transports as unknown as readonly SignalingTransport[])).toThrow(expect.objectContaining({ code: 'usage/invalid-argument' }))
})
