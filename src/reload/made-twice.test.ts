import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { acrossReloads } from '.'
import type { Call } from '../session/call'
import { received, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  await world.close()
  vi.unstubAllGlobals()
})

/** A page that is loaded anew, with what the one before it stored; the browser has let go of the locks of that one. */
const load = (storage: Map<string, string>): void => {
  const held = new Set<string>()
  const request = async (name: string, _: object, taken: (lock: object | null) => unknown) => taken(held.has(name) ? null : held.add(name))
  vi.stubGlobal('navigator', { locks: { request } })
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
    removeItem: (key: string) => storage.delete(key),
  })
}

/** How long React leaves it the first client, in steps of what is under way; all before it has said anything to the server. */
const STEPS = [0, 8, 16, 20, 24]

it.each(['each with a keeper of its own', 'with one keeper'].flatMap((how) => STEPS.map((steps) => [how, steps] as const)))('goes on with the call where React makes the client twice, %s (%i)', async (how, steps) => {
  const storage = new Map<string, string>()
  load(storage)
  const aki = await world.online('aki')
  const bob = await world.online('bob', {}, acrossReloads())
  const rang = received(bob)
  const call = aki.call('bob')
  await world.settle()
  void rang[0]?.accept()
  await world.settle()
  for (const connection of world.connections) connection.cut = true
  load(storage)
  const shared = how === 'with one keeper' ? acrossReloads() : undefined
  const mount = () => {
    const client = world.client('bob', {}, shared ?? acrossReloads())
    const reclaimed: Call[] = []
    client.on('callReclaimed', (event) => reclaimed.push(event.call))
    client.connect().catch(() => undefined)
    return { client, reclaimed }
  }
  const first = mount()
  for (let step = 0; step < steps; step++) await Promise.resolve()
  void first.client.close()
  const second = mount()
  await world.runtime.elapse(2_000, 100)
  await world.settle()
  expect([first.reclaimed.length, second.reclaimed.map(({ id }) => id), storage.size]).toEqual([0, [call.id], 1])
  expect(call.state).not.toBe('ended')
})
