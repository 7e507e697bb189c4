import { expect, it } from 'vitest'
import { FakeRuntime } from '../testing/fake-runtime'
import type { Dialog, DialogSink, EndReason } from '../signaling/port'
import { Lines } from './lines'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

it('a rival that another device of ours answered says nothing of our own invitation, which goes on ringing', async () => {
  const told: string[] = []
  const note = (name: string) => () => void told.push(name)
  const dialogOf = (id: string) => {
    const bound: DialogSink[] = []
    const dialog = { id, bind: (sink: DialogSink) => bound.push(sink), accept: async () => undefined, end: async () => undefined } as unknown as Dialog
    return { dialog, bound }
  }
  const [own, theirs] = [dialogOf('own'), dialogOf('theirs')]
  const nothing = () => undefined
  const lines = new Lines(
    own.dialog,
    {
      progress: nothing, accepted: note('accepted'), ended: ({ code }: EndReason) => void told.push(code), control: nothing, transferRequested: nothing,
      forgotten: nothing, opened: nothing, moved: nothing, failed: nothing, track: nothing, leaving: nothing,
    },
    { runtime: new FakeRuntime(), keeps: false, logger: silent, ice: async () => ({ servers: [], policy: 'all' }) },
  )
  lines.cross(theirs.dialog)
  await Promise.resolve()
  theirs.bound[0]?.ended({ code: 'call/answered-elsewhere', by: 'remote' })
  expect([told, lines.current.dialog.id]).toEqual([[], 'own'])
  own.bound[0]?.ended({ code: 'call/busy', by: 'remote' })
  expect(told).toEqual(['call/busy'])
})
