import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeRuntime } from '../testing/fake-runtime'
import { FakeTrack } from '../testing/fake-media'
import { TOOLS } from '../base/tools'
import { throughStream } from './frames'
import { LocalTrack } from './local-track'
import './made'
import type { FrameTransform } from './processor'

const LOGGER = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const runtime = new FakeRuntime()

/** Frames of which somebody has to close each. */
let open = new Set<{ close(): void }>()
let read = 0
beforeEach(() => {
  open = new Set()
  read = 0
  const frame = (): { close(): void } => {
    const made = { close: () => void open.delete(made) }
    open.add(made)
    return made
  }
  vi.stubGlobal(
    'MediaStreamTrackProcessor',
    class {
      readonly readable = new ReadableStream({ pull: (to) => (read++ < 100 ? to.enqueue(frame()) : undefined) }, { highWaterMark: 0 })
    },
  )
  vi.stubGlobal(
    'MediaStreamTrackGenerator',
    class extends FakeTrack {
      readonly writable = new WritableStream<{ close(): void }>({ write: (one) => one.close() })
      constructor() {
        super('video')
      }
    },
  )
})
afterEach(() => vi.unstubAllGlobals())

const publish = (): LocalTrack =>
  new LocalTrack({ id: 'id', name: 'name', kind: 'video', source: 'camera', group: 'main', track: new FakeTrack('video').track, logger: LOGGER })

it('closes the frames that a broken stream did not take', async () => {
  const local = publish()
  const breaks = new TransformStream<{ close(): void }, never>({
    transform: (frame) => {
      frame.close()
      throw new Error('the GPU is lost')
    },
  })
  const processor = throughStream(breaks, runtime, TOOLS)
  await expect(local.process(processor)).rejects.toMatchObject({ code: 'media/process-failed' })
  await runtime.settle()
  await runtime.settle()
  expect([open.size, read > 0]).toEqual([0, true])
})

it('tells the track whose stream is given to another one, and not the track that gets other media', async () => {
  const stream = new TransformStream() as unknown as FrameTransform
  const [one, two] = [publish(), publish()]
  const failed = vi.fn()
  one.on('processFailed', failed)
  await one.process(stream)
  await one.replace(new FakeTrack('video').track)
  expect([failed.mock.calls.length, one.muted]).toEqual([0, false])
  await two.process(stream)
  expect([failed.mock.calls.length, one.muted, two.muted]).toEqual([1, true, false])
  await Promise.all([one.unpublish(), two.unpublish()])
})
