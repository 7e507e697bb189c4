import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallsOptions } from '../options'
import { FakeTrack } from '../testing/fake-media'
import { keeperOf } from '../testing/restart-world'
import { received, talking, World } from '../testing/world'
import type { Call } from './call'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const open = (): number => world.connections.filter(({ signalingState }) => signalingState !== 'closed').length

describe('a call whose path is lost', () => {
  it('is given 40 s, or what the app gives it, and ends ice/failed', async () => {
    for (const [calls, budgetMs] of [[{}, 40_000], [{ reconnectTimeoutMs: 5_000 }, 5_000]] as readonly [CallsOptions, number][]) {
      const { outgoing, incoming } = await talking(world, calls)
      await world.path('disconnected')
      await world.runtime.elapse(budgetMs - 1, 100)
      expect([outgoing.state, incoming.state]).toEqual(['reconnecting', 'reconnecting'])
      await world.runtime.elapse(1)
      await world.settle()
      expect([outgoing.reason?.code, incoming.reason?.code, open()]).toEqual(['ice/failed', 'ice/failed', 0])
      await world.close()
      world = new World()
    }
  })

  it('that comes back is given as much the next time', async () => {
    const { outgoing } = await talking(world)
    for (let again = 0; again < 3; again++) {
      await world.path('disconnected')
      await world.runtime.elapse(30_000, 1_000)
      await world.path('connected')
      expect(outgoing.state).toBe('active')
    }
    await world.runtime.elapse(60_000, 1_000)
    expect(outgoing.state).toBe('active')
  })

  it('ends call/lost where the other side is away from signaling too', async () => {
    const { outgoing } = await talking(world)
    await world.serverSays(outgoing, { type: 'link', up: false })
    await world.path('disconnected')
    await world.runtime.elapse(40_000, 1_000)
    await world.settle()
    expect(outgoing.reason).toEqual({ code: 'call/lost', by: 'local' })
  })

  it('ends without a word to anybody where signaling takes none any more, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { outgoing } = await talking(world)
    outgoing.dialog.end = async () => {
      throw new Error('full')
    }
    await world.path('disconnected')
    await world.runtime.elapse(40_000, 1_000)
    await world.settle()
    expect(outgoing.reason?.code).toBe('ice/failed')
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('can be hung up by a listener that hears of the loss, and leaves no timer', async () => {
    const { outgoing } = await talking(world)
    const timers = world.runtime.timers
    outgoing.on('stateChanged', ({ to }) => {
      if (to === 'reconnecting') void outgoing.hangUp()
    })
    await world.path('disconnected')
    expect(outgoing.state).toBe('ended')
    expect(world.runtime.timers).toBeLessThanOrEqual(timers)
  })
})

describe('a call whose other side is away from signaling', () => {
  it('is reconnecting within 2 s where the other side does not answer over the channel either, and active when it does', async () => {
    const { outgoing, incoming } = await talking(world)
    for (const connection of world.connections) connection.cut = true
    await world.serverSays(outgoing, { type: 'link', up: false })
    await world.runtime.elapse(2_100)
    expect([outgoing.state, incoming.state]).toEqual(['reconnecting', 'active'])
  })

  it('goes on where the other side answers', async () => {
    const { outgoing } = await talking(world)
    await world.serverSays(outgoing, { type: 'link', up: false })
    await world.runtime.elapse(10_000, 100)
    expect(outgoing.state).toBe('active')
  })

  it('is held there still when the other side is back', async () => {
    const { outgoing, incoming } = await talking(world)
    void outgoing.hold()
    await world.settle()
    await world.serverSays(incoming, { type: 'control', message: { kind: 'held', held: false } })
    expect(incoming.held.remote).toBe(false)
    await world.serverSays(outgoing, { type: 'link', up: true })
    expect(incoming.held.remote).toBe(true)
  })
})

describe('a call that the server lost', () => {
  it('goes on while the two have each other, and is hung up over the channel', async () => {
    const { outgoing, incoming } = await talking(world)
    for (const call of [outgoing, incoming]) await world.serverSays(call, { type: 'ended', code: 'call/lost', by: 'system' })
    expect([outgoing.state, incoming.state]).toEqual(['active', 'active'])
    void outgoing.hangUp()
    await world.settle()
    expect([outgoing.reason, incoming.reason]).toEqual([
      { code: 'call/hung-up', by: 'local' },
      { code: 'call/hung-up', by: 'remote' },
    ])
  })

  it('ends where their path is lost as well', async () => {
    const { outgoing } = await talking(world)
    await world.path('disconnected')
    await world.serverSays(outgoing, { type: 'ended', code: 'call/lost', by: 'system' })
    expect(outgoing.reason).toEqual({ code: 'call/lost', by: 'system', text: undefined })
  })

  it('ends call/lost when their path is lost later', async () => {
    const { outgoing } = await talking(world)
    await world.serverSays(outgoing, { type: 'ended', code: 'call/lost', by: 'system' })
    await world.path('disconnected')
    await world.runtime.elapse(40_000, 1_000)
    await world.settle()
    expect(outgoing.reason?.code).toBe('call/lost')
  })
})

describe('a page that is loaded again in a call', () => {
  /** Bob's page is loaded again: the old one hears and says nothing any more. */
  const reloaded = async ({ listens = true, before }: { listens?: boolean; before?: (outgoing: Call, incoming: Call) => unknown } = {}) => {
    const kept = {}
    const aki = await world.online('aki', {}, keeperOf({}))
    const rang = received(await world.online('bob', {}, keeperOf(kept)))
    const outgoing = aki.call('bob', { metadata: 'tea' })
    await world.settle()
    void rang[0]?.accept()
    await world.settle()
    void outgoing.local.publish(new FakeTrack('audio', 'akis').track, { name: 'voice' })
    if (rang[0]) void before?.(outgoing, rang[0])
    await world.settle()
    const again = world.client('bob', {}, keeperOf(kept))
    const reclaimed: Call[] = []
    if (listens) again.on('callReclaimed', ({ call }) => reclaimed.push(call))
    for (const connection of world.connections) connection.cut = true
    void again.connect()
    await world.settle()
    return { outgoing, again, reclaimed }
  }

  it('goes on with it: the same call, the same tracks, and its own ones anew', async () => {
    const { outgoing, reclaimed } = await reloaded()
    const [call] = reclaimed
    expect([call?.state, call?.id, call?.direction, call?.metadata, call?.remote.id]).toEqual([
      'reconnecting', outgoing.id, 'incoming', 'tea', 'aki',
    ])
    const theirs = outgoing.local.tracks.map(({ id }) => id)
    const accepted = call?.accept({ video: true })
    await world.settle()
    await world.allow(new FakeTrack('video', 'cam'))
    await accepted
    await world.settle()
    expect([call?.state, outgoing.state]).toEqual(['active', 'active'])
    expect([call?.remote.tracks.map(({ id }) => id), outgoing.remote.tracks.map(({ name }) => name)]).toEqual([theirs, ['camera']])
  })

  it('is still held by the other side, before and meanwhile', async () => {
    for (const before of [(outgoing: Call) => outgoing.hold(), () => undefined]) {
      const { outgoing, reclaimed } = await reloaded({ before })
      void outgoing.hold()
      await world.settle()
      void reclaimed[0]?.accept()
      await world.settle()
      expect([reclaimed[0]?.held, outgoing.held]).toEqual([{ local: false, remote: true }, { local: true, remote: false }])
      await world.close()
      world = new World()
    }
  })

  it('is held by this side still', async () => {
    const { outgoing, reclaimed } = await reloaded({ before: (_, incoming) => incoming.hold() })
    expect(outgoing.held).toEqual({ local: false, remote: true })
    void reclaimed[0]?.accept()
    await world.settle()
    expect([reclaimed[0]?.held, outgoing.held]).toEqual([{ local: true, remote: false }, { local: false, remote: true }])
  })

  it('ends it where the app does not want to go on', async () => {
    const { outgoing, reclaimed } = await reloaded()
    void reclaimed[0]?.hangUp()
    await world.settle()
    expect([outgoing.reason, reclaimed[0]?.reason]).toEqual([
      { code: 'call/hung-up', by: 'remote', text: undefined },
      { code: 'call/hung-up', by: 'local' },
    ])
  })

  it('ends it where nobody listens, and says so in the log', async () => {
    const { outgoing } = await reloaded({ listens: false })
    expect([outgoing.reason?.code, world.warnings]).toEqual(['call/hung-up', expect.arrayContaining(['nothing listens to callReclaimed'])])
  })

  it('ends it where nobody goes on within the time for reconnecting', async () => {
    const { reclaimed } = await reloaded()
    await world.runtime.elapse(41_000, 1_000)
    await world.settle()
    expect(reclaimed[0]?.reason?.code).toBe('call/lost')
  })

  it('can be accepted again where the camera is refused', async () => {
    const { outgoing, reclaimed } = await reloaded()
    const refused = reclaimed[0]?.accept({ video: true })
    await world.settle()
    world.media.questions.at(-1)?.refuse('NotAllowedError')
    await expect(refused).rejects.toMatchObject({ code: 'media/permission-denied' })
    void reclaimed[0]?.accept()
    await world.settle()
    expect([reclaimed[0]?.state, outgoing.state]).toEqual(['active', 'active'])
  })

  it('may go away without hanging up', async () => {
    const { outgoing } = await reloaded()
    world.runtime.firePage('pagehide', Object.assign(new Event('pagehide'), { persisted: false }))
    await world.settle()
    expect(outgoing.reason).toBeUndefined()
  })
})
