import { expect, it } from 'vitest'
import { Client } from './client'
import type { ClientOptions } from './options'

it.each([
  ['nothing', undefined],
  ['no signaling', {}],
  ['a transport that was not called', { signaling: () => undefined }],
  ['what is no transport', { signaling: { name: 'x' } }],
])('a client refuses %s at once', (_what, options) => {
  expect(() => new Client(options as unknown as ClientOptions)).toThrow(expect.objectContaining({ code: 'usage/invalid-argument' }))
})
