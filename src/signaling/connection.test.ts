import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { message, RESUMED, type ScriptedServer, startConnection, WELCOME } from '../testing/scripted-server'

describe('going on with a session', () => {
  it('counts its attempts, so that the server can tell one that comes late', async () => {
    const { runtime, server, online } = startConnection()
    await online()
    const attempts: unknown[] = []
    for (let n = 0; n < 3; n++) {
      server.lose()
      await runtime.elapse(5_000)
      attempts.push(server.heard[0]?.attempt)
    }
    expect(attempts).toEqual([1, 2, 3])
  })
})

describe('opening a session', () => {
  it('says hello with the token, and knows who it is once welcome', async () => {
    const { connection, server, states, online } = startConnection()
    await online()
    expect(server.heard).toEqual([{ type: 'hello', v: 1, token: 'token', instance: 'id-1', parts: true }])
    expect(connection.self).toEqual({ id: 'alice', name: 'Alice' })
    expect(states).toEqual(['connecting', 'online'])
  })

  it('keeps trying while the server cannot be reached', async () => {
    const { runtime, server, opening, states } = startConnection()
    server.failure = new RtcError('signaling/unreachable', 'down')
    await runtime.elapse(20_000, 50)
    expect(states.slice(0, 4)).toEqual(['connecting', 'waiting signaling/unreachable', 'connecting', 'waiting signaling/unreachable'])
    expect(server.opens).toBeGreaterThan(3)
    server.failure = undefined
    await runtime.elapse(15_000, 50)
    server.say(WELCOME)
    await opening
  })

  it.each([
    ['a refusal for good', { type: 'refused', code: 'signaling/unauthorized', retry: 'never' }, 'signaling/unauthorized'],
    ['a refusal for good of the future', { type: 'refused', code: 'signaling/new', retry: 'never' }, 'signaling/new'],
  ])('rejects with %s and tries no more', async (_, refusal, code) => {
    const { runtime, server, opening, states } = startConnection()
    await runtime.settle()
    server.say(refusal)
    await expect(opening).rejects.toMatchObject({ code })
    await runtime.elapse(60_000, 1_000)
    expect(server.opens).toBe(1)
    // The error was given to who asked; it is not reported a second time.
    expect(states).toEqual(['connecting', 'closed'])
  })

  it.each(['signaling/protocol-unsupported', 'usage/unsupported-environment', 'usage/invalid-argument'] as const)(
    'rejects where the transport says %s',
    async (code) => {
      const { server, opening } = startConnection()
      server.failure = new RtcError(code, 'no')
      await expect(opening).rejects.toMatchObject({ code })
    },
  )

  it('comes back after a refusal for now, within the time it was told', async () => {
    const { runtime, server, states } = startConnection()
    await runtime.settle()
    server.say({ type: 'refused', code: 'signaling/server-full', retry: 'yes', retryWithinMs: 100 })
    expect(states).toEqual(['connecting', 'waiting signaling/server-full'])
    await runtime.elapse(100)
    expect(server.opens).toBe(2)
  })

  it('gives up a server that does not welcome it within 10 s', async () => {
    const { runtime, server, states } = startConnection()
    await runtime.elapse(10_000, 1_000)
    expect(states).toEqual(['connecting', 'waiting signaling/timeout'])
    expect(server.links[0]?.open).toBe(false)
  })

  it('rejects with the reason of an abort at any moment, and is closed', async () => {
    for (const prepare of [
      () => undefined,
      (server: ScriptedServer) => void (server.hangs = true),
      (server: ScriptedServer) => void (server.failure = new RtcError('signaling/unreachable', 'down')),
    ]) {
      const { runtime, server, opening, states, abort } = startConnection()
      prepare(server)
      await runtime.settle()
      const reason = new Error('changed my mind')
      abort.abort(reason)
      await expect(opening).rejects.toBe(reason)
      expect(states.at(-1)).toBe('closed')
      expect(runtime.timers).toBe(0)
    }
  })

  it('is not touched by an abort once it is open', async () => {
    const { abort, connection, online } = startConnection()
    await online()
    abort.abort()
    expect(connection.state).toBe('online')
  })

  it('rejects where the first token cannot be had, with the cause', async () => {
    const cause = new Error('no session cookie')
    const { opening } = startConnection({ token: async () => Promise.reject(cause) })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/unauthorized', cause })
  })

  it.each([null, 42, {}])('rejects where the token is %j, which is no string', async (token) => {
    const { opening, states, server } = startConnection({ token: async () => token as never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument', message: expect.stringContaining('token') })
    expect([states.at(-1), server.opens]).toEqual(['closed', 0])
  })

  it('passes on what the server says of a refusal, and else the code', async () => {
    for (const [text, message] of [['Your trial is over.', 'Your trial is over.'], [undefined, expect.stringContaining('signaling/forbidden')]]) {
      const { runtime, server, opening } = startConnection()
      await runtime.settle()
      server.say({ type: 'refused', code: 'signaling/forbidden', retry: 'never', text })
      await expect(opening).rejects.toMatchObject({ code: 'signaling/forbidden', message })
    }
  })

  it('warns once of a server out of reach, with where it should be and what to check, and again after it was there', async () => {
    const { runtime, server, warnings, online } = startConnection()
    server.failure = new RtcError('signaling/unreachable', 'No WebSocket: wss://a/signal', { fix: 'Look there.' })
    await runtime.elapse(60_000, 100)
    expect(server.opens).toBeGreaterThan(3)
    const warning = ['No WebSocket: wss://a/signal', { code: 'signaling/unreachable', fix: 'Look there.' }]
    expect(warnings).toEqual([warning])
    server.failure = undefined
    await runtime.elapse(15_000, 100)
    await online()
    server.failure = new RtcError('signaling/unreachable', 'No WebSocket: wss://a/signal', { fix: 'Look there.' })
    server.lose()
    await runtime.elapse(60_000, 100)
    expect(warnings).toEqual([warning, warning])
  })

  it('waits and tries again where a later token cannot be had', async () => {
    let failing = false
    const { runtime, server, states, online } = startConnection({
      token: async () => {
        if (failing) throw new Error('offline')
        return 'fresh'
      },
    })
    await online()
    failing = true
    server.lose()
    await runtime.elapse(600)
    expect(states).toContain('waiting signaling/unauthorized')
    failing = false
    await runtime.elapse(20_000, 100)
    expect(server.heard[0]).toMatchObject({ type: 'resume', token: 'fresh' })
  })
})

describe('the end of a session', () => {
  it('says good-bye before close returns, and only once', async () => {
    const { server, connection, states, runtime, online } = startConnection()
    await online()
    void connection.close()
    expect(server.heard.at(-1)).toEqual({ type: 'bye' })
    expect(states.at(-1)).toBe('closed')
    await connection.close()
    expect(server.heard.filter(({ type }) => type === 'bye')).toHaveLength(1)
    expect(runtime.timers).toBe(0)
    expect(() => connection.send(message(1))).toThrow(expect.objectContaining({ code: 'signaling/closed' }))
    await expect(connection.probe(100)).rejects.toMatchObject({ code: 'signaling/closed' })
  })

  it('comes with a page that is going away, but not with one that may come back', async () => {
    const { server, connection, runtime, online } = startConnection()
    await online()
    runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: true }))
    expect(connection.state).toBe('online')
    runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: false }))
    expect(server.heard.at(-1)).toEqual({ type: 'bye' })
    expect(connection.state).toBe('closed')
  })

  it('comes with another link that took the session over', async () => {
    const { server, states, runtime, online } = startConnection()
    await online()
    server.say({ type: 'superseded' })
    expect(states.at(-1)).toBe('closed signaling/superseded')
    await runtime.elapse(60_000, 1_000)
    expect(server.opens).toBe(1)
  })

  it('comes with a refusal for good of a resume', async () => {
    const { server, states, runtime, online } = startConnection()
    await online()
    server.lose()
    await runtime.elapse(500)
    server.say({ type: 'refused', code: 'signaling/unauthorized', retry: 'never' })
    expect(states.at(-1)).toBe('closed signaling/unauthorized')
  })

  it('says why, also where the server had forgotten the session before it refused', async () => {
    const { server, states, runtime, online } = startConnection()
    await online()
    server.lose()
    await runtime.elapse(500)
    server.say({ type: 'gone', reason: 'unknown' })
    server.say({ type: 'refused', code: 'signaling/unauthorized', retry: 'never' })
    expect(states.at(-1)).toBe('closed signaling/unauthorized')
  })

  it('does not come with a token that fails once, where the server had forgotten the session before', async () => {
    let failing = false
    const { server, states, runtime, online } = startConnection({
      token: async () => (failing ? Promise.reject(new Error('offline')) : 'token'),
    })
    await online()
    server.lose()
    await runtime.elapse(500)
    server.say({ type: 'gone', reason: 'unknown' })
    failing = true
    server.lose()
    await runtime.elapse(2_000)
    expect(states).toContain('waiting signaling/unauthorized')
    expect(states.join()).not.toContain('closed')
  })

  it('leaves no listener on the page', async () => {
    const { connection, runtime, server, online } = startConnection()
    await online()
    await connection.close()
    const { opens } = server
    runtime.firePage('online')
    await runtime.settle()
    expect(server.opens).toBe(opens)
  })
})

