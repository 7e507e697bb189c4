import { describe, expect, it } from 'vitest'
import { body, listen, world } from '../testing/native-world'
import type { EndCode, PresenceUpdate } from './port'

describe('a session', () => {
  it('knows who it is, and what it cannot do', async () => {
    const { session } = await world().join('alice')
    expect([session.id, session.name]).toEqual(['alice', 'Name of alice'])
    expect(session.extension({ name: 'fax' })).toBeUndefined()
  })

  it('that closes ends its calls here and there, and rejects what waits', async () => {
    const { runtime, call } = world({ authorize: (_, action) => action !== 'message' || new Promise(() => undefined) })
    const { alice, caller, dialog } = await call()
    const callee = listen(dialog)
    await dialog.accept()
    await runtime.settle()
    const waiting = alice.messages.send('bob', 1)
    await alice.session.close()
    await runtime.settle()
    await expect(waiting).rejects.toMatchObject({ code: 'signaling/closed' })
    expect(caller.events).toEqual(['accepted', { code: 'signaling/closed', by: 'system' }])
    expect(callee.events).toEqual(['accepted', { code: 'call/hung-up', by: 'remote' }])
    await expect(alice.messages.send('bob', 1)).rejects.toMatchObject({ code: 'signaling/closed' })
    const late = listen(alice.session.invite('bob', body))
    expect(late.events).toMatchObject([{ code: 'signaling/closed', by: 'system' }])
  })
})

describe('a dialog', () => {
  it('hands over the invitation as it was made, and who made it', async () => {
    const { bob, dialog } = await world().call()
    expect(bob.invited[0]?.body).toEqual(body)
    expect(dialog.peer).toEqual({ id: 'alice', name: 'Name of alice' })
  })

  it('has one leg: the callee is polite, the caller is not', async () => {
    const { caller, dialog } = await world().call()
    expect([caller.legs, listen(dialog).legs].map((legs) => legs.map(({ mode, polite, epoch }) => [mode, polite, epoch]))).toEqual([
      [['symmetric', false, 0]],
      [['symmetric', true, 0]],
    ])
  })

  it('keeps everything in order until it is bound', async () => {
    const { runtime, call } = world()
    const { caller, dialog } = await call()
    for (const n of [1, 2, 3]) await caller.legs[0]?.send({ n })
    await caller.dialog.control({ kind: 'held', held: true })
    await caller.dialog.end({ code: 'call/cancelled', by: 'local' })
    await runtime.settle()
    const callee = listen(dialog)
    expect(callee.messages).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(callee.events).toEqual([{ kind: 'held', held: true }, { code: 'call/cancelled', by: 'remote' }])
  })

  it('tells the caller that it rings and that it was accepted, and by whom', async () => {
    const { runtime, call } = world({ resolve: (address) => (address === 'bob' ? ['bob'] : []) })
    const { caller, dialog } = await call()
    await dialog.ring()
    await dialog.accept()
    await runtime.settle()
    expect(caller.events).toEqual([['progress', false], 'accepted'])
    expect(caller.dialog.peer).toEqual({ id: 'bob', name: 'Name of bob' })
  })

  it.each<[string, 'caller' | 'callee', boolean, EndCode, EndCode]>([
    ['hung up by the caller before it was accepted', 'caller', false, 'call/hung-up', 'call/cancelled'],
    ['given up by the caller', 'caller', false, 'call/no-answer', 'call/no-answer'],
    ['hung up by the callee before it was accepted', 'callee', false, 'call/hung-up', 'call/rejected'],
    ['busy', 'callee', false, 'call/busy', 'call/busy'],
    ['hung up by the caller', 'caller', true, 'call/hung-up', 'call/hung-up'],
    ['hung up by the callee', 'callee', true, 'call/hung-up', 'call/hung-up'],
    ['failed', 'callee', true, 'ice/failed', 'ice/failed'],
  ])('%s ends on the other side alone, with the right code', async (_, who, accepted, code, heard) => {
    const { runtime, call } = world()
    const { caller, dialog } = await call()
    const callee = listen(dialog)
    if (accepted) await dialog.accept()
    await runtime.settle()
    const [ender, other] = who === 'caller' ? [caller, callee] : [callee, caller]
    const before = ender.events.length
    await ender.dialog.end({ code, by: 'local', text: 'because' })
    await ender.dialog.end({ code, by: 'local' })
    await runtime.settle()
    expect(other.events.at(-1)).toEqual({ code: heard, by: 'remote', text: 'because' })
    expect(ender.events).toHaveLength(before)
  })

  it('that is over sends nothing and hears nothing any more', async () => {
    const { runtime, call } = world()
    const { caller, dialog } = await call()
    const callee = listen(dialog)
    await caller.dialog.end({ code: 'call/cancelled', by: 'local' })
    await callee.legs[0]?.send({ n: 1 })
    await runtime.settle()
    expect(caller.messages).toEqual([])
    await expect(caller.dialog.accept()).rejects.toMatchObject({ code: 'usage/closed' })
    await expect(caller.legs[0]?.send({ n: 1 })).rejects.toMatchObject({ code: 'usage/closed' })
  })

  it('that cannot be placed ends at once with the reason', async () => {
    const { session } = await world().join('alice')
    const huge = listen(session.invite('bob', { ...body, metadata: 'x'.repeat(300_000) }))
    expect(huge.events).toMatchObject([{ code: 'signaling/too-large', by: 'system' }])
  })

  it('that cannot be meant is thrown out: no address, or metadata that is no JSON', async () => {
    const { join, runtime } = world()
    const { session } = await join('alice')
    const wrong = expect.objectContaining({ code: 'usage/invalid-argument' })
    for (const to of ['', 'x'.repeat(257), undefined as never]) expect(() => session.invite(to, body)).toThrow(wrong)
    expect(() => session.invite('bob', { ...body, metadata: 1n })).toThrow(wrong)
    const { events } = listen(session.invite('bob', body))
    await runtime.settle()
    expect(events).toEqual([{ code: 'call/unreachable', by: 'system' }])
  })

  it('to oneself that nobody else can take says so', async () => {
    const { runtime, join } = world()
    const { events } = listen((await join('alice')).session.invite('alice', body))
    await runtime.settle()
    expect(events).toEqual([{ code: 'call/unreachable', by: 'system', text: 'nobody else is signed in as alice' }])
  })

  it('that nobody can be found for ends unreachable', async () => {
    const { runtime, join } = world()
    const { events } = listen((await join('alice')).session.invite('nobody', body))
    await runtime.settle()
    expect(events).toEqual([{ code: 'call/unreachable', by: 'system' }])
  })

  it('drops a control without a kind', async () => {
    const { runtime, call } = world()
    const { caller, dialog } = await call()
    const callee = listen(dialog)
    await caller.dialog.control({ other: 1 } as never)
    await caller.dialog.control({ kind: 'held' })
    await runtime.settle()
    expect(callee.events).toEqual([{ kind: 'held' }])
  })
})

