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

  it('has one id however its name was typed', () => {
    expect(guestIdentity('Mari\u0301a', context).id).toBe(guestIdentity('Mar\u00eda', context).id)
  })

  it('without a name gets one that another client does not get and that it keeps over its links', () => {
    const { id, name } = guestIdentity(undefined, context)
    expect(id).toMatch(/^guest-[0-9a-f]{12}$/)
    expect(name).toBe(id)
    expect(guestIdentity('', context).id).toBe(id)
    expect(guestIdentity(undefined, { instance: 'tab-2' }).id).not.toBe(id)
  })
})