describe('a session that is gone', () => {
  it('begins anew on the same link with numbers from 1, after what was under way', async () => {
    const { runtime, server, restarted, states, online, connection } = startConnection()
    await online()
    connection.send(message(1))
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    server.lose()
    await runtime.elapse(500)
    server.say({ type: 'gone', reason: 'unknown' })
    expect(server.heard.at(-1)).toMatchObject({ type: 'hello', instance: 'id-1' })
    expect(restarted).toEqual([[{ ...message(1), n: 1 }]])
    connection.send(message(2))
    server.say({ ...WELCOME, session: 's2' })
    expect(server.heard.at(-1)).toEqual({ ...message(2), n: 1 })
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    expect(server.heard.at(-1)).toEqual({ type: 'ack', received: 1 })
    expect(states.at(-1)).toBe('online')
  })
})

describe('what is sent', () => {
  it('is refused once 1,000 frames wait, and the session goes on', async () => {
    const { server, connection, online } = startConnection()
    await online()
    for (let id = 0; id < 1_000; id++) connection.send(message(id))
    expect(() => connection.send(message(1_000))).toThrow(expect.objectContaining({ code: 'signaling/outbox-full' }))
    server.say({ type: 'ack', received: 1 })
    connection.send(message(1_001))
    expect(server.heard.at(-1)).toEqual({ ...message(1_001), n: 1_001 })
  })

  it('is refused once 1 MiB waits', async () => {
    const { connection, online } = startConnection()
    await online()
    const chunk = { type: 'message', id: 1, to: 'bob', data: 'x'.repeat(250_000) } as const
    for (let n = 0; n < 4; n++) connection.send(chunk)
    expect(() => connection.send(chunk)).toThrow(expect.objectContaining({ code: 'signaling/outbox-full' }))
  })

  it('is refused where one frame is over 256 KiB', async () => {
    const { connection, online } = startConnection()
    await online()
    const huge = { type: 'message', id: 1, to: 'bob', data: 'つ'.repeat(90_000) } as const
    expect(() => connection.send(huge)).toThrow(expect.objectContaining({ code: 'signaling/too-large' }))
  })

  it('does not change with an object that its owner changes later', async () => {
    const { runtime, server, connection, online } = startConnection()
    await online()
    const data = { text: 'before' }
    connection.send({ type: 'message', id: 1, to: 'bob', data })
    data.text = 'after'
    server.lose()
    await runtime.elapse(500)
    server.say(RESUMED)
    expect(server.heard.at(-1)).toMatchObject({ data: { text: 'before' } })
  })

  it.each([['nothing', undefined], ['no text', 7], ['an empty text', ''], ['a text of 257 characters', 'x'.repeat(257)]])(
    'is refused where its address is %s',
    async (_, to) => {
      const { server, connection, online } = startConnection()
      await online()
      const before = server.heard.length
      expect(() => connection.send({ ...message(1), to: to as never })).toThrow(
        expect.objectContaining({ code: 'usage/invalid-argument' }),
      )
      connection.send({ ...message(2), to: 'x'.repeat(256) })
      expect(server.heard.slice(before)).toEqual([expect.objectContaining({ n: 1, id: 2 })])
    },
  )

  it('is refused where it is no JSON, with the cause', async () => {
    const { connection, online } = startConnection()
    await online()
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const data of [1n, circle])
      expect(() => connection.send({ ...message(1), data })).toThrow(
        expect.objectContaining({ code: 'usage/invalid-argument', message: expect.stringContaining('JSON'), cause: expect.any(TypeError) }),
      )
  })
})
