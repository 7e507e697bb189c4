import { describe, expect, it } from 'vitest'
import { guestIdentity } from './guests'

const context = { instance: 'tab-1' }

describe('a guest', () => {
  it.each(['bob', 'Aki', '名前', 'Ana María', 'aki@example.com', 'नमस्ते', 'a'.repeat(64)])('is %s who says so', (name) => {
    expect(guestIdentity(name, context)).toEqual({ id: name, name })
  })

  it.each(['*', '<b>', ' bob', 'bob ', '../x', 'a\nb', 'a'.repeat(65), '{"id":"bob"}', '-bob', 'a\u202eb'])('cannot be %j', (name) => {
    expect(() => guestIdentity(name, context)).toThrow(expect.objectContaining({ code: 'signaling/unauthorized' }))
  })

  it.each([
    ['Mari\u0301a', 'Mar\u00eda'],
    ['\uff42\uff4f\uff42', 'bob'],
    ['bob\u00a0a', 'bob a'],
    ['bob  a', 'bob a'],
    ['\ufb01n', 'fin'],
  ])('has one id however its name was typed: %j is %s', (typed, name) => {
    expect(guestIdentity(typed, context)).toEqual({ id: name, name })
  })

  it.each([
    ['a Hangul filler', 'bob\u3164'],
    ['a half-width Hangul filler', 'bob\uffa0'],
    ['a Hangul choseong filler alone', '\u115f'],
    ['a grapheme joiner', 'bo\u034fb'],
    ['a variation selector', 'bob\ufe0f'],
    ['a zero-width space', 'bo\u200bb'],
    ['a soft hyphen', 'bo\u00adb'],
    ['a private character', 'bob\ue000'],
    ['an unassigned character', 'bob\u0378'],
    ['half a surrogate pair', 'bob\ud800'],
    ['more than 64 characters once they are written out', '\ufdfa'.repeat(5)],
  ])('cannot hide %s in the name', (_, name) => {
    expect(() => guestIdentity(name, context)).toThrow(expect.objectContaining({ code: 'signaling/unauthorized' }))
  })

  it('without a name gets one that another client does not get and that it keeps over its links', () => {
    const { id, name } = guestIdentity(undefined, context)
    expect(id).toMatch(/^guest-[0-9a-f]{12}$/)
    expect(name).toBe(id)
    expect(guestIdentity('', context).id).toBe(id)
    expect(guestIdentity(undefined, { instance: 'tab-2' }).id).not.toBe(id)
  })
})
