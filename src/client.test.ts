import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Client } from './client'
import type { Call } from './session/call'
import { codeOf, received, talking, World } from './testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

describe('a client', () => {
  it('is offline until it connects, and is then who the server says', async () => {
    const aki = world.client('aki')
    const states: string[] = []
    aki.on('stateChanged', ({ from, to }) => states.push(`${from}>${to}`))
    expect([aki.state, aki.id]).toEqual(['offline', undefined])
    await Promise.all([aki.connect(), aki.connect(), world.settle()])
    expect([aki.state, aki.id, aki.name]).toEqual(['online', 'aki', 'AKI'])
    expect(states).toEqual(['offline>connecting', 'connecting>online'])
  })

  it('can call from the very event that says it is online', async () => {
    const aki = world.client('aki')
    let call: Call | undefined
    aki.on('stateChanged', ({ to }) => {
      if (to === 'online') call = aki.call('bob')
    })
    await Promise.all([aki.connect(), world.settle()])
    expect(call?.reason).toMatchObject({ code: 'call/unreachable', by: 'system' })
  })

  it('says what to do when it is used before it is connected', () => {
    expect(() => world.client('aki').call('bob')).toThrow(expect.objectContaining({ code: 'usage/invalid-state', fix: 'Await client.connect() first.' }))
  })

  it('says what it needs to be made', () => {
    expect(() => new Client({} as unknown as ConstructorParameters<typeof Client>[0])).toThrow(
      expect.objectContaining({ code: 'usage/invalid-argument' }),
    )
  })

  it('logs what failed where nobody waited, and nothing is unhandled', async () => {
    const aki = await world.online('aki')
    void aki.send('nobody', 1)
    await world.settle()
    expect(world.warnings).toEqual([expect.stringMatching(/^send: /)])
  })

  it('stops waiting for a message when its signal aborts', async () => {
    const aki = await world.online('aki')
    const reason = new Error('enough')
    await expect(aki.send('bob', 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('stays offline after a refused token, and connects with a better one', async () => {
    let token = ''
    const aki = world.client(() => token)
    const refused = codeOf(aki.connect())
    await world.settle()
    expect([await refused, aki.state]).toEqual(['signaling/unauthorized', 'offline'])
    token = 'aki'
    await Promise.all([aki.connect(), world.settle()])
    expect(aki.state).toBe('online')
  })

  it('gives up connecting when its signal aborts, and can be asked again', async () => {
    const aki = world.client('aki')
    const reason = new Error('enough')
    await expect(aki.connect({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(aki.state).toBe('offline')
    await Promise.all([aki.connect(), world.settle()])
    expect(aki.state).toBe('online')
  })

  it('is closed for good: calls are hung up, later use is refused', async () => {
    const { aki, incoming, outgoing } = await talking(world)
    await Promise.all([aki.close(), aki.close(), world.settle()])
    expect([outgoing.state, incoming.reason?.code, aki.state]).toEqual(['ended', 'call/hung-up', 'closed'])
    expect(() => aki.call('bob')).toThrow(expect.objectContaining({ code: 'usage/closed' }))
    expect(await codeOf(aki.connect())).toBe('usage/closed')
  })

  it('goes on when a listener of the app throws or rejects', async () => {
    const reported = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const aki = await world.online('aki')
    const bob = await world.online('bob')
    bob.on('callReceived', () => {
      throw new Error('a bug of the app')
    })
    bob.on('callReceived', async () => {
      throw new Error('another')
    })
    const calls = received(bob)
    aki.call('bob')
    await world.settle()
    expect([calls.length, bob.state, reported.mock.calls.length]).toEqual([1, 'online', 2])
    reported.mockRestore()
  })

  it('sends messages outside of calls', async () => {
    const aki = await world.online('aki')
    const bob = await world.online('bob')
    const heard: unknown[] = []
    bob.on('messageReceived', (message) => heard.push(message))
    const sent = aki.send('bob', { note: 'outside a call' })
    const lost = codeOf(aki.send('nobody', 1))
    await world.settle()
    await sent
    expect(heard).toEqual([{ from: 'aki', data: { note: 'outside a call' } }])
    expect(await lost).toBe('signaling/recipient-offline')
  })
})
