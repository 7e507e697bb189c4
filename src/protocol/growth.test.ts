import { describe, expect, it, vi } from 'vitest'
import { memory } from '../../adapters/memory'
import { Client as ClientBefore } from '../../tests/fixtures/v0.1.0/client.js'
import { Hub as HubBefore } from '../../tests/fixtures/v0.1.0/hub.js'
import { Client } from '../client'
import { Hub } from '../hub'
import type { SessionKeeper } from '../signaling/port'
import type { SignalingTransport } from '../signaling/transport'
import { cutting, type Fate } from '../testing/cutting-transport'
import { FakePeerConnection } from '../testing/fake-peer-connection'
import { end, heard, invite, leg, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'
import { keeperOf } from '../testing/restart-world'
import { received, World } from '../testing/world'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import '../signaling/outgoing'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** People with clients of today and of the version before, at one of the two servers. */
const people = (OneHub: typeof Hub) => {
  const world = new World()
  const make = (): Hub =>
    new OneHub({ runtime: world.runtime, logger: silent, hash: (text) => text, authenticate: (token) => ({ id: token ?? '' }) })
  let hub = make()
  let cuts = 0
  const fate = (): Fate => (cuts > 0 && cuts-- ? 'cut' : 'pass')
  const signaling: SignalingTransport = { name: 'memory', open: (sink, context) => cutting(memory(hub), fate).open(sink, context) }
  const join = async (OneClient: typeof Client, token: string, keeper?: SessionKeeper): Promise<Client> => {
    const client = new OneClient({
      signaling, token, runtime: world.runtime, logger: silent, ...(keeper && { keeper }),
    })
    world.clients.push(client)
    const connected = client.connect()
    await world.settle()
    await connected
    return client
  }
  const settle = async (ms = 50): Promise<void> => {
    await world.settle()
    await world.runtime.elapse(ms)
    await world.settle()
  }
  return {
    world,
    join,
    settle,
    /** So many of the next frames are lost, each with its link. */
    cut: (frames: number) => (cuts = frames),
    get hub() {
      return hub
    },
    restart: async (NextHub = OneHub) => {
      hub.close()
      hub = new NextHub({ runtime: world.runtime, logger: silent, hash: (text) => text, authenticate: (token) => ({ id: token ?? '' }) })
      await settle(3_000)
    },
  }
}

type Kinds = [string, typeof Client, typeof Client, typeof Hub]
const PAIRS: Kinds[] = [
  ['before calls today, at the server of today', ClientBefore, Client, Hub],
  ['today calls before, at the server of today', Client, ClientBefore, Hub],
  ['before calls before, at the server of today', ClientBefore, ClientBefore, Hub],
  ['today calls today, at the server of before', Client, Client, HubBefore],
  ['before calls today, at the server of before', ClientBefore, Client, HubBefore],
  ['today calls before, at the server of before', Client, ClientBefore, HubBefore],
]

describe('the minor version before', () => {
  it.each(PAIRS)('%s: they talk, through a lost link, and hang up', async (_, Caller, Callee, OneHub) => {
    const { world, join, settle, hub, cut } = people(OneHub)
    const [aki, bob] = [await join(Caller, 'aki'), await join(Callee, 'bob')]
    const calls = received(bob)
    const outgoing = aki.call('bob', { metadata: { subject: 'tea' } })
    await settle()
    const incoming = calls[0]
    expect([incoming?.metadata, outgoing.state]).toEqual([{ subject: 'tea' }, 'ringing'])
    void incoming?.accept()
    await settle()
    await world.path('connected')
    expect([outgoing.state, incoming?.state]).toEqual(['active', 'active'])
    cut(3)
    aki.presence.set('away')
    bob.presence.set('away')
    await settle(3_000)
    expect([aki.state, bob.state]).toEqual(['online', 'online'])
    expect(hub.stats()).toMatchObject({ links: 2, sessions: 2, calls: 1 })
    await incoming?.hangUp()
    await settle()
    expect(outgoing.reason).toMatchObject({ code: 'call/hung-up', by: 'remote' })
    expect(hub.stats().calls).toBe(0)
    await world.close()
  })

  it.each(PAIRS)('%s: whoever answers looks for a path to the caller, whether the server says that the call is theirs or not', async (_, Caller, Callee, OneHub) => {
    const adding = vi.spyOn(FakePeerConnection.prototype, 'addIceCandidate')
    const { world, join, settle } = people(OneHub)
    const [aki, bob] = [await join(Caller, 'aki'), await join(Callee, 'bob')]
    const calls = received(bob)
    aki.call('bob')
    await settle()
    void calls[0]?.accept()
    await settle()
    expect(world.connections.map((one) => adding.mock.contexts.includes(one))).toEqual([true, true])
    adding.mockRestore()
    await world.close()
  })

  it.each(PAIRS)('%s: their messages and presence arrive', async (_, One, Other, OneHub) => {
    const { world, join, settle } = people(OneHub)
    const [aki, bob] = [await join(One, 'aki'), await join(Other, 'bob')]
    const heardMessages: unknown[] = []
    const seen: string[] = []
    bob.on('messageReceived', ({ data }) => heardMessages.push(data))
    bob.presence.watch(['aki'], ({ id, status }) => seen.push(`${id} ${status}`))
    const sent = aki.send('bob', { hello: 'つ' })
    aki.presence.set('away')
    await settle(300)
    await sent
    expect(heardMessages).toEqual([{ hello: 'つ' }])
    expect(seen.at(-1)).toBe('aki away')
    await world.close()
  })

  it.each<[string, typeof Client, typeof Client, typeof Hub]>([
    ['today', Client, Client, Hub],
    ['before', Client, Client, HubBefore],
  ])('has one call for two of today who call each other, at the server of %s, too', async (_, One, Other, OneHub) => {
    const { world, join, settle, hub } = people(OneHub)
    const [aki, bob] = [await join(One, 'aki'), await join(Other, 'bob')]
    const rang = [received(aki), received(bob)]
    const calls = [aki.call('bob'), bob.call('aki')]
    await settle(200)
    await world.path('connected')
    await settle(200)
    expect(calls.map(({ state }) => state)).toEqual(['active', 'active'])
    expect(calls[0]?.id).toBe(calls[1]?.id)
    await settle(90_000)
    expect(calls.map(({ state }) => state)).toEqual(['active', 'active'])
    expect([rang, hub.stats().calls]).toEqual([[[], []], 1])
    await calls[0]?.hangUp()
    await settle()
    expect(calls[1]?.reason).toMatchObject({ code: 'call/hung-up', by: 'remote' })
    await world.close()
  })

  it('gets large messages whole, also those that come in parts', async () => {
    const { world, join, settle, hub } = people(Hub)
    const [aki, bob, carol] = [await join(ClientBefore, 'aki'), await join(ClientBefore, 'bob'), await join(Client, 'carol')]
    const got: string[] = []
    bob.on('messageReceived', ({ data }) => got.push(`bob ${String(data).length}`))
    carol.on('messageReceived', ({ data }) => got.push(`carol ${String(data).length}`))
    const large = 'x'.repeat(100_000)
    const sent = [aki.send('bob', large), aki.send('carol', large), carol.send('bob', large)]
    await settle(500)
    await Promise.all(sent)
    expect(got.sort()).toEqual(['bob 100000', 'bob 100000', 'carol 100000'])
    expect(hub.counters.malformed).toBe(0)
    await world.close()
  })

  it('of a server gets large messages in one frame, as it knows them', async () => {
    const { world, join, settle, hub } = people(HubBefore)
    const [aki, bob] = [await join(Client, 'aki'), await join(Client, 'bob')]
    const got: unknown[] = []
    bob.on('messageReceived', ({ data }) => got.push(data))
    const sent = aki.send('bob', 'x'.repeat(100_000))
    await settle(200)
    await sent
    expect(got).toHaveLength(1)
    expect(hub.counters.unknownTypes).toBe(0)
    await world.close()
  })

  it('of a server is never asked for what it does not know: a page that has a keeper leaves it as ever', async () => {
    const { world, join, settle, hub } = people(HubBefore)
    const kept: { state?: string | undefined } = {}
    await join(Client, 'aki', keeperOf(kept))
    expect(kept.state).toBeUndefined()
    world.runtime.firePage('pagehide')
    await settle()
    expect(hub.stats().sessions).toBe(0)
    expect(hub.counters.unknownTypes).toBe(0)
    await world.close()
  })

  it('of a client is not bothered with the end of the call by a server that was started again', async () => {
    const { world, join, settle, restart, hub } = people(Hub)
    const [aki, bob] = [await join(ClientBefore, 'aki'), await join(Client, 'bob')]
    const calls = received(bob)
    const outgoing = aki.call('bob')
    await settle()
    void calls[0]?.accept()
    await settle()
    expect(hub.stats().calls).toBe(1)
    await restart()
    // It does as it did: the call is lost for it. The other side hears of that, and nobody waits for ever.
    expect(outgoing.reason).toMatchObject({ code: 'call/lost' })
    await settle(65_000)
    expect(calls[0]?.state).toBe('ended')
    await world.close()
  })
})

describe('a client in another language that speaks the frames of before', () => {
  it('calls and is called; of what is new it need not know anything', async () => {
    const { join, hub, runtime, resume } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(invite('bob'))
    await runtime.settle()
    bob.number({ type: 'ring', call: 'c' })
    bob.number({ type: 'accept', call: 'c' })
    await runtime.settle()
    alice.number(leg({ epoch: 0, n: 1 }))
    await runtime.settle()
    alice.lose()
    const again = await resume(alice, { received: 2 })
    again.say({ n: 3, ...end('call/hung-up') })
    await runtime.settle()
    expect(types(bob)).toEqual(['invited', 'accepted', 'leg', 'link', 'link', 'call/hung-up'])
    // Known types with more in them, or of a type that it ignores: nothing that it waits for is missing.
    expect(heard(alice).find(({ type }) => type === 'accepted')).toMatchObject({ from: { id: 'bob' } })
    expect(hub.counters).toMatchObject({ malformed: 0, unknownTypes: 0, unknownFields: 0 })
    again.say({ type: 'bye' })
    expect(hub.stats().sessions).toBe(1)
  })
})
