import { describe, expect, it } from 'vitest'
import { hubWorld } from '../testing/hub-world'

const part = (at: number, more: object = {}) => ({ type: 'part', id: 1, to: 'bob', key: 'k', part: at, parts: 3, data: `${at}`, ...more })

const pair = async (options: Parameters<typeof hubWorld>[0] = {}) => {
  const world = hubWorld(options)
  const [alice, bob] = [await world.join('alice'), world.link()]
  bob.hello('bob', { parts: true })
  await world.runtime.settle()
  return { ...world, alice, bob, settle: () => world.runtime.settle() }
}

describe('a message in parts', () => {
  it('is passed on part by part, with its sender, and answered once, behind the last one', async () => {
    const { alice, bob, settle, audit } = await pair({ authorize: () => true })
    alice.number(part(1))
    alice.number(part(2))
    await settle()
    expect(alice.all('result')).toEqual([])
    alice.number(part(3))
    await settle()
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 1 }])
    expect(bob.all('part')).toEqual(
      [1, 2, 3].map((n) => ({ type: 'part', n, from: { id: 'alice', name: 'ALICE' }, key: 'k', part: n, parts: 3, data: `${n}` })),
    )
    expect(audit).toHaveLength(1)
  })

  it.each([
    ['nobody', {}, 'signaling/recipient-offline'],
    ['bob', { authorize: () => false }, 'signaling/forbidden'],
  ])('to %s is refused at once, and what still comes of it is dropped', async (to, options, code) => {
    const { alice, bob, settle, hub } = await pair(options)
    for (const at of [1, 2, 3]) alice.number(part(at, { to }))
    await settle()
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 1, code }])
    expect(bob.all('part')).toEqual([])
    expect(hub.counters.strays).toBe(2)
  })

  it.each([
    ['leaves one out', part(3)],
    ['changes how many there are', part(2, { parts: 2 })],
    ['changes its id', part(2, { id: 2 })],
  ])('that %s is refused', async (_, wrong) => {
    const { alice, settle } = await pair()
    alice.number(part(1))
    alice.number(wrong)
    await settle()
    expect(alice.last('result')).toMatchObject({ id: 1, code: 'signaling/invalid-message' })
  })

  it('that is too large is refused where that shows', async () => {
    const { alice, bob, settle, hub } = await pair()
    for (let at = 1; at <= 10; at++) alice.number(part(at, { parts: 10, data: 'x'.repeat(49_152) }))
    await settle()
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 1, code: 'signaling/too-large' }])
    expect(bob.all('part')).toHaveLength(5)
    expect(hub.counters).toMatchObject({ tooLarge: 1, strays: 4 })
  })

  it('whose rest does not come is given up, and whoever sent it hears of that', async () => {
    const { alice, runtime, settle, hub } = await pair({ pingMs: 1e9 })
    alice.number(part(1))
    await runtime.elapse(29_000)
    alice.number(part(2))
    await runtime.elapse(29_999)
    expect(alice.all('result')).toEqual([])
    await runtime.elapse(1)
    expect(alice.last('result')).toMatchObject({ id: 1, code: 'signaling/timeout' })
    alice.number(part(3))
    await settle()
    expect(hub.counters.strays).toBe(1)
  })

  it('can be one of few that are begun', async () => {
    const { alice, bob, settle } = await pair()
    for (let n = 1; n <= 5; n++) alice.number(part(1, { id: n, key: `k${n}` }))
    await settle()
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 5, code: 'signaling/limit-exceeded' }])
    expect(bob.all('part')).toHaveLength(4)
  })

  it('for somebody who takes nothing fills half of what is held for them, and is refused then', async () => {
    const { alice, bob, settle } = await pair({ limits: { bytesBurst: 1e7 } })
    for (let n = 1; n <= 3; n++)
      for (const at of [1, 2, 3, 4, 5]) alice.number(part(at, { id: n, key: `k${n}`, parts: 5, data: 'x'.repeat(49_000) }))
    await settle()
    expect(alice.all('result').map(({ code }) => code)).toEqual([undefined, undefined, 'signaling/rate-limited'])
    expect(bob.all('gone')).toEqual([])
  })

  it('is forgotten with whoever sends it', async () => {
    const { alice, runtime, settle, bob } = await pair({ pingMs: 1e9 })
    alice.number(part(1))
    await settle()
    alice.say({ type: 'bye' })
    await runtime.elapse(40_000)
    expect(alice.all('result')).toEqual([])
    expect(bob.all('part')).toHaveLength(1)
  })

  it('comes whole to a device that knows no parts, with the last one', async () => {
    const { alice, bob, join, settle } = await pair()
    const old = await join('bob/old')
    alice.number(part(1, { data: '{"a":[1,' }))
    alice.number(part(2, { data: '2,"' }))
    await settle()
    expect(old.all('message')).toEqual([])
    alice.number(part(3, { data: 'つ"]}' }))
    await settle()
    expect(old.all('message')).toEqual([{ type: 'message', n: 1, from: { id: 'alice', name: 'ALICE' }, data: { a: [1, 2, 'つ'] } }])
    expect(bob.all('part')).toHaveLength(3)
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 1 }])
  })

  it.each([
    ['is no JSON', '!'],
    ['is nested too deeply', '['.repeat(70) + ']'.repeat(70)],
  ])('that %s is refused where somebody would have to be given the whole', async (_, data) => {
    const { alice, join, settle } = await pair()
    const old = await join('bob/old')
    alice.number(part(1, { parts: 1, data }))
    await settle()
    expect(alice.last('result')).toMatchObject({ code: 'signaling/invalid-message' })
    expect(old.all('message')).toEqual([])
  })

  it.each([
    [1, 1], [2, 1], [2, 2], [3, 1], [3, 2],
  ])('of which %i parts had come and %i were taken when its recipient was loaded again comes whole', async (said, taken) => {
    const { alice, bob, link, settle } = await pair()
    for (let at = 1; at <= said; at++) alice.number(part(at))
    await settle()
    bob.say({ type: 'ack', received: taken })
    const { session, key } = bob.last('welcome')
    const again = link()
    again.say({ type: 'reclaim', v: 1, session, key, token: 'bob', instance: 'x', parts: true })
    await settle()
    for (let at = said + 1; at <= 3; at++) alice.number(part(at))
    await settle()
    expect(again.all('part').map(({ part: at }) => at)).toEqual([1, 2, 3])
    expect(alice.all('result')).toEqual([{ type: 'result', n: 1, id: 1 }])
  })

  it('that was taken whole does not come again, nor does one whose rest never came', async () => {
    const { alice, bob, link, settle, runtime } = await pair({ pingMs: 1e9 })
    for (const at of [1, 2, 3]) alice.number(part(at))
    alice.number(part(1, { id: 2, key: 'other' }))
    await settle()
    bob.say({ type: 'ack', received: 4 })
    await runtime.elapse(30_000)
    const { session, key } = bob.last('welcome')
    const again = link()
    again.say({ type: 'reclaim', v: 1, session, key, token: 'bob', instance: 'x', parts: true })
    await settle()
    expect(again.all('part')).toEqual([])
  })

  it('keeps no more in memory than others may fill of what is held', async () => {
    const { alice, bob, link, settle } = await pair({ limits: { bytesBurst: 1e7 } })
    for (let n = 1; n <= 4; n++)
      for (const at of [1, 2, 3, 4]) {
        alice.number(part(at, { id: n, key: `k${n}`, parts: 5, data: 'x'.repeat(49_000) }))
        await settle()
        bob.say({ type: 'ack', received: (n - 1) * 4 + at })
      }
    const { session, key } = bob.last('welcome')
    const again = link()
    again.say({ type: 'reclaim', v: 1, session, key, token: 'bob', instance: 'x', parts: true })
    await settle()
    expect([...new Set(again.all('part').map(({ key: one }) => one))]).toEqual(['k3', 'k4'])
  })

  it('that is misshapen is answered', async () => {
    const { alice, settle } = await pair()
    alice.number(part(1, { parts: 65 }))
    alice.number(part(0, { id: 2 }))
    await settle()
    expect(alice.all('result')).toMatchObject([{ id: 1, code: 'signaling/invalid-message' }, { id: 2, code: 'signaling/invalid-message' }])
  })
})
