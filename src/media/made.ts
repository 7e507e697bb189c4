import type { Runtime } from '../base/runtime'
import type { Tools } from '../base/tools'
import type { FrameTransform, ProcessContext, TrackProcessor } from './processor'

/** What a processor is to do. */
export interface Run extends ProcessContext {
  /** Whose run it is: what goes from one run to the next goes on, what somebody else takes is taken away. */
  readonly owner: object
  readonly runtime: Runtime
  readonly tools: Tools
}

/** Types do not stop everybody, and a stream in place of its track is what libraries give: no sender could send it, and would go on with what it had. */
const isTrack = (made: Partial<MediaStreamTrack> | undefined | null, kind: string): boolean =>
  made?.kind === kind && made.readyState === 'live' && typeof made.stop === 'function'

/** Runs a processor until its result is there; that is stopped as soon as nobody wants it any more, also where it comes too late. */
export const made = async (
  media: MediaStreamTrack,
  transform: TrackProcessor | FrameTransform,
  { signal, failed, owner, runtime, tools }: Run,
): Promise<MediaStreamTrack> => {
  // Few frames are taken apart: what does it loads when some are.
  const frames = typeof transform === 'function' ? undefined : await import('./frames')
  signal.throwIfAborted()
  const context = { signal, failed }
  const output = await (typeof transform === 'function'
    ? transform(media, context)
    : frames?.throughStream(transform, runtime, tools)(media, context, owner))
  const stop = (): void => {
    if (output !== media) output?.stop?.()
  }
  if (signal.aborted) stop()
  signal.throwIfAborted()
  signal.addEventListener('abort', stop)
  if (!output || !isTrack(output, media.kind)) throw new TypeError(`It gave no live ${media.kind} track.`)
  if (output !== media) output.addEventListener('ended', () => media.readyState === 'live' && failed(undefined), { signal })
  return output
}
