import { describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import { message, RESUMED, startConnection, WELCOME } from '../testing/scripted-server'

describe('a lost link', () => {
  it('is opened again within 25 ms where it had lived 10 s, and the session resumed', async () => {
    const { runtime, server, states, online, connection } = startConnection()
    await online()
    await runtime.elapse(10_000, 1_000)
    server.say({ type: 'ringing', n: 1, call: 'c' })
    connection.send(message(1))
    server.lose()
    expect(states.at(-1)).toBe('waiting signaling/unreachable')
    await runtime.elapse(25, 1)
    expect(server.heard).toEqual([{ type: 'resume', v: 1, token: 'token', session: 's', key: 'k', received: 1, attempt: 1 }])
    server.say(RESUMED)
    expect(states.at(-1)).toBe('online')
    expect(server.heard.slice(1)).toEqual([{ ...message(1), n: 1 }])
  })

  it('is opened again after a random part of 500 ms where it had not lived so long', async () => {
    const waits = new Set<number>()
    for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { runtime, server, online } = startConnection({ seed })
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
    const { runtime, server, online } = startConnection()
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
    const { server, states, online } = startConnection()
    await online()
    server.lose({ clean: true, retry: 'never', code: 'signaling/too-large' })
    expect(states.at(-1)).toBe('closed signaling/too-large')
  })

  it('replays nothing that was committed, and hears nothing of the old link', async () => {
    const { runtime, server, received, online, connection } = startConnection()
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
    const { runtime, server, restarted, online, connection } = startConnection()
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
    const { runtime, server, received, online } = startConnection()
    await online()
    for (const n of [1, 2, 3]) server.say({ type: 'ringing', n, call: 'c' })
    expect(received).toHaveLength(3)
    await runtime.settle()
    expect(server.heard.slice(1)).toEqual([{ type: 'ack', received: 3 }])
  })

  it('are dropped when seen before, and acknowledged again', async () => {
    const { runtime, server, received, online } = startConnection()
    await online()
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    server.say({ type: 'ringing', n: 1, call: 'c' })
    await runtime.settle()
    expect(received).toHaveLength(1)
    expect(server.heard.filter(({ type }) => type === 'ack')).toEqual([{ type: 'ack', received: 1 }, { type: 'ack', received: 1 }])
  })

  it('close the link when one is missing', async () => {
    const { server, states, received, online } = startConnection()
    await online()
    server.say({ type: 'ringing', n: 2, call: 'c' })
    expect(states.at(-1)).toMatch(/^waiting/)
    expect(server.links[0]?.open).toBe(false)
    expect(received).toEqual([])
  })

  it('count also on frames that are not understood', async () => {
    const { runtime, server, connection, received, online } = startConnection()
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

describe('a heartbeat', () => {
  it('is answered from the event of the ping', async () => {
    const { server, online } = startConnection()
    await online()
    server.say({ type: 'ping', id: 4 })
    expect(server.heard.at(-1)).toEqual({ type: 'pong', id: 4 })
  })

  it('of our own resolves with the answer', async () => {
    const { server, connection, runtime, online } = startConnection()
    await online()
    const probe = connection.probe(1_000)
    expect(server.heard.at(-1)).toEqual({ type: 'ping' })
    server.say({ type: 'pong' })
    await probe
    await runtime.elapse(2_000, 100)
    expect(connection.state).toBe('online')
  })

  it('without an answer rejects, gives the link up and opens another at once', async () => {
    const { server, connection, runtime, states, online } = startConnection()
    await online()
    const probe = connection.probe(1_000)
    await runtime.elapse(1_000)
    await expect(probe).rejects.toMatchObject({ code: 'signaling/timeout' })
    expect(server.links[0]?.open).toBe(false)
    expect(states.slice(2)).toEqual(['waiting signaling/timeout', 'connecting'])
    expect(server.heard[0]).toMatchObject({ type: 'resume' })
  })

  it('asks by itself when the pings of the server stay away', async () => {
    const { server, runtime, online } = startConnection()
    await online()
    await runtime.elapse(24_000, 1_000)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(0)
    await runtime.elapse(1_000, 1_000)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(1)
    await runtime.elapse(5_000, 1_000)
    expect(server.opens).toBe(2)
  })

  it('is as patient as the server is: one that pings more often is missed sooner, and has less time to answer', async () => {
    const { server, runtime } = startConnection()
    await runtime.settle()
    server.say({ ...WELCOME, limits: { ...WELCOME.limits, pingMs: 300 } })
    await runtime.elapse(599, 1)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(0)
    await runtime.elapse(1, 1)
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(1)
    await runtime.elapse(300, 1)
    expect(server.opens).toBe(2)
  })

  it('is content with a server that pings', async () => {
    const { server, runtime, states, online } = startConnection()
    await online()
    for (let minute = 0; minute < 12; minute++) {
      await runtime.elapse(20_000, 5_000)
      server.say({ type: 'ping' })
    }
    expect(states).toEqual(['connecting', 'online'])
    expect(server.heard.filter(({ type }) => type === 'ping')).toHaveLength(0)
  })

  it('of a lost link opens another and resolves once that is online', async () => {
    const { server, connection, runtime, online } = startConnection()
    await online()
    server.lose()
    const probe = connection.probe(5_000)
    await runtime.settle()
    server.say(RESUMED)
    await probe
  })
})
