import { describe, expect, it } from 'vitest'
import { memory } from '../../adapters/memory'
import { Hub } from '../hub'
import { invite, leg } from '../testing/hub-calls'
import { body, listen } from '../testing/native-world'
import { RawClient } from '../testing/raw-client'
import { restartWorld } from '../testing/restart-world'
import type { SignalingTransport } from './transport'

const LOST = { code: 'call/lost', by: 'system' }

describe('a server that is killed and started again during a call', () => {
  it('is told of the call by both, first of all, and the call goes on', async () => {
    const world = restartWorld()
    const { alice, bob, caller, callee } = await world.inCall()
    world.wire.length = 0
    await world.restart()
    expect(alice.states.at(-1)).toBe('online')
    expect(bob.states.at(-1)).toBe('online')
    expect(world.wire.filter((frame) => 'n' in frame).map(({ type }) => type)).toEqual(['sync', 'sync'])
    for (const { events } of [caller, callee]) expect(events.slice(-2)).toEqual([['peerLink', true], 'restored'])
    expect(world.hub.stats()).toMatchObject({ sessions: 2, calls: 1 })
    await caller.legs[0]?.send({ epoch: 0, n: 7 })
    await callee.dialog.control({ kind: 'held', held: true })
    await world.runtime.elapse(20)
    await caller.dialog.end({ code: 'call/hung-up', by: 'local' })
    await world.runtime.elapse(20)
    expect(callee.messages).toEqual([{ epoch: 0, n: 7 }])
    expect(caller.events.at(-1)).toMatchObject({ kind: 'held', held: true })
    expect(callee.events.at(-1)).toEqual({ code: 'call/hung-up', by: 'remote' })
    expect(world.hub.stats().calls).toBe(0)
  })

  it('and never says what became of the call is waited for no longer than it may wait for the other side, and not while it is out of reach', async () => {
    const world = restartWorld({ graceMs: 20_000 })
    const silent: SignalingTransport = {
      name: 'silent',
      open: (sink, context) =>
        memory(world.hub).open({ closed: sink.closed, frame: (text) => sink.frame(text.includes('"synced"') ? text.replace(/"call":"[^"]*"/, '"call":"other"') : text) }, context),
    }
    const alice = await world.join('alice', { over: silent })
    const bob = await world.join('bob')
    const caller = listen(alice.session.invite('bob', body))
    await world.runtime.settle()
    await bob.invited[0]?.dialog.accept()
    await world.runtime.elapse(20)
    const lost = () => caller.events.filter((event) => (event as { code?: string }).code)
    await world.restart()
    await world.runtime.elapse(20_000)
    expect(lost()).toEqual([])
    world.kill()
    await world.runtime.elapse(60_000)
    expect(lost()).toEqual([])
    world.start()
    for (let waited = 0; waited < 60 && alice.states.at(-1) !== 'online'; waited++) await world.runtime.elapse(1_000)
    await world.runtime.elapse(25_000)
    expect(lost()).toEqual([])
    await world.runtime.elapse(5_000)
    expect(lost()).toEqual([LOST])
  })

  it.each([0.5, -1, 2 ** 40, 2 ** 41, 2 ** 60, 1e300])(
    'keeps the calls with others of somebody whose other side in one says epoch %d',
    async (epoch) => {
      const world = restartWorld()
      const { alice, caller, callee } = await world.inCall()
      const carol = await world.join('carol')
      const toCarol = listen(alice.session.invite('carol', body))
      await world.runtime.settle()
      await carol.invited[0]?.dialog.accept()
      await world.runtime.elapse(20)
      await callee.legs[0]?.send({ epoch, n: 1 })
      await world.runtime.elapse(20)
      await world.restart()
      await world.runtime.elapse(1_000)
      expect(toCarol.events.at(-1)).toBe('restored')
      expect(carol.invited[0]?.events.at(-1)).toBe('restored')
      expect(caller.events.at(-1)).toBe('restored')
      expect(world.hub.counters.malformed).toBe(0)
    },
  )

  it('again and again, and the call still goes on', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    for (let n = 0; n < 5; n++) await world.restart()
    expect(caller.events.filter((event) => event === 'restored')).toHaveLength(5)
    expect(callee.events).not.toContainEqual(LOST)
    expect(world.hub.stats().calls).toBe(1)
  })

  it('brings what was said meanwhile, once and in order, when it knows the call again', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    world.kill()
    await caller.legs[0]?.send({ epoch: 0, n: 1 })
    await caller.dialog.control({ kind: 'dtmf', tone: '1' })
    world.start()
    await caller.dialog.control({ kind: 'dtmf', tone: '2' })
    await world.runtime.elapse(1_000)
    await caller.dialog.control({ kind: 'dtmf', tone: '3' })
    await world.runtime.elapse(20)
    expect(callee.messages).toEqual([{ epoch: 0, n: 1 }])
    expect(callee.events.flatMap((event) => (event as { tone?: string }).tone ?? [])).toEqual(['1', '2', '3'])
  })

  it('does not bring twice what had arrived when it was killed before it said so', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    await caller.dialog.control({ kind: 'dtmf', tone: '1' })
    await world.runtime.settle()
    // Delivered, but the acknowledgement waits for 5 ms.
    expect(callee.events.at(-1)).toMatchObject({ tone: '1' })
    await world.restart()
    await caller.dialog.control({ kind: 'dtmf', tone: '2' })
    await world.runtime.elapse(20)
    expect(callee.events.flatMap((event) => (event as { tone?: string }).tone ?? [])).toEqual(['1', '2'])
  })

  it('brings nothing into it of somebody who knows its id and calls with that before it is claimed', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    world.kill()
    world.start()
    const evil = new RawClient(world.hub)
    evil.hello('mallory')
    await world.runtime.settle()
    const { connect } = world.hub
    world.hub.connect = (link) => {
      const sink = connect.call(world.hub, link)
      return {
        closed: () => sink.closed(),
        frame: (text) => {
          // Right before the claim of the callee.
          if (text.includes('"role":"callee"')) {
            evil.number(invite('bob', caller.dialog.id))
            evil.number(leg({ epoch: 65_536, n: 1 }, caller.dialog.id))
          }
          sink.frame(text)
        },
      }
    }
    await world.runtime.elapse(1_000)
    expect(callee.events.at(-1)).toBe('restored')
    expect(callee.messages).toEqual([])
    await caller.legs[0]?.send({ epoch: 0, n: 7 })
    await world.runtime.elapse(20)
    expect(callee.messages).toEqual([{ epoch: 0, n: 7 }])
  })

  it('ends the call for the other side with the reason of who hung up meanwhile', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    world.kill()
    await callee.dialog.end({ code: 'call/hung-up', by: 'local', text: 'I had to go' })
    world.start()
    await world.runtime.elapse(1_000)
    expect(caller.events.at(-1)).toEqual({ code: 'call/hung-up', by: 'remote', text: 'I had to go' })
    expect(world.hub.stats().calls).toBe(0)
  })

  it('gives a call up whose other side does not come back', async () => {
    const world = restartWorld()
    const { bob, caller } = await world.inCall()
    world.kill()
    await bob.session.close()
    world.start()
    await world.runtime.elapse(59_000)
    expect(caller.events).not.toContainEqual(LOST)
    await world.runtime.elapse(3_000)
    expect(caller.events.at(-1)).toEqual(LOST)
  })

  it('gets an invitation once more that nobody has answered, and accepted calls beside it', async () => {
    const world = restartWorld()
    const { alice, bob } = await world.inCall()
    const second = listen(alice.session.invite('bob', body))
    world.kill()
    world.start()
    await world.runtime.elapse(1_000)
    expect(bob.invited).toHaveLength(2)
    expect(second.events).toEqual([])
    expect(world.hub.stats().calls).toBe(2)
  })

  it('and knows nothing of bringing back calls loses it at once', async () => {
    const world = restartWorld()
    const { caller, callee } = await world.inCall()
    world.kill()
    // A hub of the minor version before: its welcome names no partBytes.
    class Older extends Hub {
      override connect(link: Parameters<Hub['connect']>[0]): ReturnType<Hub['connect']> {
        return super.connect({
          close: (code) => link.close(code),
          send: (frame) => link.send(frame.replace(/,"partBytes":\d+/, '')),
        })
      }
    }
    world.start(new Older({ runtime: world.runtime, authenticate: (token) => ({ id: token ?? '' }), hash: (text) => text }))
    await world.runtime.elapse(1_000)
    expect(caller.events.at(-1)).toEqual(LOST)
    expect(callee.events.at(-1)).toEqual(LOST)
  })

  it('keeps no more of a call than it may until it knows it again', async () => {
    const world = restartWorld()
    const { caller, bob } = await world.inCall()
    world.kill()
    await bob.session.close()
    world.start()
    await world.runtime.elapse(1_000)
    const sent = await Promise.allSettled(Array.from({ length: 300 }, (_, n) => caller.dialog.control({ kind: 'x', at: n })))
    expect(sent.filter(({ status }) => status === 'rejected')).toHaveLength(44)
  })
})
