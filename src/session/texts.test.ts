import { afterEach, beforeEach, expect, it } from 'vitest'
import { ringing, World } from '../testing/world'
import { endError } from './end-reason'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const textOf = (failed: Promise<unknown>): Promise<unknown> => failed.then(() => 'none', (error: unknown) => (error as Error).message)

it('what a call is asked at the wrong moment says how the call would have to be, and how it is', async () => {
  const { outgoing, incoming } = await ringing(world)
  expect([await textOf(incoming.hold()), await textOf(outgoing.accept())]).toEqual([
    'This call is ringing, not connecting or active or reconnecting.',
    'This call is ringing, not incoming and unanswered.',
  ])
  void outgoing.hangUp()
  await world.settle()
  expect(await textOf(incoming.sendDtmf('1'))).toBe('This call is ended, not active or reconnecting.')
})

it.each([
  [undefined, 'The call ended: call/transfer-declined, by remote.'],
  ['Not to them.', 'The call ended: call/transfer-declined, by remote: Not to them.'],
])('how a call ended is said once, and ends with one dot, also where somebody said why (%s)', (text, message) => {
  expect(endError({ code: 'call/transfer-declined', by: 'remote', text }).message).toBe(message)
})
