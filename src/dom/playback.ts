import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'

/** Events of {@link playback}. */
export interface PlaybackEvents {
  /** The browser refused to play something before the person has touched the page; `elements` are all that wait now. */
  blocked: { readonly elements: readonly HTMLMediaElement[] }
  /** Nothing waits any more. */
  unlocked: Readonly<Record<string, never>>
}

// Of these the browser takes one as the person's consent; which, depends on mouse, touch or keyboard (HTML, 6.4.1).
const GESTURES = ['pointerdown', 'click', 'keydown'] as const

/** Elements that the browser refused to play: use it as {@link playback}. */
export class Playback extends Emitter<PlaybackEvents> {
  readonly #blocked = new Map<HTMLMediaElement, AbortController>()

  /** The elements that wait for the person's first click. */
  get blocked(): readonly HTMLMediaElement[] {
    return [...this.#blocked.keys()]
  }

  /**
   * Plays everything that waits; call it from a click. Any click or key in the page does the same by itself.
   *
   * @throws {@link RtcError} `media/playback-blocked` while the browser still refuses.
   */
  async unlock(): Promise<void> {
    await Promise.all(this.blocked.map((element) => this.start(element)))
    if (this.#blocked.size)
      throw new RtcError('media/playback-blocked', 'The browser still refuses to play.', {
        fix: 'Call playback.unlock() in a click handler.',
      })
  }

  /** Plays an element, or remembers it until it may. @internal */
  async start(element: HTMLMediaElement): Promise<void> {
    try {
      await element.play()
      this.forget(element)
    } catch (error) {
      // Anything else is an AbortError: the media changed meanwhile, and whoever changed it has called play again.
      if ((error as Error).name === 'NotAllowedError' && element.srcObject) this.#block(element)
    }
  }

  /** Lets an element go. @internal */
  forget(element: HTMLMediaElement): void {
    const gestures = this.#blocked.get(element)
    if (!gestures) return
    gestures.abort()
    this.#blocked.delete(element)
    if (!this.#blocked.size) this.emit('unlocked', {})
  }

  #block(element: HTMLMediaElement): void {
    if (this.#blocked.has(element)) return
    const waiting = new AbortController()
    const { signal } = waiting
    this.#blocked.set(element, waiting)
    // In the capture phase: an app may stop events from bubbling. The element's own document: it may be a frame or a picture-in-picture window.
    for (const name of GESTURES)
      element.ownerDocument.addEventListener(name, () => this.start(element), { capture: true, signal })
    // The app may start it too, or the person by the element's own controls.
    element.addEventListener('playing', () => this.forget(element), { signal })
    this.emit('blocked', { elements: this.blocked })
  }
}

/**
 * What the browser refuses to play until the person touches the page. Elements of `attach` start by themselves at the
 * first click or key; show a hint meanwhile.
 *
 * @example
 * ```ts
 * import { playback } from 'tsunagu/dom'
 * const hint = document.createElement('button')
 * hint.textContent = 'Click to hear the others'
 * hint.onclick = () => playback.unlock()
 * playback.on('blocked', () => document.body.append(hint))
 * playback.on('unlocked', () => hint.remove())
 * ```
 */
export const playback: Playback = /* @__PURE__ */ new Playback()
