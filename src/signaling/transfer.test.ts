import { expect, it } from 'vitest'
import { body, listen, world } from '../testing/native-world'
import type { Dialog, InviteBody, TransferRequest } from './port'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import './transfer'

interface Replacing {
  invite(to: string, body: InviteBody, replaces?: { readonly call: string; readonly key: string }): Dialog
}

/** Alice talks with Bob and with Carol; Bob's requests are collected, and what Carol is told. */
const consulting = async () => {
  const { runtime, join } = world()
  const [alice, bob, carol] = [await join('alice'), await join('bob'), await join('carol')]
  const talk = async (to: typeof bob, name: string) => {
    const ours = alice.session.invite(name, body)
    const mine = listen(ours)
    await runtime.settle()
    const theirs = to.invited.at(-1)?.dialog
    if (!theirs) throw new Error('nothing rang')
    return { ours, mine, theirs }
  }
  const [first, second] = [await talk(bob, 'bob'), await talk(carol, 'carol')]
  const requests: TransferRequest[] = []
  const seen: unknown[] = []
  const nothing = () => undefined
  const sink = { progress: nothing, accepted: nothing, ended: nothing, control: nothing, leg: nothing }
  first.theirs.bind({ ...sink, transferRequested: (request) => requests.push(request) })
  second.theirs.bind({ ...sink, control: (message) => seen.push(message) })
  for (const { theirs } of [first, second]) void theirs.accept()
  await runtime.settle()
  carol.invited.splice(0)
  return { runtime, bob, carol, first, second, requests, seen }
}

it('hands a key to the third person, and to whoever is put through, and neither shows it to the app', async () => {
  const { runtime, carol, first, second, requests, seen } = await consulting()
  const transfer = first.ours.transfer(second.ours)
  await runtime.settle()
  expect([requests.map(({ to }) => to), seen]).toEqual([['carol'], []])
  requests[0]?.invite(body)
  await runtime.settle()
  expect(carol.invited.map(({ replaced }) => replaced)).toEqual([second.theirs])
  await requests[0]?.done()
  await runtime.settle()
  await transfer
})

it('lets in nobody who has the wrong key, and nobody twice', async () => {
  const { runtime, bob, carol, first, second, requests } = await consulting()
  const session = bob.session as unknown as Replacing
  const wrong = listen(session.invite('carol', body, { call: second.theirs.id, key: 'wrong' }))
  await runtime.settle()
  expect([carol.invited, wrong.events]).toEqual([[], [expect.objectContaining({ code: 'call/unreachable', by: 'remote' })]])
  void first.ours.transfer(second.ours).catch(() => undefined)
  await runtime.settle()
  requests[0]?.invite(body)
  const again = requests[0]?.invite(body)
  const events = again ? listen(again).events : []
  await runtime.settle()
  expect([carol.invited.length, events]).toEqual([1, [expect.objectContaining({ code: 'call/unreachable' })]])
})

it('lets in nobody with the key of a transfer that came to nothing', async () => {
  const { runtime, carol, first, second, requests } = await consulting()
  const transfer = first.ours.transfer(second.ours)
  await runtime.settle()
  await requests[0]?.done('call/transfer-declined', 'no')
  await expect(transfer).rejects.toMatchObject({ code: 'call/transfer-declined', message: expect.stringContaining('no') })
  await runtime.settle()
  requests[0]?.invite(body)
  await runtime.settle()
  expect(carol.invited).toEqual([])
})

it('declines for an app, or a protocol, that knows no transfers', async () => {
  const { runtime, first } = await consulting()
  listen(first.ours)
  const back = first.theirs.transfer('carol')
  await runtime.settle()
  await expect(back).rejects.toMatchObject({ code: 'call/transfer-declined' })
})

it('answers one request at a time', async () => {
  const { runtime, first, requests } = await consulting()
  const { ours } = first
  void ours.control({ kind: 'transfer', id: 1, to: 'carol' })
  void ours.control({ kind: 'transfer', id: 2, to: 'dave' })
  await runtime.settle()
  expect(requests.map(({ to }) => to)).toEqual(['carol'])
  await requests[0]?.done('call/busy')
  void ours.control({ kind: 'transfer', id: 3, to: 'dave' })
  await runtime.settle()
  expect(requests.map(({ to }) => to)).toEqual(['carol', 'dave'])
})
