import { RtcError } from 'tsunagu/hub'
import { describe, expect, it, vi } from 'vitest'
import { serve } from './testing/serve'
import { Wire } from './testing/wire'

const MEDIA = { audio: true, video: false }
const TOKENS: Readonly<Record<string, string>> = { 'token-of-aki': 'aki', 'token-of-bob': 'bob', 'token-of-eve': 'eve' }
const authenticate = async (token: string | undefined) => {
  const id = TOKENS[token ?? '']
  if (id === undefined) throw new Error(`no such token: ${String(token)}`)
  return { id, name: id.toUpperCase(), grants: [id === 'eve' ? 'none' : 'call'] }
}
const hello = (token?: string) => ({ type: 'hello', v: 1, instance: 'tab', token })

describe('a guest', () => {
  it('is who the token says', async () => {
    const { server } = await serve()
    const wire = await Wire.join(server.url, 'Bob')
    expect(wire.welcome).toMatchObject({ self: { id: 'Bob', name: 'Bob' } })
    expect(server.people()).toEqual([{ id: 'Bob', name: 'Bob', status: 'online' }])
    expect(server.stats()).toMatchObject({ links: 1, sessions: 1, users: 1 })
  })

  it('gets a name where it has none', async () => {
    const { server } = await serve()
    const { welcome } = await Wire.join(server.url)
    expect(welcome).toMatchObject({ self: { id: expect.stringMatching(/^guest-/) as string } })
  })

  it('is refused a name that could be taken for something else', async () => {
    const { server, audited } = await serve()
    const wire = await Wire.open(server.url)
    wire.send(hello('<b>bob</b>'))
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/unauthorized', retry: 'never' })
    expect(audited).toMatchObject([{ action: 'authenticate', allowed: false, reason: 'signaling/unauthorized' }])
  })
})

describe('authenticate', () => {
  it('says who somebody is, to the others as well', async () => {
    const { server } = await serve({ authenticate })
    const aki = await Wire.join(server.url, 'token-of-aki')
    const bob = await Wire.join(server.url, 'token-of-bob')
    expect(aki.welcome).toMatchObject({ self: { id: 'aki', name: 'AKI' } })
    aki.say({ type: 'invite', call: 'call-1', to: 'bob', media: MEDIA })
    expect(await bob.next('invited')).toMatchObject({ from: { id: 'aki', name: 'AKI' }, media: MEDIA })
  })

  it('refuses by throwing: a frame with a code, an audit entry, and no trace of the token', async () => {
    const { server, audited, lines } = await serve({ authenticate })
    const wire = await Wire.open(server.url)
    wire.send(hello('stolen-token'))
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/unauthorized', retry: 'never' })
    expect((await wire.closed).code).toBe(1008)
    expect(audited).toEqual([
      {
        at: expect.any(String) as string,
        action: 'authenticate',
        allowed: false,
        reason: 'authenticate threw',
        remote: '127.0.0.1',
      },
    ])
    expect(server.counters.unauthorized).toBe(1)
    expect(JSON.stringify([lines, audited])).not.toContain('stolen-token')
    expect(server.people()).toEqual([])
  })

  it('is logged with what it threw, so that an operator finds the fault, but never with the token', async () => {
    const token = 'eyJhbGciOiJub25lIn0.payload-of-eve.signature'
    const { server, audited, lines } = await serve({
      authenticate: () => {
        const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
        throw new TypeError(`fetch failed for "${token}", or its start "${token.slice(0, 10)}"...`, { cause })
      },
    })
    const wire = await Wire.open(server.url)
    wire.send(hello(token))
    await wire.next('refused')
    expect(lines).toContainEqual({
      level: 'warn',
      message: '`authenticate` failed.',
      error: 'TypeError',
      code: 'ECONNREFUSED',
      reason: 'fetch failed for "[token]", or its start "[token]"...',
    })
    expect(lines.filter(({ message }) => message.includes('authenticate'))).toHaveLength(1)
    await fetch(new URL('/ice', server.url), { headers: { authorization: `Bearer ${token}` } })
    expect(lines.filter(({ code }) => code === 'ECONNREFUSED')).toHaveLength(2)
    expect(audited).toMatchObject([{ reason: 'authenticate threw' }, { reason: 'authenticate threw' }])
    expect(JSON.stringify([lines, audited])).not.toContain('eyJhbGciOi')
  })

  it.each([undefined, null, {}, { id: '' }, { id: 7 }, { id: '*' }])('that gives %j lets nobody in, and the log says whose fault that is', async (given) => {
    const { server, audited, lines } = await serve({ authenticate: (() => given) as unknown as () => { id: string } })
    const wire = await Wire.open(server.url)
    wire.send(hello('token-of-aki'))
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/unauthorized', retry: 'never' })
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([{ message: expect.stringContaining('gave no identity') as string }])
    expect(audited).toMatchObject([{ action: 'authenticate', allowed: false, reason: 'authenticate gave no id' }])
    expect(server.counters.unauthorized).toBe(1)
    expect((await fetch(new URL('/ice', server.url))).status).toBe(401)
    expect(lines.at(-1)).toMatchObject({ level: 'warn', reason: 'It gave no identity, which is { id }.' })
  })

  it('can ask to come again', async () => {
    const { server } = await serve({
      authenticate: () => {
        throw new RtcError('signaling/unreachable', 'The user database does not answer.')
      },
    })
    const wire = await Wire.open(server.url)
    wire.send(hello('token-of-aki'))
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes' })
  })
})

