import type { Runtime } from '../base/runtime'
import type { Tools } from '../base/tools'
import { canvasEnds } from './canvas-ends'
import type { FrameTransform, ProcessContext } from './processor'
import type { Frame, TrackEnds } from './track-ends'

// Chromium's, in a window (https://w3c.github.io/mediacapture-transform of 2021). Safari 18 has the later ones, in workers alone; Firefox 153 has neither.
interface Insertable {
  readonly MediaStreamTrackProcessor?: new (init: { readonly track: MediaStreamTrack }) => { readonly readable: ReadableStream<Frame> }
  readonly MediaStreamTrackGenerator?: new (init: { readonly kind: string }) => MediaStreamTrack & { readonly writable: WritableStream<Frame> }
}

const endsOf = (track: MediaStreamTrack, runtime: Runtime, { RtcError }: Tools): TrackEnds => {
  const { MediaStreamTrackProcessor: Processor, MediaStreamTrackGenerator: Generator } = globalThis as Insertable
  if (!Processor || !Generator) {
    if (track.kind === 'video' && 'VideoFrame' in globalThis) return canvasEnds(track, runtime)
    throw new RtcError('media/unsupported', `This browser cannot take ${track.kind} apart.`)
  }
  const reader = new Processor({ track }).readable.getReader()
  const output = new Generator({ kind: track.kind })
  const writer = output.writable.getWriter()
  return {
    read: async () => (await reader.read()).value,
    write: (frame) => writer.write(frame),
    track: output,
    close: () => void reader.cancel().catch(() => undefined),
  }
}

/** A processor that is told whose run it is. */
type StreamProcessor = (track: MediaStreamTrack, context: ProcessContext, owner?: object) => Promise<MediaStreamTrack>

interface Run {
  readonly ends: TrackEnds
  readonly owner: object | undefined
  readonly shown: () => void
  readonly failed: (error: unknown) => void
  /** Nothing goes in any more; what comes out is thrown away. */
  stop(): void
}

/** One transform each: given to `process` once more it has to go on, for it can be piped through once alone. */
const KNOWN = /* @__PURE__ */ new WeakMap<FrameTransform, StreamProcessor>()

/** The processor that leads a track's frames through a stream: the same stream for all media of the track, one after the other. */
export const throughStream = (transform: FrameTransform, runtime: Runtime, tools: Tools): StreamProcessor => {
  const processor = KNOWN.get(transform) ?? processorThrough(transform, runtime, tools)
  KNOWN.set(transform, processor)
  return processor
}

const processorThrough = ({ readable, writable }: ReadableWritablePair<Frame, Frame>, runtime: Runtime, tools: Tools): StreamProcessor => {
  const writer = writable.getWriter()
  const reader = readable.getReader()
  let current: Run | undefined
  let broken: Error | undefined

  const fail = (error: unknown): void => {
    broken ??= error instanceof Error ? error : new Error('The stream has ended.', { cause: error })
    current?.failed(broken)
  }

  /** As long as the stream lives: a frame that comes out when nobody wants it must not wait for the next run. */
  const deliver = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return fail(undefined)
      const run = current
      if (!run) {
        value.close()
        continue
      }
      try {
        await run.ends.write(value)
        run.shown()
      } catch (error) {
        if (run === current) run.failed(error)
      }
    }
  }

  const feed = async ({ ends }: Run, isOver: () => boolean): Promise<void> => {
    for (;;) {
      const frame = await ends.read()
      if (!frame) return
      // Before it is written, so that a slow transform makes the source drop frames and not queue them.
      const ready = await writer.ready.then(() => true, () => false)
      if (!ready || isOver()) return frame.close()
      // What it rejects with is told by `closed`; whether the stream had time to look at it nobody knows, and closing twice is nothing.
      writer.write(frame).catch(() => frame.close())
    }
  }

  writer.closed.then(fail, fail)
  deliver().catch(fail)

  return async (track, { signal, failed }, owner) => {
    if (broken) throw broken
    // The same track's other media takes its turn; another track leaves the one before without frames.
    if (current && current.owner !== owner) current.failed(new Error('Its stream was given to another track.'))
    current?.stop()
    const first = tools.deferred<void>()
    const ends = endsOf(track, runtime, tools)
    ends.track.contentHint = track.contentHint
    let over = false
    const run: Run = {
      ends,
      owner,
      shown: first.resolve,
      failed: (error) => {
        first.reject(error)
        failed(error)
      },
      stop: () => {
        over = true
        if (current === run) current = undefined
        ends.close()
      },
    }
    current = run
    signal.addEventListener('abort', () => {
      run.stop()
      ends.track.stop()
    })
    feed(run, () => over).catch(run.failed)
    await first.promise
    return ends.track
  }
}
