import { type Call, Emitter, type FrameTransform, type LocalTrack } from 'tsunagu'
import { canvasFilter } from 'tsunagu/dom'
import { drawBlurred, drawPerson } from './draw'
import type { Segmenter } from './segmenter'

const KEY = 'tsunagu.blur'

/** What a {@link Background} tells. */
export interface BackgroundEvents {
  changed: { readonly on: boolean }
}

/** Whether what is behind the person is blurred, in each call of this page and across reloads. */
export class Background extends Emitter<BackgroundEvents> {
  readonly #load: () => Promise<Segmenter>
  #on = recall()
  #ready = false
  #segmenter: Promise<Segmenter> | undefined

  /** `load` fetches what tells a person from a room; it is called when the blur is needed for the first time. */
  constructor(load: () => Promise<Segmenter>) {
    super()
    this.#load = load
  }

  get isOn(): boolean {
    return this.#on
  }

  /** It is on, and still everything is blurred, the person too: who is where is not known yet. */
  get loading(): boolean {
    return this.#on && !this.#ready
  }

  turn(on: boolean): void {
    this.#on = on
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off')
    } catch {
      // Storage is switched off: then it holds until the page is closed.
    }
    this.emit('changed', { on })
  }

  /** What a camera's pictures go through: one for each track. */
  filter(): FrameTransform {
    let segmenter: Segmenter | undefined
    let failure: Error | undefined
    // Pictures are not kept waiting for it: until it is there, all of them is blurred.
    this.#segmenterFor().then(
      (loaded) => (segmenter = loaded),
      (error: unknown) => (failure = error instanceof Error ? error : new Error('It could not be loaded.', { cause: error })),
    )
    return canvasFilter(async (picture, pen) => {
      // What throws here is never sent: the SDK mutes the track and says `processFailed`.
      if (failure) throw failure
      if (!segmenter) return drawBlurred(picture, pen)
      const mask = await segmenter(picture)
      drawPerson(picture, mask, pen)
      mask.close()
      if (this.#ready) return
      this.#ready = true
      this.emit('changed', { on: this.#on })
    })
  }

  /** Sees to it that a call sends no picture that is not blurred: call it before the camera opens. The result ends it. */
  cover(call: Pick<Call, 'local'>): () => void {
    const process = (track: LocalTrack): void => {
      if (this.#on && track.source === 'camera') track.process(this.filter()).catch(() => undefined)
    }
    for (const track of call.local.tracks) process(track)
    return call.local.on('trackPublished', ({ track }) => process(track))
  }

  #segmenterFor(): Promise<Segmenter> {
    this.#segmenter ??= this.#load().catch((error: unknown) => {
      // The next one may have more luck.
      this.#segmenter = undefined
      throw error
    })
    return this.#segmenter
  }
}

const recall = (): boolean => {
  try {
    return localStorage.getItem(KEY) === 'on'
  } catch {
    return false
  }
}