describe('authorize', () => {
  const authorize = vi.fn(async (from: { grants?: readonly string[] }) => from.grants?.includes('call') === true)

  it('that denies a call ends it with call/forbidden, never lets it ring, and stands in the audit log', async () => {
    const { server, audited, lines } = await serve({ authenticate, authorize })
    const eve = await Wire.join(server.url, 'token-of-eve')
    const bob = await Wire.join(server.url, 'token-of-bob')
    const aki = await Wire.join(server.url, 'token-of-aki')
    eve.say({ type: 'invite', call: 'call-of-eve', to: 'bob', media: MEDIA })
    expect(await eve.next('ended')).toMatchObject({ call: 'call-of-eve', code: 'call/forbidden', by: 'system' })
    // What comes after on the same link shows that nothing came before.
    aki.say({ type: 'invite', call: 'call-of-aki', to: 'bob', media: MEDIA })
    await bob.next('invited', { call: 'call-of-aki' })
    expect(bob.frames.filter(({ type }) => type === 'invited')).toEqual([])
    const entry = { action: 'call', from: 'eve', to: 'bob', allowed: false, reason: 'authorize said no' }
    expect(audited).toContainEqual({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string, ...entry })
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', channel: 'audit', ...entry }))
    expect(audited).toContainEqual(expect.objectContaining({ action: 'call', from: 'aki', to: 'bob', allowed: true }))
    expect(server.counters.forbidden).toBe(1)
  })

  it('covers messages and watching too', async () => {
    const { server, audited } = await serve({ authenticate, authorize })
    const eve = await Wire.join(server.url, 'token-of-eve')
    await Wire.join(server.url, 'token-of-bob')
    eve.say({ type: 'message', id: 1, to: 'bob', data: 'psst' })
    expect(await eve.next('result', { id: 1 })).toMatchObject({ code: 'signaling/forbidden' })
    eve.say({ type: 'watch', id: 2, ids: ['*'] })
    expect(await eve.next('result', { id: 2 })).toMatchObject({ code: 'signaling/forbidden' })
    expect(audited.map(({ action, to, allowed }) => [action, to, allowed])).toEqual([
      ['message', 'bob', false],
      ['watch', '*', false],
    ])
  })

  it('allows nothing while its audit hook throws, or it does itself, and the server goes on', async () => {
    const { server, lines } = await serve({
      authenticate,
      authorize: () => {
        throw new Error('rules unavailable')
      },
      audit: () => {
        throw new Error('disk full')
      },
    })
    const aki = await Wire.join(server.url, 'token-of-aki')
    aki.say({ type: 'invite', call: 'call-1', to: 'bob', media: MEDIA })
    expect(await aki.next('ended')).toMatchObject({ code: 'call/forbidden' })
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'the audit hook threw', reason: 'disk full' }))
  })
})

