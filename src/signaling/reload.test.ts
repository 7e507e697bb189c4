import { describe, expect, it } from 'vitest'
import { cutting } from '../testing'
import { memory } from '../../adapters/memory'
import { FakeRuntime } from '../testing/fake-runtime'
import { body, listen } from '../testing/native-world'
import { keeperOf, restartWorld } from '../testing/restart-world'
import { native } from './native'
import type { SignalingTransport } from './transport'

const leaves = Object.assign(new Event('pagehide'), { persisted: false })

/** Alice and Bob in a call, and Bob's page keeps its session. */
const inCall = async () => {
  const world = restartWorld()
  const kept: { state?: string | undefined } = {}
  const before = await world.inCall({ bob: keeperOf(kept) })
  return { ...before, world, kept }
}

describe('a page that is loaded again', () => {
  it('has its call again, at a higher epoch, while the other side sees its link go and come back', async () => {
    const { world, kept, caller, callee } = await inCall()
    // The clients share a runtime here: Alice has no keeper, and would leave as well.
    world.wire.length = 0
    const secret = kept.state
    const again = await world.join('bob', { keeper: keeperOf(kept) })
    await world.runtime.settle()
    expect(world.wire[0]).toMatchObject({ type: 'reclaim' })
    expect(again.reclaimed).toMatchObject([{ direction: 'incoming', body: { media: body.media, metadata: body.metadata } }])
    expect(again.reclaimed[0]?.dialog).toMatchObject({ id: callee.dialog.id, peer: { id: 'alice' } })
    expect(again.reclaimed[0]?.legs).toMatchObject([{ polite: true, epoch: 65_536 }])
    expect(kept.state).not.toBe(secret)
    await again.reclaimed[0]?.legs[0]?.send({ epoch: 65_536, n: 1 })
    await again.reclaimed[0]?.dialog.control({ kind: 'muted' })
    await world.runtime.settle()
    expect(caller.messages).toEqual([{ epoch: 65_536, n: 1 }])
    expect(caller.events.at(-1)).toMatchObject({ kind: 'muted' })
    await again.reclaimed[0]?.dialog.end({ code: 'call/hung-up', by: 'local' })
    await world.runtime.settle()
    expect(caller.events.at(-1)).toEqual({ code: 'call/hung-up', by: 'remote' })
  })

  it('says that it may be back instead of leaving, where it has a keeper', async () => {
    const kept: { state?: string | undefined } = {}
    const world = restartWorld()
    const { caller } = await world.inCall({ alice: keeperOf({}), bob: keeperOf(kept) })
    world.wire.length = 0
    world.runtime.firePage('pagehide', leaves)
    await world.runtime.settle()
    expect(world.wire.filter(({ type }) => type === 'bye')).toEqual([{ type: 'bye', backWithinMs: 15_000 }, { type: 'bye', backWithinMs: 15_000 }])
    expect(caller.events.at(-1)).not.toMatchObject({ code: expect.any(String) })
    expect(kept.state).toBeDefined()
    expect(world.hub.stats().calls).toBe(1)
  })

  it('leaves as ever where it has none', async () => {
    const world = restartWorld()
    await world.inCall()
    world.runtime.firePage('pagehide', leaves)
    await world.runtime.settle()
    expect(world.hub.stats()).toMatchObject({ sessions: 0, calls: 0 })
  })

  it('leaves as ever where its keeper kept nothing', async () => {
    const world = restartWorld()
    const none = { load: async () => undefined, save: () => false }
    await world.inCall({ alice: none, bob: none })
    world.runtime.firePage('pagehide', leaves)
    await world.runtime.settle()
    expect(world.hub.stats()).toMatchObject({ sessions: 0, calls: 0 })
  })

  it('is rung again by who rang, at an epoch of its own', async () => {
    const world = restartWorld()
    const kept: { state?: string | undefined } = {}
    const alice = await world.join('alice')
    await world.join('bob', { keeper: keeperOf(kept) })
    const caller = listen(alice.session.invite('bob', body))
    await world.runtime.settle()
    const again = await world.join('bob', { keeper: keeperOf(kept) })
    await world.runtime.settle()
    expect(again.reclaimed).toEqual([])
    expect(again.invited).toMatchObject([{ body: { media: body.media, metadata: body.metadata }, legs: [{ epoch: 65_536 }] }])
    await again.invited[0]?.dialog.accept()
    await world.runtime.settle()
    expect(caller.events).toEqual(['accepted'])
  })

  it('finds a server that was started again, and is nobody else there', async () => {
    const world = restartWorld({ authenticate: (_, { instance }) => ({ id: `guest ${instance}` }) })
    const kept: { state?: string | undefined } = {}
    const before = await world.join('', { keeper: keeperOf(kept) })
    world.kill()
    world.start()
    const again = await world.join('', { keeper: keeperOf(kept) })
    expect(again.session.id).toBe(before.session.id)
    expect(again.reclaimed).toEqual([])
  })

  it('goes on with the call after the server was started again, too', async () => {
    const { world, kept, caller } = await inCall()
    const again = await world.join('bob', { keeper: keeperOf(kept) })
    await world.restart()
    expect(again.reclaimed[0]?.events.slice(-1)).toEqual(['restored'])
    expect(caller.events.slice(-1)).toEqual(['restored'])
    const third = await world.join('bob', { keeper: keeperOf(kept) })
    // Above the highest that was claimed.
    expect(third.reclaimed[0]?.legs).toMatchObject([{ epoch: 131_072 }])
  })

  it('keeps nothing once it has left for good', async () => {
    const world = restartWorld()
    const kept: { state?: string | undefined } = {}
    const bob = await world.join('bob', { keeper: keeperOf(kept) })
    await bob.session.close()
    expect(kept.state).toBeUndefined()
  })

  it.each(['', 'nonsense', 'null', '[]', '{"session":1}', '{"session":"s","key":"k","instance":"i"}'])(
    'begins anew with %j',
    async (state) => {
      const world = restartWorld()
      const bob = await world.join('bob', { keeper: keeperOf({ state }) })
      expect(bob.states.at(-1)).toBe('online')
      expect(bob.reclaimed).toEqual([])
    },
  )

  it('begins anew where the keeper fails', async () => {
    const world = restartWorld()
    const bob = await world.join('bob', { keeper: { load: () => Promise.reject(new Error('no storage')), save: () => undefined } })
    expect(bob.states.at(-1)).toBe('online')
  })

  it('whose link breaks before it hears the answer has its call over the next one', async () => {
    const { world, kept, caller } = await inCall()
    let breaks = true
    const over: SignalingTransport = {
      name: 'deaf',
      open: async (sink, context) => {
        const link = await memory(world.hub).open(
          {
            closed: sink.closed,
            frame: (frame) => {
              if (!breaks || !frame.includes('"reclaimed"')) return sink.frame(frame)
              breaks = false
              void link.close()
              sink.closed({ clean: false, retry: 'yes' })
            },
          },
          context,
        )
        return link
      },
    }
    const joining = world.join('bob', { keeper: keeperOf(kept), over })
    await world.runtime.elapse(2_000)
    const again = await joining
    expect(again.reclaimed).toHaveLength(1)
    await again.reclaimed[0]?.dialog.control({ kind: 'muted' })
    await world.runtime.settle()
    expect(caller.events.at(-1)).toMatchObject({ kind: 'muted' })
  })

  it('and once more before it is online has its call all the same', async () => {
    const { world, kept: before, caller } = await inCall()
    // The page before is gone, here it only looks so: what it forgets is nothing to this one.
    const kept = { ...before }
    const deaf: SignalingTransport = {
      name: 'deaf',
      open: (sink, context) => memory(world.hub).open({ closed: sink.closed, frame: () => undefined }, context),
    }
    const runtime = new FakeRuntime()
    const session = native(deaf, { runtime }).open(
      { stateChanged: () => undefined, invited: () => undefined },
      { token: async () => 'bob', signal: new AbortController().signal, keeper: keeperOf(kept) },
    )
    session.catch(() => undefined)
    await world.runtime.settle()
    runtime.firePage('pagehide', leaves)
    await world.runtime.settle()
    expect(caller.events).not.toContainEqual({ code: 'call/hung-up', by: 'remote' })
    const again = await world.join('bob', { keeper: keeperOf(kept) })
    expect(again.reclaimed).toHaveLength(1)
  })

  it('whose first link breaks reclaims over the next one', async () => {
    const { world, kept } = await inCall()
    let breaks = true
    const over = cutting(memory(world.hub), (_, frame) => {
      const cut = breaks && frame.includes('"reclaim"')
      if (cut) breaks = false
      return cut ? 'cut' : 'pass'
    })
    const joining = world.join('bob', { keeper: keeperOf(kept), over })
    await world.runtime.elapse(2_000)
    const again = await joining
    expect(again.reclaimed).toHaveLength(1)
  })
})
