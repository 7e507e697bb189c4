import { describe, expect, it } from 'vitest'
import { memory } from '../../adapters/memory'
import { startConnection } from '../testing/scripted-server'
import { restartWorld } from '../testing/restart-world'
import type { SignalingTransport } from './transport'

describe('a server that drains', () => {
  it('is left within a random part of the time, and another link is opened', async () => {
    const { runtime, server, states, online } = startConnection()
    await online()
    await runtime.elapse(11_000)
    server.say({ type: 'draining', retryWithinMs: 4_000 })
    await runtime.elapse(4_100)
    expect(states.slice(-2)).toEqual(['waiting signaling/unreachable', 'connecting'])
    expect(server.opens).toBe(2)
  })

  it('is left by different clients at different times', async () => {
    const leftAt: number[] = []
    for (const seed of [1, 2, 3, 4]) {
      const { runtime, server, states, online } = startConnection({ seed })
      await online()
      const start = runtime.now()
      server.say({ type: 'draining', retryWithinMs: 10_000 })
      while (!states.at(-1)?.startsWith('waiting')) await runtime.elapse(100)
      leftAt.push(Math.round((runtime.now() - start) / 100))
    }
    expect(new Set(leftAt).size).toBe(4)
  })

  it('that asks for years is left after ten minutes', async () => {
    const { runtime, server, states, online } = startConnection()
    await online()
    server.say({ type: 'draining', retryWithinMs: Number.MAX_SAFE_INTEGER })
    for (let at = 0; at < 40; at++) {
      runtime.advance(15_000)
      server.say({ type: 'ping' })
      await runtime.settle()
    }
    expect(states).toContain('waiting signaling/unreachable')
  })

  it('hands its calls over to the server that runs instead', async () => {
    const world = restartWorld()
    const { alice, bob, caller, callee } = await world.inCall()
    const old = world.hub
    old.drain(2_000)
    world.start()
    await world.runtime.elapse(8_000)
    expect([alice.states.at(-1), bob.states.at(-1)]).toEqual(['online', 'online'])
    expect(old.stats().links).toBe(0)
    expect(world.hub.stats()).toMatchObject({ sessions: 2, calls: 1 })
    await callee.dialog.end({ code: 'call/hung-up', by: 'local' })
    await world.runtime.elapse(20)
    expect(caller.events.at(-1)).toEqual({ code: 'call/hung-up', by: 'remote' })
  })
})

describe('a session', () => {
  it('does not care over which transport it goes on: everything arrives once and in order, both ways', async () => {
    const world = restartWorld()
    // The same hub over two transports that have nothing in common but the port: one hands frames over at once, the other in bundles and late.
    const bundled: SignalingTransport = {
      name: 'bundled',
      open: async (sink, context) => {
        const up: string[] = []
        const down: string[] = []
        let open = true
        const link = await memory(world.hub).open(
          {
            frame: (frame) => down.push(frame),
            closed: (why) => {
              open = false
              sink.closed(why)
            },
          },
          context,
        )
        const tick = (): void => {
          if (!open) return
          for (const frame of up.splice(0)) void link.send(frame)
          for (const frame of down.splice(0)) sink.frame(frame)
          world.runtime.after(7, tick)
        }
        tick()
        return {
          send: async (frame) => void up.push(frame),
          close: async () => {
            open = false
            await link.close()
          },
        }
      },
    }
    const used: string[] = []
    const links: { close(): Promise<void> }[] = []
    const changing: SignalingTransport = {
      name: 'changing',
      open: async (sink, context) => {
        const transport = links.length % 2 ? bundled : memory(world.hub)
        used.push(transport.name)
        let told = false
        const closed: typeof sink.closed = (why) => {
          if (!told) sink.closed(why)
          told = true
        }
        const link = await transport.open({ frame: (frame) => told || sink.frame(frame), closed }, context)
        links.push({
          close: async () => {
            closed({ clean: false, retry: 'yes' })
            await link.close()
          },
        })
        return link
      },
    }
    const alice = await world.join('alice', { over: changing })
    const bob = await world.join('bob')
    const [atAlice, atBob]: [unknown[], unknown[]] = [[], []]
    alice.messages.bind((_, data) => atAlice.push(data))
    bob.messages.bind((_, data) => atBob.push(data))
    const wanted = Array.from({ length: 200 }, (_, n) => n)
    const sent: Promise<void>[] = []
    for (const n of wanted) {
      sent.push(alice.messages.send('bob', n), bob.messages.send('alice', n))
      if (n % 10 === 9) void links.at(-1)?.close()
      await world.runtime.elapse(20)
      if (n % 50 === 49) await world.runtime.elapse(20_000)
    }
    await world.runtime.elapse(60_000, 100)
    await Promise.all(sent)
    expect(atBob).toEqual(wanted)
    expect(atAlice).toEqual(wanted)
    expect(used.filter((name) => name === 'bundled').length).toBeGreaterThan(3)
    expect(used.filter((name) => name === 'memory').length).toBeGreaterThan(3)
    expect(world.hub.stats().sessions).toBe(2)
  })
})

