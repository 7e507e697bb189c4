import { describe, expect, it } from 'vitest'
import { heard, invite, leg, MEDIA, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'
import type { RawClient } from '../testing/raw-client'

const KB_250 = 'x'.repeat(250_000)
/** Four characters each, and 21 where they are written again: 1.15 MB in all. */
const GROWING = `[${Array<string>(52_000).fill('1e20').join(',')}]`
const FAST = { limits: { framesPerSecond: 1e6, framesBurst: 1e6, bytesPerSecond: 1e9, bytesBurst: 1e9 } }
const message = (data: unknown, id = 1) => ({ type: 'message', id, to: 'bob', data })
const codes = (client: RawClient) => client.all('result').map(({ code }) => code)

/** Bob is in a call with aki and acknowledges nothing; eve is a stranger. */
const busy = async (options: Parameters<typeof hubWorld>[0] = FAST) => {
  const world = hubWorld(options)
  const [aki, bob, eve] = [await world.join('aki'), await world.join('bob'), await world.join('eve')]
  aki.number(invite('bob'))
  await world.runtime.settle()
  bob.number({ type: 'accept', call: 'c' })
  await world.runtime.settle()
  const undisturbed = async () => {
    await world.runtime.settle()
    expect(world.hub.counters.overflowed).toBe(0)
    expect(bob.all('gone')).toEqual([])
    aki.number(leg({ still: 'here' }))
    await world.runtime.settle()
    expect(bob.frames.at(-1)).toMatchObject({ type: 'leg', message: { still: 'here' } })
  }
  return { ...world, aki, bob, eve, undisturbed, settle: () => world.runtime.settle() }
}

describe('what strangers send never ends a session', () => {
  it('by messages that are large: the sender hears that it is too much, until some are acknowledged', async () => {
    const { bob, eve, undisturbed, settle } = await busy()
    for (let id = 1; id <= 5; id++) eve.number(message(KB_250, id))
    await undisturbed()
    const limited = 'signaling/rate-limited'
    expect(codes(eve)).toEqual([undefined, undefined, limited, limited, limited])
    bob.say({ type: 'ack', received: 3 })
    eve.number(message(KB_250, 6))
    await settle()
    expect(codes(eve).at(-1)).toBeUndefined()
  })

  it('by many that are small, of several strangers', async () => {
    const { join, bob, undisturbed, runtime } = await busy()
    for (const token of ['m1', 'm2', 'm3']) {
      const stranger = await join(token)
      for (let id = 0; id < 450; id++) stranger.number(message(0, id))
      await runtime.settle()
    }
    await undisturbed()
    expect(bob.all('message').length).toBeLessThanOrEqual(500)
  })

  it('by data that grows when it is written again: it is refused to its sender', async () => {
    const { eve, bob, undisturbed, hub } = await busy()
    eve.text(`{"type":"message","n":1,"id":1,"to":"bob","data":${GROWING}}`)
    await undisturbed()
    expect(codes(eve)).toEqual(['signaling/too-large'])
    eve.text(`{"type":"invite","n":2,"call":"evil","to":"bob","media":{"audio":true,"video":true},"metadata":${GROWING}}`)
    await undisturbed()
    expect(heard(eve)).toEqual([{ type: 'ended', call: 'evil', code: 'signaling/too-large', by: 'system' }])
    expect(types(bob)).not.toContain('call/cancelled')
    expect(hub.stats().calls).toBe(1)
  })

  it('by invitations: a device that is full is left out, and where all are the caller hears busy', async () => {
    const { bob, eve, join, undisturbed, settle } = await busy()
    for (let id = 1; id <= 2; id++) eve.number(message(KB_250, id))
    await settle()
    eve.number({ type: 'invite', call: 'e1', to: 'bob', media: MEDIA, metadata: KB_250 })
    await undisturbed()
    expect(heard(eve)).toEqual([{ type: 'ended', call: 'e1', code: 'call/busy', by: 'system' }])
    const phone = await join('bob/phone')
    eve.number({ type: 'invite', call: 'e2', to: 'bob', media: MEDIA, metadata: KB_250 })
    await settle()
    expect(types(phone)).toEqual(['invited'])
    expect(heard(bob).filter(({ call }) => call !== 'c')).toEqual([])
  })

  it('by what is said while it rings: a device that is full stops ringing, the others go on', async () => {
    const { bob, eve, join, undisturbed, settle } = await busy()
    const phone = await join('bob/phone')
    eve.number(invite('bob', 'evil'))
    await settle()
    for (let round = 0; round < 5; round++) {
      eve.number(leg({ x: KB_250 }, 'evil'))
      await settle()
      phone.say({ type: 'ack', received: round + 2 })
    }
    await undisturbed()
    expect(heard(bob).filter(({ type }) => type === 'ended')).toEqual([
      { type: 'ended', call: 'evil', code: 'signaling/rate-limited', by: 'system' },
    ])
    expect(types(phone)).toEqual(['invited', 'leg', 'leg', 'leg', 'leg', 'leg'])
    expect(types(eve)).toEqual([])
    phone.say({ type: 'bye' })
    await settle()
    expect(types(eve)).toEqual(['call/unreachable'])
  })

  it('by what is said while it rings: the last device that stops ends the call', async () => {
    const { eve, hub, undisturbed, settle } = await busy()
    eve.number(invite('bob', 'evil'))
    for (let round = 0; round < 5; round++) eve.number({ type: 'control', call: 'evil', message: { x: KB_250 } })
    await settle()
    expect(heard(eve)).toEqual([{ type: 'ended', call: 'evil', code: 'call/busy', by: 'system' }])
    expect(hub.stats().calls).toBe(1)
    await undisturbed()
  })
})

describe('what the other side of a call sends', () => {
  it('ends that call at most, not the session and its other calls', async () => {
    const { bob, eve, aki, undisturbed, settle } = await busy()
    eve.number(invite('bob', 'evil'))
    await settle()
    bob.number({ type: 'accept', call: 'evil' })
    await settle()
    for (let round = 0; round < 5; round++) eve.number(leg({ x: KB_250 }, 'evil'))
    await settle()
    const ended = { type: 'ended', call: 'evil', code: 'signaling/rate-limited', by: 'system' }
    expect(heard(bob).at(-1)).toEqual(ended)
    expect(heard(eve).at(-1)).toEqual(ended)
    expect(types(aki)).toEqual(['accepted'])
    await undisturbed()
  })

  it('and grows when it is written again ends that call, for both', async () => {
    const { aki, bob, hub, settle } = await busy()
    aki.text(`{"type":"leg","n":2,"call":"c","message":{"x":${GROWING}}}`)
    await settle()
    const ended = { type: 'ended', call: 'c', code: 'signaling/too-large', by: 'system' }
    expect([heard(aki).at(-1), heard(bob).at(-1)]).toEqual([ended, ended])
    expect(hub.counters).toMatchObject({ overflowed: 0, tooLarge: 1 })
  })

  it('by losing its link again and again fills no queue', async () => {
    const { aki, bob, resume, hub, settle } = await busy()
    let link = aki
    for (let round = 0; round < 600; round++) {
      link.lose()
      link = await resume(aki, { received: 1 })
    }
    await settle()
    expect(hub.counters.overflowed).toBe(0)
    const links = bob.all('link')
    expect(links.length).toBeLessThanOrEqual(502)
    expect(links.at(-1)).toMatchObject({ up: true })
  })
})

describe('bytes', () => {
  it('of one session are limited: messages are refused, and a link that goes on is closed', async () => {
    const { join, runtime, hub } = hubWorld({ limits: { bytesPerSecond: 100_000, bytesBurst: 600_000 } })
    const [alice, bob] = [await join('alice'), await join('bob')]
    for (let id = 1; id <= 6; id++) {
      alice.number(message(KB_250, id))
      await runtime.settle()
      bob.say({ type: 'ack', received: bob.all('message').length })
    }
    const limited = 'signaling/rate-limited'
    expect(codes(alice)).toEqual([undefined, undefined, limited, limited])
    expect(alice.last('refused')).toMatchObject({ code: limited, retry: 'yes' })
    expect(hub.counters.rateLimited).toBe(3)
    expect(hub.stats().sessions).toBe(2)
  })

  it('come back with time, and 2 MB at once are fine', async () => {
    const { join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    const send = async (id: number) => {
      alice.number(message(KB_250, id))
      await runtime.settle()
      bob.say({ type: 'ack', received: bob.all('message').length })
      return codes(alice).at(-1)
    }
    for (let id = 1; id <= 8; id++) expect(await send(id)).toBeUndefined()
    expect(await send(9)).toBe('signaling/rate-limited')
    await runtime.elapse(2_000, 100)
    expect(await send(10)).toBeUndefined()
  })
})

describe('a failure of the hub itself', () => {
  it('is told to whoever asked, leaves no call behind and holds nothing up', async () => {
    const broken = (): never => {
      throw new Error('no log today')
    }
    const quiet = () => undefined
    const { join, runtime, hub } = hubWorld({
      authorize: (_, __, to) => (to === 'bob' ? broken() : true),
      logger: { debug: quiet, info: quiet, warn: broken, error: broken },
    })
    const [alice] = [await join('alice'), await join('bob')]
    alice.number(message('x', 7))
    alice.number(invite('bob'))
    alice.number({ ...message('x', 8), to: 'nobody' })
    await runtime.elapse(100)
    expect(alice.all('result').map(({ id, code }) => [id, code])).toEqual([
      [7, 'signaling/unreachable'],
      [8, 'signaling/recipient-offline'],
    ])
    expect(types(alice)).toEqual(['signaling/unreachable'])
    expect(hub.stats().calls).toBe(0)
    expect(alice.last('ack')).toEqual({ type: 'ack', received: 3 })
  })
})
