import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { FakeRuntime } from '../testing/fake-runtime'
import { listen, body } from '../testing/native-world'
import { restartWorld } from '../testing/restart-world'
import { Incoming } from './incoming'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import './outgoing'

const pair = async (options: Parameters<typeof restartWorld>[0] = {}) => {
  const world = restartWorld(options)
  const [alice, bob] = [await world.join('alice'), await world.join('bob')]
  const received: unknown[] = []
  bob.messages.bind((from, data) => received.push([from, data]))
  world.wire.length = 0
  const partsSent = () => world.wire.filter(({ type }) => type === 'part').length
  return { world, alice, bob, received, partsSent }
}

describe('a large message', () => {
  it('goes in parts, arrives as it was, and its promise resolves once it is all there', async () => {
    const { world, alice, received, partsSent } = await pair()
    const data = { text: 'つなぐ "quoted" \u{1F4DE} '.repeat(5_000) }
    let done = false
    const sent = alice.messages.send('bob', data).then(() => (done = true))
    await world.runtime.settle()
    expect(done).toBe(false)
    await world.runtime.elapse(200)
    await sent
    expect(received).toEqual([['alice', data]])
    expect(partsSent()).toBe(Math.ceil(JSON.stringify(data).length / 16_384))
    expect(world.hub.counters).toMatchObject({ malformed: 0, strays: 0, tooLarge: 0 })
  })

  it('arrives whatever its text is, also where a part ends between the halves of a character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), fc.nat(16_384), async (text, shift) => {
        const { world, alice, received } = await pair()
        const data = 'x'.repeat(shift) + text.repeat(Math.ceil(17_000 / text.length))
        void alice.messages.send('bob', data)
        await world.runtime.elapse(300)
        expect(received).toEqual([['alice', data]])
      }),
      { numRuns: 8, seed: 3 },
    )
  }, 20_000)

  it('lets a candidate pass that comes behind it', async () => {
    const { world, alice, bob, partsSent } = await pair()
    const call = listen(alice.session.invite('bob', body))
    await world.runtime.elapse(20)
    const callee = bob.invited[0]
    void alice.messages.send('bob', 'x'.repeat(250_000))
    void call.legs[0]?.send({ candidate: 1 })
    await world.runtime.settle()
    expect(partsSent()).toBeLessThanOrEqual(5)
    expect(callee?.messages).toEqual([{ candidate: 1 }])
    await world.runtime.elapse(200)
    expect(partsSent()).toBe(16)
  })

  it('keeps its place among small ones', async () => {
    const { world, alice, received } = await pair()
    const large = 'x'.repeat(100_000)
    for (const data of [1, large, 2, large, 3]) void alice.messages.send('bob', data)
    await world.runtime.elapse(500)
    expect(received.map((message) => (message as unknown[])[1])).toEqual([1, large, 2, large, 3])
  })

  it('arrives as it was when it was sent, with all behind it, also the first one, for which the code is not there yet', async () => {
    vi.resetModules()
    const { world, alice, received } = await pair()
    const data = ['x'.repeat(20_000), 1]
    const behind = { n: 1 }
    for (const message of [data, behind]) void alice.messages.send('bob', message)
    data[1] = behind.n = 2
    await vi.dynamicImportSettled()
    await world.runtime.elapse(200)
    expect(received).toEqual([['alice', [data[0], 1]], ['alice', { n: 1 }]])
  })

  it('goes whole where the code for parts cannot be loaded', async () => {
    vi.resetModules()
    vi.doMock('./outgoing', () => {
      throw new Error('404')
    })
    const { world, alice, received, partsSent } = await pair()
    for (const data of ['x'.repeat(20_000), 'behind']) void alice.messages.send('bob', data)
    await vi.dynamicImportSettled()
    await world.runtime.elapse(200)
    vi.doUnmock('./outgoing')
    expect([received.map((message) => String((message as unknown[])[1]).length), partsSent()]).toEqual([[20_000, 6], 0])
  })

  it('survives cut links', async () => {
    const { world, alice, received } = await pair()
    const sent = alice.messages.send('bob', 'x'.repeat(200_000))
    await world.runtime.settle()
    // The link is lost with parts on their way.
    await Promise.all([alice.session.probe(0).catch(() => undefined), world.runtime.elapse(2_000)])
    await sent
    expect(received).toHaveLength(1)
    // Much is carried, and a machine may be slow.
  }, 30_000)

  it('over 256 KiB is refused', async () => {
    const { alice, partsSent } = await pair()
    await expect(alice.messages.send('bob', 'x'.repeat(262_143))).rejects.toMatchObject({ code: 'signaling/too-large' })
    await expect(alice.messages.send('bob', 'つ'.repeat(100_000))).rejects.toMatchObject({ code: 'signaling/too-large' })
    expect(partsSent()).toBe(0)
  })

  it('to nobody is refused at its first part, and the rest is not sent', async () => {
    const { world, alice, partsSent } = await pair()
    const sent = expect(alice.messages.send('nobody', 'x'.repeat(250_000))).rejects.toMatchObject({ code: 'signaling/recipient-offline' })
    await world.runtime.elapse(100)
    await sent
    expect(partsSent()).toBeLessThan(8)
  })

  it('is refused by our side where too many wait', async () => {
    const { world, alice } = await pair()
    world.kill()
    const sent = Array.from({ length: 6 }, () => alice.messages.send('bob', 'x'.repeat(250_000)))
    const settled = await Promise.allSettled(sent.slice(4))
    expect(settled).toMatchObject([{ reason: { code: 'signaling/outbox-full' } }, { reason: { code: 'signaling/outbox-full' } }])
  })

  it('is of unknown fate where the server lost the session', async () => {
    const { world, alice } = await pair()
    const sent = [alice.messages.send('bob', 'x'.repeat(250_000)), alice.messages.send('bob', 'behind')]
    const settled = Promise.allSettled(sent)
    await world.restart()
    expect(await settled).toMatchObject([
      { reason: { code: 'signaling/delivery-unknown' } },
      { reason: { code: 'signaling/delivery-unknown' } },
    ])
  })

  it.each([
    ['no address', '', 'x'],
    ['what is no JSON', 'bob', 1n],
  ])('with %s is refused like any other', async (_, to, data) => {
    const { alice } = await pair()
    await expect(alice.messages.send(to, data === 'x' ? 'x'.repeat(20_000) : data)).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })
})

