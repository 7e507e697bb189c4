import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { FakeRuntime } from '../testing/fake-runtime'
import { Connection } from './connection'
import type { SessionState } from './port'
import { RECONNECT_DEFAULTS } from './retry'
import type { FrameSink, LinkClosed, SignalingTransport } from './transport'

type Frame = Readonly<Record<string, unknown>>

const WELCOME = {
  type: 'welcome', session: 's', key: 'k', epoch: 1, graceMs: 60_000, self: { id: 'alice', name: 'Alice' },
  limits: { frameBytes: 262_144, heldFrames: 1_000, heldBytes: 1_048_576, pingMs: 20_000 },
}
const RESUMED = { type: 'resumed', received: 0, epoch: 2 }

/** A server that says what the test says, over links that the test loses. */
class ScriptedServer implements SignalingTransport {
  readonly name = 'scripted'
  readonly links: { readonly sink: FrameSink; readonly heard: Frame[]; open: boolean }[] = []
  /** What `open` fails with, as long as it is set. */
  failure: unknown
  /** Never answers `open`. */
  hangs = false
  opens = 0

  open: SignalingTransport['open'] = async (sink, { signal }) => {
    this.opens++
    if (this.failure) throw this.failure
    if (this.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const link = { sink, heard: [] as Frame[], open: true }
    this.links.push(link)
    return {
      send: async (text) => {
        if (!link.open) throw new RtcError('signaling/closed', 'The link is closed.')
        link.heard.push(JSON.parse(text) as Frame)
      },
      close: async () => {
        link.open = false
      },
    }
  }

  get #last() {
    const link = this.links.at(-1)
    if (!link) throw new Error('no link')
    return link
  }

  get heard(): readonly Frame[] {
    return this.#last.heard
  }

  say(frame: object | string): void {
    this.#last.sink.frame(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  lose(why: LinkClosed = { clean: false, retry: 'yes' }): void {
    this.#last.open = false
    this.#last.sink.closed(why)
  }
}

const start = (options: { readonly seed?: number; readonly token?: () => Promise<string | undefined> } = {}) => {
  const runtime = new FakeRuntime(options)
  const server = new ScriptedServer()
  const states: (SessionState | string)[] = []
  const received: object[] = []
  const restarted: (readonly unknown[])[] = []
  const abort = new AbortController()
  const connection = new Connection(
    {
      transport: server,
      token: options.token ?? (async () => 'token'),
      runtime,
      logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      reconnect: RECONNECT_DEFAULTS,
    },
    {
      stateChanged: (state, error) => states.push(error ? `${state} ${error.code}` : state),
      received: (message) => received.push(message),
      restarted: (lost) => restarted.push(lost),
    },
  )
  const opening = connection.open(abort.signal)
  const online = async () => {
    await runtime.settle()
    server.say(WELCOME)
    await opening
  }
  return { runtime, server, states, received, restarted, abort, connection, opening, online }
}

const message = (id: number) => ({ type: 'message', id, to: 'bob', data: null }) as const

