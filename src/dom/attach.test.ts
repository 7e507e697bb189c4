import { describe, expect, it } from 'vitest'
import { attach } from './attach'

const element = { setAttribute: () => undefined }
const track = { kind: 'video', readyState: 'live' }

describe('attach', () => {
  it.each([
    ['an element that is not there', track, null],
    ['the name of an element', track, 'video'],
    ['no element at all', track, undefined],
    ['no track', undefined, element],
    ['null for a track', null, element],
    ['a stream', { id: 'stream', getTracks: () => [] }, element],
  ])('refuses %s by a code, and says what it needs', (_what, wrongTrack, wrongElement) => {
    expect(() => attach(wrongTrack as never, wrongElement as never)).toThrow(
      expect.objectContaining({ code: 'usage/invalid-argument', message: 'attach needs a track of a call and an element that exists.' }),
    )
  })
})
