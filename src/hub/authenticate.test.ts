import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import type { LogFields } from '../base/log'
import { hubWorld } from '../testing/hub-world'
import type { HubOptions } from './options'

const quiet = (): void => undefined

/** What the hub says to a client with this token, and what it logs. */
const attempt = async (authenticate: HubOptions['authenticate'], token = 'a-long-secret', more: HubOptions = {}) => {
  const lines: { level: string; message: string; fields: LogFields | undefined }[] = []
  const note = (level: string) => (message: string, fields?: LogFields) => void lines.push({ level, message, fields })
  const logger = { debug: quiet, info: quiet, warn: note('warn'), error: note('error') }
  const { runtime, link, hub } = hubWorld({ logger, ...(authenticate && { authenticate }), ...more })
  const client = link()
  client.hello(token)
  await runtime.settle()
  return { lines, client, hub, runtime }
}

describe('an authenticate that throws', () => {
  it('is logged with the name, the code and the message of its error, and the client learns none of them', async () => {
    const { lines, client } = await attempt(() => {
      throw Object.assign(new TypeError('connect to 10.0.0.7 failed'), { code: 'ECONNREFUSED' })
    })
    const fields = { error: 'TypeError', code: 'ECONNREFUSED', reason: 'connect to 10.0.0.7 failed' }
    expect(lines).toEqual([{ level: 'warn', message: '`authenticate` failed.', fields }])
    expect(client.frames).toEqual([{ type: 'refused', code: 'signaling/unauthorized', retry: 'never' }])
  })

  it.each([
    ['quotes it', 'bad token a-long-secret'],
    ['quotes its beginning', `Unexpected token 'a', "a-long-sec"... is not valid JSON`],
  ])('is logged without the token where the message %s', async (_, message) => {
    const { lines } = await attempt(() => {
      throw new SyntaxError(message)
    })
    expect(String(lines[0]?.fields?.['reason'])).toContain('[token]')
    expect(JSON.stringify(lines)).not.toContain('long')
  })

  it('is logged where it cannot decide, too, and where it throws no error at all', async () => {
    const down = await attempt(() => {
      throw new RtcError('signaling/unreachable', 'The user database is down.')
    })
    const fields = { error: 'RtcError', code: 'signaling/unreachable', reason: 'The user database is down.' }
    expect(down.lines).toMatchObject([{ level: 'warn', fields }])
    const text = await attempt(async () => Promise.reject('no'))
    expect(text.lines).toMatchObject([{ fields: { error: 'string', reason: 'no' } }])
  })
})

describe('an authenticate that gives no identity', () => {
  it.each([
    ['nothing', undefined],
    ['a text', 'alice'],
    ['no id', {}],
    ['an id that is no text', { id: 7 }],
    ['an empty id', { id: '' }],
    ['the id of everybody', { id: '*' }],
    ['an id that no address can name', { id: 'x'.repeat(257) }],
  ])('but %s refuses the client, and an error in the log says what is missing', async (_, identity) => {
    const { lines, client } = await attempt(() => identity as never)
    expect(lines).toEqual([{ level: 'error', message: expect.stringContaining('did you forget to return'), fields: undefined }])
    expect(client.last('refused')).toMatchObject({ code: 'signaling/unauthorized', retry: 'never' })
  })

  it('with a name that is no text counts as one without a name', async () => {
    const { client } = await attempt(() => ({ id: 'alice', name: null as never }))
    expect(client.last('welcome')).toMatchObject({ self: { id: 'alice' } })
    expect(client.last('welcome').self).not.toHaveProperty('name')
  })
})

describe('an authenticate that gives an identity', () => {
  const answer = 'signaling/unauthorized'

  it.each([
    ['an id with control characters', { id: 'a\nb\u0000' }, 'control characters'],
    ['an id with half of a surrogate pair', { id: 'a\ud800' }, 'surrogate'],
    ['a name that is a number', { id: 'alice', name: 42 }, 'name'],
    ['a name of 1 MB', { id: 'alice', name: 'x'.repeat(1_000_000) }, 'name'],
  ])('with %s refuses the client with a text, and an error in the log says what is wrong', async (_, identity, what) => {
    const { lines, client, hub } = await attempt(() => identity as never)
    expect(lines).toEqual([{ level: 'error', message: expect.stringContaining(what), fields: undefined }])
    expect(client.last('refused')).toMatchObject({ code: answer, retry: 'never', text: expect.stringContaining('who') })
    expect(hub.stats().sessions).toBe(0)
  })

  it.each([
    ['no name', { id: 'alice' }, undefined],
    ['a name that is null, as databases give it', { id: 'alice', name: null }, undefined],
    ['signs beyond the first plane', { id: '𠮷野', name: '👩‍🔬' }, '👩‍🔬'],
    ['256 characters', { id: 'i'.repeat(256), name: 'n'.repeat(256) }, 'n'.repeat(256)],
  ])('with %s lets the client in, and hands on the grants', async (_, identity, name) => {
    const grants = ['caller']
    const asked: unknown[] = []
    const { client, runtime } = await attempt(() => ({ ...identity, grants }) as never, 'alice', {
      authorize: (from) => asked.push(from) > 0,
    })
    expect(client.last('welcome').self).toEqual(name === undefined ? { id: identity.id } : { id: identity.id, name })
    client.number({ type: 'message', id: 1, to: 'bob' })
    await runtime.settle()
    expect(asked).toStrictEqual([name === undefined ? { id: identity.id, grants } : { id: identity.id, name, grants }])
  })
})

describe('a page without crypto.subtle', () => {
  const broken = (): string => {
    throw new RtcError('usage/unsupported-environment', 'There is no crypto.subtle.', { fix: 'Use https.' })
  }

  it.each<[string, HubOptions]>([
    ['guests', { authenticate: undefined as never }],
    ['an authenticate of its own', { authenticate: () => ({ id: 'alice' }) }],
  ])('is named in the log and to the client of a hub with %s', async (_, options) => {
    const { lines, client, hub } = await attempt(undefined, 'alice', { hash: broken, ...options })
    const fields = { error: 'RtcError', code: 'usage/unsupported-environment', reason: 'There is no crypto.subtle.', fix: 'Use https.' }
    expect(lines).toEqual([{ level: 'error', message: 'A session could not be opened.', fields }])
    expect(client.last('refused')).toMatchObject({
      code: 'usage/unsupported-environment', retry: 'never', text: 'There is no crypto.subtle.',
    })
    expect(hub.counters.unauthorized).toBe(0)
    expect(hub.stats().sessions).toBe(0)
  })
})