describe('messages', () => {
  it('arrive with their sender, and the promise says what became of them', async () => {
    const { join } = world()
    const [alice, bob] = [await join('alice'), await join('bob')]
    const heard: unknown[] = []
    bob.messages.bind((from, data) => heard.push([from, data]))
    await alice.messages.send('bob', { n: 1 })
    expect(heard).toEqual([['alice', { n: 1 }]])
    await expect(alice.messages.send('nobody', 1)).rejects.toMatchObject({
      code: 'signaling/recipient-offline',
      message: expect.stringContaining('recipient-offline'),
    })
  })

  it('to no address, or that are no JSON, reject at once', async () => {
    const alice = await world().join('alice')
    for (const [to, data] of [['', 1], [undefined as never, 1], ['x'.repeat(257), 1], ['bob', 1n]] as const)
      await expect(alice.messages.send(to, data)).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })
})

describe('presence', () => {
  it('too large to be asked for is not asked for again when the server lost the session', async () => {
    const { runtime, join } = world({ graceMs: 0 })
    const [alice] = [await join('alice'), await join('bob')]
    await alice.presence.watch(['bob'])
    const huge = Array.from({ length: 2_000 }, (_, n) => `${n}`.padEnd(256))
    await expect(alice.presence.watch(huge)).rejects.toMatchObject({ code: 'signaling/too-large' })
    const seen: string[] = []
    alice.presence.bind(({ id }) => seen.push(id))
    runtime.advance(20_000)
    runtime.advance(10_000)
    await runtime.elapse(2_000, 50)
    expect([alice.states.at(-1), seen.at(-1)]).toEqual(['online', 'bob'])
  })

  it('tells who is there, and is told again to a server that lost the session', async () => {
    const { runtime, hub, join } = world({ graceMs: 0 })
    const [alice, bob] = [await join('alice'), await join('bob')]
    const seen: PresenceUpdate[] = []
    alice.presence.bind((update) => seen.push(update))
    await alice.presence.watch(['bob'])
    await alice.presence.set('busy')
    await bob.presence.set('away')
    await runtime.elapse(100)
    expect(seen).toEqual([
      { id: 'bob', name: 'Name of bob', status: 'online' },
      { id: 'bob', name: 'Name of bob', status: 'away' },
    ])
    // No answer to its pings: the hub gives the links up, and with no grace the sessions too.
    runtime.advance(20_000)
    runtime.advance(10_000)
    await runtime.elapse(2_000, 50)
    expect(alice.states.at(-1)).toBe('online')
    expect(hub.people().find(({ id }) => id === 'alice')?.status).toBe('busy')
    expect(seen.at(-1)).toEqual({ id: 'bob', name: 'Name of bob', status: 'away' })
    expect(alice.states).toContain('waiting')
  })
})