describe('opening a session', () => {
  it('says hello with the token, and knows who it is once welcome', async () => {
    const { connection, server, states, online } = start()
    await online()
    expect(server.heard).toEqual([{ type: 'hello', v: 1, token: 'token', instance: 'id-1' }])
    expect(connection.self).toEqual({ id: 'alice', name: 'Alice' })
    expect(states).toEqual(['connecting', 'online'])
  })

  it('keeps trying while the server cannot be reached', async () => {
    const { runtime, server, opening, states } = start()
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
    const { runtime, server, opening, states } = start()
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
      const { server, opening } = start()
      server.failure = new RtcError(code, 'no')
      await expect(opening).rejects.toMatchObject({ code })
    },
  )

  it('comes back after a refusal for now, within the time it was told', async () => {
    const { runtime, server, states } = start()
    await runtime.settle()
    server.say({ type: 'refused', code: 'signaling/server-full', retry: 'yes', retryWithinMs: 100 })
    expect(states).toEqual(['connecting', 'waiting signaling/server-full'])
    await runtime.elapse(100)
    expect(server.opens).toBe(2)
  })

  it('gives up a server that does not welcome it within 10 s', async () => {
    const { runtime, server, states } = start()
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
      const { runtime, server, opening, states, abort } = start()
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
    const { abort, connection, online } = start()
    await online()
    abort.abort()
    expect(connection.state).toBe('online')
  })

  it('rejects where the first token cannot be had, with the cause', async () => {
    const cause = new Error('no session cookie')
    const { opening } = start({ token: async () => Promise.reject(cause) })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/unauthorized', cause })
  })

  it('waits and tries again where a later token cannot be had', async () => {
    let failing = false
    const { runtime, server, states, online } = start({
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

describe('a lost link', () => {
  it('is opened again within 25 ms where it had lived 10 s, and the session resumed', async () => {
    const { runtime, server, states, online, connection } = start()
    await online()
    await runtime.elapse(10_000, 1_000)
    server.say({ type: 'ringing', n: 1, call: 'c' })
    connection.send(message(1))
    server.lose()
    expect(states.at(-1)).toBe('waiting signaling/unreachable')
    await runtime.elapse(25, 1)
    expect(server.heard).toEqual([{ type: 'resume', v: 1, token: 'token', session: 's', key: 'k', received: 1 }])
    server.say(RESUMED)
    expect(states.at(-1)).toBe('online')
    expect(server.heard.slice(1)).toEqual([{ ...message(1), n: 1 }])
  })

  it('is opened again after a random part of 500 ms where it had not lived so long', async () => {
    const waits = new Set<number>()
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { runtime, server, online } = start({ seed })
      await online()
      server.lose()
      const lostAt = runtime.now()
      while (server.opens < 2) await runtime.elapse(1, 1)
      waits.add(runtime.now() - lostAt)
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(501)
    expect(Math.max(...waits)).toBeGreaterThan(25)
    expect(waits.size).toBeGreaterThan(5)
  })

  it.each(['online', 'pageshow', 'visibilitychange'] as const)('is opened at once on the page event %s', async (name) => {
    const { runtime, server, online } = start()
    await online()
    server.failure = new RtcError('signaling/unreachable', 'down')
    server.lose()
    await runtime.elapse(30_000, 100)
    server.failure = undefined
    const { opens } = server
    runtime.firePage(name)
    await runtime.settle()
    expect(server.opens).toBe(opens + 1)
    expect(server.heard[0]).toMatchObject({ type: 'resume' })
  })

  it('ends the session where the transport says that another link cannot help', async () => {
    const { server, states, online } = start()
    await online()
    server.lose({ clean: true, retry: 'never', code: 'signaling/too-large' })
    expect(states.at(-1)).toBe('closed signaling/too-large')
  })

  it('replays nothing that was committed, and hears nothing of the old link', async () => {
    const { runtime, server, received, online, connection } = start()
    await online()
    for (const id of [1, 2, 3]) connection.send(message(id))
    server.say({ type: 'ack', received: 1 })
    server.lose()
    server.links[0]?.sink.frame('{"type":"ringing","n":1,"call":"late"}')
    await runtime.elapse(500)
    server.say({ ...RESUMED, received: 2 })
    expect(server.heard.slice(1)).toEqual([{ ...message(3), n: 3 }])
    expect(received).toEqual([])
  })

  it('begins anew where the server has less than it acknowledged', async () => {
    const { runtime, server, restarted, online, connection } = start()
    await online()
    connection.send(message(1))
    connection.send(message(2))
    server.say({ type: 'ack', received: 2 })
    server.lose()
    await runtime.elapse(500)
    server.say({ ...RESUMED, received: 1 })
    expect(server.heard.at(-1)).toMatchObject({ type: 'hello' })
    expect(restarted).toEqual([[]])
  })
})

describe('numbers of the server', () => {
  it('are acknowledged after the dispatch, several at once', async () => {
    const { runtime, server, received, online } = start()
    await online()
    for (const n of [1, 2, 3]) server.say({ type: 'ringing', n, call: 'c' })
    expect(received).toHaveLength(3)
    await runtime.settle()
    expect(server.heard.slice(1)).toEqual([{ type: 'ack', received: 3 }])
  })

  it('are dropped when seen before, and acknowledged again', async () => {
    const { runtime, server, received, online } = start()
    await online()
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    expect(received).toHaveLength(1)
    expect(server.heard.filter(({ type }) => type === 'ack')).toEqual([{ type: 'ack', received: 1 }, { type: 'ack', received: 1 }])
  })

  it('close the link when one is missing', async () => {
    const { server, states, received, online } = start()
    await online()
    server.say({ type: 'ringing', n: 2, call: 'c' })
    expect(states.at(-1)).toMatch(/^waiting/)
    expect(server.links[0]?.open).toBe(false)
    expect(received).toEqual([])
  })

  it('count also on frames that are not understood', async () => {
    const { runtime, server, connection, received, online } = start()
    await online()
    server.say({ type: 'of the future', n: 1 })
    server.say({ type: 'ended', n: 2, call: 7 })
    server.say('{')
    server.say({ type: 'ringing', n: 3, call: 'c' })
    await runtime.settle()
    expect(received).toHaveLength(1)
    expect(connection.counters).toEqual({ malformed: 2, unknown: 1 })
    expect(server.heard.at(-1)).toEqual({ type: 'ack', received: 3 })
  })
})

describe('what is sent', () => {
  it('is refused once 1,000 frames wait, and the session goes on', async () => {
    const { server, connection, online } = start()
    await online()
    for (let id = 0; id < 1_000; id++) connection.send(message(id))
    expect(() => connection.send(message(1_000))).toThrow(expect.objectContaining({ code: 'signaling/outbox-full' }))
    server.say({ type: 'ack', received: 1 })
    connection.send(message(1_001))
    expect(server.heard.at(-1)).toEqual({ ...message(1_001), n: 1_001 })
  })

  it('is refused once 1 MiB waits', async () => {
    const { connection, online } = start()
    await online()
    const chunk = { type: 'message', id: 1, to: 'bob', data: 'x'.repeat(250_000) } as const
    for (let n = 0; n < 4; n++) connection.send(chunk)
    expect(() => connection.send(chunk)).toThrow(expect.objectContaining({ code: 'signaling/outbox-full' }))
  })

  it('is refused where one frame is over 256 KiB', async () => {
    const { connection, online } = start()
    await online()
    const huge = { type: 'message', id: 1, to: 'bob', data: 'つ'.repeat(90_000) } as const
    expect(() => connection.send(huge)).toThrow(expect.objectContaining({ code: 'signaling/too-large' }))
  })

  it('does not change with an object that its owner changes later', async () => {
    const { runtime, server, connection, online } = start()
    await online()
    const data = { text: 'before' }
    connection.send({ type: 'message', id: 1, to: 'bob', data })
    data.text = 'after'
    server.lose()
    await runtime.elapse(500)
    server.say(RESUMED)
    expect(server.heard.at(-1)).toMatchObject({ data: { text: 'before' } })
  })
})

describe('a heartbeat', () => {
  it('is answered from the event of the ping', async () => {
    const { server, online } = start()
    await online()
    server.say({ type: 'ping', id: 4 })
    expect(server.heard.at(-1)).toEqual({ type: 'pong', id: 4 })
  })

  it('of our own resolves with the answer', async () => {
    const { server, connection, runtime, online } = start()
    await online()
    const probe = connection.probe(1_000)
    expect(server.heard.at(-1)).toEqual({ type: 'ping', id: 1 })
    server.say({ type: 'pong', id: 1 })
    await probe
    await runtime.elapse(2_000, 100)
    expect(connection.state).toBe('online')
  })

  it('without an answer rejects, gives the link up and opens another at once', async () => {
    const { server, connection, runtime, states, online } = start()
    await online()
    const probe = connection.probe(1_000)
    await runtime.elapse(1_000)
    await expect(probe).rejects.toMatchObject({ code: 'signaling/timeout' })
    expect(server.links[0]?.open).toBe(false)
    expect(states.slice(2)).toEqual(['waiting signaling/timeout', 'connecting'])
    expect(server.heard[0]).toMatchObject({ type: 'resume' })
  })

  it('asks by itself when the pings of the server stay away', async () => {
    const { server, runtime, online } = start()
    await online()
    await runtime.elapse(24_000, 1_000)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(0)
    await runtime.elapse(1_000, 1_000)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(1)
    await runtime.elapse(5_000, 1_000)
    expect(server.opens).toBe(2)
  })

  it('is content with a server that pings', async () => {
    const { server, runtime, states, online } = start()
    await online()
    for (let minute = 0; minute < 12; minute++) {
      await runtime.elapse(20_000, 5_000)
      server.say({ type: 'ping' })
    }
    expect(states).toEqual(['connecting', 'online'])
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(0)
  })

  it('of a lost link opens another and resolves once that is online', async () => {
    const { server, connection, runtime, online } = start()
    await online()
    server.lose()
    const probe = connection.probe(5_000)
    await runtime.settle()
    server.say(RESUMED)
    await probe
  })
})

describe('the end of a session', () => {
  it('says good-bye before close returns, and only once', async () => {
    const { server, connection, states, runtime, online } = start()
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
    const { server, connection, runtime, online } = start()
    await online()
    runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: true }))
    expect(connection.state).toBe('online')
    runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: false }))
    expect(server.heard.at(-1)).toEqual({ type: 'bye' })
    expect(connection.state).toBe('closed')
  })

  it('comes with another link that took the session over', async () => {
    const { server, states, runtime, online } = start()
    await online()
    server.say({ type: 'superseded' })
    expect(states.at(-1)).toBe('closed signaling/superseded')
    await runtime.elapse(60_000, 1_000)
    expect(server.opens).toBe(1)
  })

  it('comes with a refusal for good of a resume', async () => {
    const { server, states, runtime, online } = start()
    await online()
    server.lose()
    await runtime.elapse(500)
    server.say({ type: 'refused', code: 'signaling/unauthorized', retry: 'never' })
    expect(states.at(-1)).toBe('closed signaling/unauthorized')
  })

  it('leaves no listener on the page', async () => {
    const { connection, runtime, server, online } = start()
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
    const { runtime, server, restarted, states, online, connection } = start()
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