describe('parts from a stranger', () => {
  const world = () => {
    const runtime = new FakeRuntime()
    const incoming = new Incoming(runtime.after)
    const add = (part: number, parts: number, data: string, from = 'eve', key = 'k') =>
      incoming.add({ type: 'part', from: { id: from }, key, part, parts, data })
    return { runtime, add }
  }

  it('that are whole are read', () => {
    const { add } = world()
    expect(add(1, 2, '[1,')).toBeUndefined()
    expect(add(2, 2, '2]')).toEqual({ data: [1, 2] })
  })

  it.each([
    ['that are no JSON', [[1, 2, '{'], [2, 2, '!']]],
    ['that begin in the middle', [[2, 2, '1']]],
    ['that leave one out', [[1, 3, '['], [3, 3, ']']]],
    ['that come twice', [[1, 2, '['], [1, 2, '['], [2, 2, ']']]],
    ['that change their number', [[1, 3, '['], [2, 2, ']']]],
    ['that are too many bytes', [[1, 3, ' '.repeat(200_000)], [2, 3, ' '.repeat(200_000)], [3, 3, '1']]],
  ] as [string, [number, number, string][]][])('%s are dropped', (_, parts) => {
    const { add, runtime } = world()
    for (const [part, of, data] of parts) expect(add(part, of, data)).toBeUndefined()
    expect(runtime.timers).toBe(0)
  })

  it('that never finish are forgotten in time', () => {
    const { add, runtime } = world()
    add(1, 2, '[')
    runtime.advance(30_000)
    expect(runtime.timers).toBe(0)
    expect(add(2, 2, ']')).toBeUndefined()
  })

  it('and never finish take four places of their own, and nobody else one', () => {
    const { add, runtime } = world()
    add(1, 2, '[', 'alice')
    for (let n = 0; n < 1_000; n++) add(1, 2, '[', 'eve', `k${n}`)
    expect(runtime.timers).toBe(5)
    expect(add(2, 2, ']', 'alice')).toEqual({ data: [] })
  })

  it('of many never take more than 64 places', () => {
    const { add, runtime } = world()
    for (let n = 0; n < 1_000; n++) add(1, 2, '[', `eve ${n}`)
    expect(runtime.timers).toBe(64)
  })
})
