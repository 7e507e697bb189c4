import { describe, expect, it } from 'vitest'
import { hubWorld } from '../testing/hub-world'
import type { RawClient } from '../testing/raw-client'

let requests = 0
const watch = (...ids: readonly string[]) => ({ type: 'watch', id: ++requests, ids })
const status = (value: string) => ({ type: 'presence', id: ++requests, status: value })
const seen = (client: RawClient) => client.all('presence').map(({ id, status: value }) => `${String(id)} ${String(value)}`)

describe('watching', () => {
  it('tells how each stands now, then every change, with the name', async () => {
    const { join, runtime } = hubWorld()
    const alice = await join('alice')
    alice.number(watch('bob', 'carol'))
    await runtime.settle()
    expect(seen(alice)).toEqual(['bob offline', 'carol offline'])
    const bob = await join('bob')
    await runtime.elapse(100)
    bob.number(status('busy'))
    await runtime.elapse(100)
    bob.say({ type: 'bye' })
    expect(seen(alice).slice(2)).toEqual(['bob online', 'bob busy', 'bob offline'])
    // The last one too: a list that shows names would flip to ids.
    expect(alice.all('presence').slice(2).map(({ name }) => name)).toEqual(['BOB', 'BOB', 'BOB'])
    expect(alice.last('result')).not.toHaveProperty('code')
  })

  it('everybody tells of all others who are there, not of oneself, and of each change once', async () => {
    const { join, runtime } = hubWorld()
    await join('bob')
    const alice = await join('alice')
    alice.number(watch('*', 'carol'))
    await runtime.settle()
    expect(seen(alice)).toEqual(['bob online', 'carol offline'])
    await join('carol')
    await join('alice/phone')
    expect(seen(alice).slice(2)).toEqual(['carol online'])
  })

  it('replaces what was watched before', async () => {
    const { hub, join, runtime } = hubWorld()
    const alice = await join('alice')
    alice.number(watch('bob', 'carol'))
    alice.number(watch('carol'))
    await runtime.settle()
    await join('bob')
    await join('carol')
    expect(seen(alice)).toEqual(['bob offline', 'carol offline', 'carol online'])
    expect(hub.stats().watchedIds).toBe(1)
    alice.number(watch())
    await runtime.settle()
    expect(hub.stats().watchedIds).toBe(0)
  })

  it('is subject to authorize, id by id', async () => {
    const { join, runtime, audit } = hubWorld({ authorize: (_, action, to) => action !== 'watch' || to === 'bob' })
    const alice = await join('alice')
    alice.number(watch('bob', 'carol', '*'))
    await runtime.settle()
    await join('bob')
    await join('carol')
    expect(seen(alice)).toEqual(['bob offline', 'bob online'])
    expect(alice.last('result')).toMatchObject({ code: 'signaling/forbidden' })
    expect(audit.map(({ to, allowed }) => [to, allowed])).toEqual([['bob', true], ['carol', false], ['*', false]])
  })

  it('is limited in ids', async () => {
    const { join, runtime } = hubWorld({ limits: { watchedIds: 2 } })
    const alice = await join('alice')
    alice.number(watch('bob', 'bob', 'carol'))
    alice.number(watch('bob', 'carol', 'dave'))
    await runtime.settle()
    expect(alice.all('result').map(({ code }) => code)).toEqual([undefined, 'signaling/limit-exceeded'])
  })

  it('too many watches the first of them', async () => {
    const { join, runtime } = hubWorld({ limits: { watchedIds: 2 } })
    const alice = await join('alice')
    alice.number(watch('bob', 'carol', 'dave'))
    await runtime.settle()
    expect(seen(alice)).toEqual(['bob offline', 'carol offline'])
    expect(alice.last('result')).toMatchObject({ code: 'signaling/limit-exceeded' })
  })

  it.each([['an empty one', ''], ['one that is too long', 'x'.repeat(257)], ['one that is no text', null]])(
    'some ids and %s watches the others',
    async (_, wrong) => {
      const { join, runtime } = hubWorld()
      const alice = await join('alice')
      alice.number({ type: 'watch', id: 7, ids: ['bob', wrong, 'carol'] })
      await runtime.settle()
      expect(seen(alice)).toEqual(['bob offline', 'carol offline'])
      expect(alice.last('result')).toMatchObject({ id: 7, code: 'signaling/invalid-message' })
    },
  )

  it('keeps only the newest state of each person for a client without a link', async () => {
    const { join, resume, runtime } = hubWorld()
    const [alice, bob, carol] = [await join('alice'), await join('bob'), await join('carol')]
    alice.number(watch('*'))
    await runtime.settle()
    const before = alice.all('presence').length
    alice.lose()
    for (const value of ['away', 'busy', 'online', 'away']) bob.number(status(value))
    carol.number(status('busy'))
    await runtime.elapse(100)
    const again = await resume(alice, { received: before + 1 })
    expect(seen(again)).toEqual(['bob away', 'carol busy'])
  })

  it('tells several changes of one person within 100 ms as one, and those that cancel out not at all', async () => {
    const { join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(watch('*'))
    await runtime.elapse(200)
    bob.number(status('busy'))
    for (let n = 0; n < 21; n++) bob.number(status(n % 2 ? 'busy' : 'away'))
    const late = await join('late')
    late.number(watch('bob'))
    await runtime.elapse(90)
    expect(seen(alice)).toEqual(['bob online', 'bob busy', 'late online'])
    await runtime.elapse(20)
    expect(seen(alice).slice(3)).toEqual(['bob away'])
    expect(seen(late)).toEqual(['bob busy', 'bob away'])
    await runtime.elapse(200)
    bob.number(status('busy'))
    bob.number(status('online'))
    bob.number(status('busy'))
    await runtime.elapse(200)
    expect(seen(alice).slice(4)).toEqual(['bob busy'])
  })

  it('forgets what waits of those who are not watched any more', async () => {
    const { join, runtime } = hubWorld()
    for (let n = 0; n < 450; n++) await join(`p${n}`)
    const alice = await join('alice')
    alice.number(watch('*'))
    await runtime.settle()
    expect(seen(alice)).toHaveLength(400)
    alice.number(watch('p449'))
    await runtime.settle()
    alice.say({ type: 'ack', received: 402 })
    expect(seen(alice).slice(400)).toEqual(['p449 online'])
  })

  it('everybody costs by how many they are, so that nobody asks for them again and again', async () => {
    const { hub, join, runtime } = hubWorld({ limits: { framesPerSecond: 1, framesBurst: 20 } })
    for (let n = 0; n < 500; n++) await join(`p${n}`)
    const eve = await join('eve')
    for (let n = 0; n < 5; n++) {
      eve.number(watch('*'))
      eve.number(watch())
      await runtime.settle()
    }
    const limited = 'signaling/rate-limited'
    const codes = eve.all('result').map(({ code }) => code)
    expect(codes.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined])
    expect(codes.slice(6)).toContain(limited)
    expect(eve.all('presence').length).toBeLessThanOrEqual(400)
    await runtime.elapse(20_000, 1_000)
    expect(hub.counters.rateLimited).toBeGreaterThan(0)
  })

  it('does not overflow a client that is slow', async () => {
    const { hub, join, runtime } = hubWorld({ limits: { framesPerSecond: 1e6, framesBurst: 1e6 } })
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(watch('bob'))
    for (let n = 0; n < 1_500; n++) {
      bob.number(status(n % 2 ? 'away' : 'busy'))
      await runtime.elapse(100, 100)
      bob.say({ type: 'ack', received: n })
      alice.say({ type: 'pong' })
    }
    bob.number(status('online'))
    await runtime.elapse(100)
    expect(hub.stats().sessions).toBe(2)
    const count = seen(alice).length
    expect(count).toBeLessThanOrEqual(501)
    alice.say({ type: 'ack', received: 400 })
    expect(seen(alice).slice(count)).toEqual(['bob online'])
  })
})

