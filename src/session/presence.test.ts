import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RtcError } from '../base/errors'
import type { LogFields } from '../base/log'
import type { PresencePort } from '../signaling/port'
import { World } from '../testing/world'
import { Presence } from './presence'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

describe('presence', () => {
  it('tells what is and what changes, to late listeners too, until it is undone', async () => {
    const aki = world.client('aki')
    const seen: string[] = []
    const undo = aki.presence.watch(['bob'], ({ id, status }) => seen.push(`${id} ${status}`))
    await Promise.all([aki.connect(), world.settle()])
    const bob = await world.online('bob')
    await world.runtime.elapse(100)
    bob.presence.set('away')
    await world.runtime.elapse(100)
    expect(seen).toEqual(['bob offline', 'bob online', 'bob away'])
    const late: string[] = []
    aki.presence.watch(['bob', 'carol'], ({ id, status }) => late.push(`${id} ${status}`))
    await world.settle()
    expect(late).toEqual(['bob away', 'carol offline'])
    undo()
    bob.presence.set('busy')
    await world.runtime.elapse(100)
    expect([seen.length, late.at(-1), aki.presence.get('bob')?.status]).toEqual([3, 'bob busy', 'busy'])
  })

  it('keeps what was set before the client was connected', async () => {
    const bob = world.client('bob')
    bob.presence.set('busy')
    const aki = await world.online('aki')
    const seen: string[] = []
    aki.presence.watch(['*'], ({ id, status }) => seen.push(`${id} ${status}`))
    await Promise.all([bob.connect(), world.settle()])
    await world.runtime.elapse(100)
    expect(seen.at(-1)).toBe('bob busy')
  })

  it('leaves out ids that cannot be, and warns', async () => {
    const warnings: unknown[] = []
    const quiet = (): void => undefined
    const asked: (readonly string[])[] = []
    const port: PresencePort = { watch: async (ids) => void asked.push(ids), set: async () => undefined, bind: quiet }
    const presence = new Presence()
    presence.watch(['bob', '', undefined as never, 'x'.repeat(257)], quiet)
    presence.bind(port, { debug: quiet, info: quiet, warn: (...line) => warnings.push(line), error: quiet })
    expect(asked).toEqual([['bob']])
    expect(warnings).toHaveLength(1)
  })

  it('warns of what the server refuses, and says nothing of a session that closed', async () => {
    const warnings: (LogFields | undefined)[] = []
    const quiet = (): void => undefined
    const refusals = ['signaling/forbidden', 'signaling/rate-limited', 'signaling/closed'] as const
    let asked = 0
    const refuse = async (): Promise<void> => {
      throw new RtcError(refusals[asked++] ?? 'signaling/timeout', 'no')
    }
    const port: PresencePort = { watch: refuse, set: refuse, bind: quiet }
    const presence = new Presence()
    presence.watch(['*'], quiet)
    presence.bind(port, { debug: quiet, info: quiet, warn: (_, fields) => warnings.push(fields), error: quiet })
    presence.set('away')
    presence.watch(['bob'], quiet)
    await world.settle()
    expect(asked).toBe(3)
    expect(warnings).toEqual([{ why: 'signaling/forbidden' }, { why: 'signaling/rate-limited' }])
  })
})
