import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { World } from '../testing/world'

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
    await world.settle()
    bob.presence.set('away')
    await world.settle()
    expect(seen).toEqual(['bob offline', 'bob online', 'bob away'])
    const late: string[] = []
    aki.presence.watch(['bob', 'carol'], ({ id, status }) => late.push(`${id} ${status}`))
    await world.settle()
    expect(late).toEqual(['bob away', 'carol offline'])
    undo()
    bob.presence.set('busy')
    await world.settle()
    expect([seen.length, late.at(-1), aki.presence.get('bob')?.status]).toEqual([3, 'bob busy', 'busy'])
  })

  it('keeps what was set before the client was connected', async () => {
    const bob = world.client('bob')
    bob.presence.set('busy')
    const aki = await world.online('aki')
    const seen: string[] = []
    aki.presence.watch(['*'], ({ id, status }) => seen.push(`${id} ${status}`))
    await Promise.all([bob.connect(), world.settle()])
    expect(seen.at(-1)).toBe('bob busy')
  })
})