describe('being there', () => {
  it('lasts 5 s beyond a lost link, so that nobody flickers', async () => {
    const { join, resume, runtime, hub } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(watch('bob'))
    bob.number(status('online'))
    await runtime.settle()
    bob.lose()
    await runtime.elapse(4_900, 100)
    const again = await resume(bob)
    await runtime.elapse(1_000, 100)
    expect(seen(alice)).toEqual(['bob online'])
    again.lose()
    await runtime.elapse(5_000, 100)
    expect(seen(alice)).toEqual(['bob online', 'bob offline'])
    expect(hub.people()).toEqual([{ id: 'alice', name: 'ALICE', status: 'online' }])
    await runtime.elapse(100)
    await resume(bob)
    expect(seen(alice).at(-1)).toBe('bob online')
  })

  it('is what the busiest device says, until the last one is gone', async () => {
    const { join, runtime } = hubWorld()
    const [alice, bob, phone] = [await join('alice'), await join('bob'), await join('bob/phone')]
    await runtime.elapse(100)
    alice.number(watch('bob'))
    phone.number(status('away'))
    await runtime.elapse(100)
    bob.number(status('busy'))
    await runtime.elapse(100)
    bob.say({ type: 'bye' })
    await runtime.elapse(100)
    phone.say({ type: 'bye' })
    expect(seen(alice)).toEqual(['bob online', 'bob busy', 'bob away', 'bob offline'])
  })

  it('can be hidden', async () => {
    const { hub, join, runtime } = hubWorld()
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(watch('*'))
    await runtime.settle()
    bob.number(status('offline'))
    await runtime.elapse(100)
    expect(seen(alice)).toEqual(['bob online', 'bob offline'])
    expect(hub.people().map(({ id }) => id)).toEqual(['alice'])
  })

  it('is told for everybody', async () => {
    const { hub, join, runtime } = hubWorld()
    await join('alice')
    const bob = await join('bob')
    bob.number(status('away'))
    await runtime.elapse(100)
    expect(hub.people()).toEqual([
      { id: 'alice', name: 'ALICE', status: 'online' },
      { id: 'bob', name: 'BOB', status: 'away' },
    ])
  })
})

describe('messages', () => {
  const message = (to: string, data: unknown, id = 1) => ({ type: 'message', id, to, data })

  it('reach every device of the recipient, and the sender is told', async () => {
    const { join, runtime } = hubWorld()
    const [alice, bob, phone] = [await join('alice'), await join('bob'), await join('bob/phone')]
    alice.number(message('bob', { つ: 1 }, 42))
    await runtime.settle()
    for (const device of [bob, phone])
      expect(device.last('message')).toEqual({ type: 'message', n: 1, from: { id: 'alice', name: 'ALICE' }, data: { つ: 1 } })
    expect(alice.last('result')).toEqual({ type: 'result', n: 1, id: 42 })
  })

  it('to nobody, or to whom one may not write, are refused', async () => {
    const { join, runtime } = hubWorld({ authorize: (_, __, to) => to !== 'bob' })
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(message('nobody', 1))
    alice.number(message('bob', 1, 2))
    await runtime.settle()
    expect(alice.all('result').map(({ code }) => code)).toEqual(['signaling/recipient-offline', 'signaling/forbidden'])
    expect(bob.all('message')).toEqual([])
  })
})
