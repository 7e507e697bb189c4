import { isRtcError, RtcError } from '../base/errors'
import { RUNTIME } from '../base/runtime'
import { TOOLS } from '../base/tools'
import { abortable } from '../base/wait'
import type { FrameTransform, TrackProcessor } from './processor'

/** What processes, where it is something that can: `undefined` is no way to say that nothing should. */
export const assertProcessor = (transform: TrackProcessor | FrameTransform | null): TrackProcessor | FrameTransform | null => {
  const { readable, writable } = Object(transform) as Partial<FrameTransform>
  if (transform === null || typeof transform === 'function' || (readable && writable)) return transform
  throw new RtcError('usage/invalid-argument', 'Process with a function, a stream or null.')
}

/** What becomes of captured media before it is sent: itself, or what a processor makes of it. */
export class Processing {
  readonly #changed: (output: MediaStreamTrack | undefined, error?: RtcError) => void
  /** The run that was wished for last. */
  #latest: AbortController | undefined
  /** The run whose result is sent. */
  #shown: AbortController | undefined

  /** `changed` hears what is to be sent from now on, and an error where nobody asked for what failed. */
  constructor(changed: (output: MediaStreamTrack | undefined, error?: RtcError) => void) {
    this.#changed = changed
  }

  /** Nothing is sent, nor about to be. */
  get idle(): boolean {
    return !this.#latest
  }

  /**
   * Sends the media by way of the processor; synchronously where there is none. What was sent before goes on until then. What fails leaves nothing to
   * be sent: never the unprocessed media.
   */
  async run(media: MediaStreamTrack, processor: TrackProcessor | FrameTransform | null): Promise<void> {
    if (this.#latest !== this.#shown) this.#latest?.abort()
    const run = (this.#latest = new AbortController())
    const { signal } = run
    let output = media
    if (processor) {
      const failed = (cause: unknown): void => this.#failed(run, failure(cause))
      const context = { signal, failed, owner: this, runtime: RUNTIME, tools: TOOLS }
      try {
        // Most tracks are sent as they are: what runs a processor comes with the first one.
        output = await abortable(import('./made').then(({ made }) => made(media, processor, context)), signal)
        signal.throwIfAborted()
      } catch (cause) {
        run.abort()
        // Overtaken by a later wish, it is no news.
        if (this.#latest !== run) return
        this.stop()
        throw failure(cause)
      }
    }
    this.#shown?.abort()
    this.#shown = run
    this.#changed(output)
  }

  /** Nothing is sent from now on. */
  stop(): void {
    this.#latest?.abort()
    this.#shown?.abort()
    this.#latest = this.#shown = undefined
    this.#changed(undefined)
  }

  #failed(run: AbortController, error: RtcError): void {
    if (run.signal.aborted) return
    // Whoever still waits for its first result hears of it there.
    run.abort(error)
    if (this.#shown !== run) return
    this.#shown = undefined
    if (this.#latest === run) this.#latest = undefined
    this.#changed(undefined, error)
  }
}

const failure = (cause: unknown): RtcError =>
  isRtcError(cause) ? cause : new RtcError('media/process-failed', 'The processing failed.', { cause })