describe('resolve', () => {
  it('says whom an address means', async () => {
    const { server } = await serve({
      authenticate,
      resolve: async (address, from) => (address === 'boss@example.com' && from.id === 'aki' ? ['bob'] : []),
    })
    const aki = await Wire.join(server.url, 'token-of-aki')
    const bob = await Wire.join(server.url, 'token-of-bob')
    aki.say({ type: 'invite', call: 'call-1', to: 'boss@example.com', media: MEDIA })
    await bob.next('invited', { call: 'call-1' })
    aki.say({ type: 'invite', call: 'call-2', to: 'bob', media: MEDIA })
    expect(await aki.next('ended')).toMatchObject({ call: 'call-2', code: 'call/unreachable' })
  })
})

describe('a rule that throws', () => {
  it('is logged by name and code; what it says, which may quote people, from level debug', async () => {
    const broken = () => {
      throw Object.assign(new TypeError('no row for bob@example.com'), { code: 'ENOROW' })
    }
    for (const [hook, options] of [['`authorize`', { authorize: broken }], ['`resolve`', { resolve: broken }]] as const) {
      const { server, lines } = await serve(options)
      const aki = await Wire.join(server.url, 'aki')
      aki.say({ type: 'message', id: 1, to: 'bob', data: 1 })
      await aki.next('result', { id: 1 })
      const told = lines.filter(({ message }) => message === `${hook} failed.`)
      expect(told).toMatchObject([
        { level: 'error', error: 'TypeError', code: 'ENOROW' },
        { level: 'debug', reason: 'no row for bob@example.com' },
      ])
      expect(JSON.stringify(lines.filter(({ level }) => level !== 'debug'))).not.toContain('no row')
    }
  })
})

describe('limits', () => {
  it('of sessions per user refuse one more with a code', async () => {
    const { server } = await serve({ limits: { sessionsPerUser: 2 } })
    const first = await Wire.join(server.url, 'aki')
    await Wire.join(server.url, 'aki')
    const third = await Wire.open(server.url)
    third.send(hello('aki'))
    expect(await third.next('refused')).toMatchObject({ code: 'signaling/limit-exceeded', retry: 'yes' })
    first.send({ type: 'bye' })
    await first.closed
    expect((await Wire.join(server.url, 'aki')).welcome.type).toBe('welcome')
  })

  it('of the rate refuse what is too much with a code, and a bystander feels nothing', async () => {
    const { server } = await serve({ limits: { framesPerSecond: 1, framesBurst: 5 } })
    const aki = await Wire.join(server.url, 'aki')
    const bob = await Wire.join(server.url, 'bob')
    for (let id = 1; id <= 6; id++) aki.say({ type: 'message', id, to: 'bob', data: id })
    expect(await aki.next('result', { id: 6 })).toMatchObject({ code: 'signaling/rate-limited' })
    expect((await bob.next('message', { data: 5 })).from).toEqual({ id: 'aki', name: 'aki' })
    bob.say({ type: 'message', id: 1, to: 'aki', data: 'fine here' })
    expect(await bob.next('result', { id: 1 })).not.toHaveProperty('code')
    expect(server.counters.rateLimited).toBe(1)
  })

  it('of silence close a link that says no hello', async () => {
    const { server } = await serve({ helloMs: 20 })
    const wire = await Wire.open(server.url)
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/timeout' })
    await wire.closed
  })
})
