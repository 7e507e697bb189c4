/** A pattern of tones: when one begins and how long it lasts, in seconds, within a period that repeats. */
interface Pattern {
  readonly periodS: number
  readonly notes: readonly { readonly atS: number; readonly lengthS: number; readonly hertz: readonly number[] }[]
}

const PATTERNS = {
  /** Somebody calls us: two rising pairs, warm enough to hear it often. */
  incoming: {
    periodS: 3,
    notes: [
      { atS: 0, lengthS: 0.5, hertz: [523.25] },
      { atS: 0.18, lengthS: 0.5, hertz: [659.25] },
      { atS: 0.36, lengthS: 0.9, hertz: [783.99] },
      { atS: 1, lengthS: 0.5, hertz: [659.25] },
      { atS: 1.18, lengthS: 1, hertz: [783.99] },
    ],
  },
  /** It rings over there: the two tones of a European exchange, softly. */
  outgoing: { periodS: 4, notes: [{ atS: 0, lengthS: 1, hertz: [400, 425] }] },
} as const satisfies Record<string, Pattern>

/** The sounds of a telephone, made by the browser itself: no file to load. */
export class Ringer {
  #context: AudioContext | undefined
  #stop = (): void => undefined

  /** Call it from a click or a key: browsers let no page sound before that. */
  unlock(): AudioContext | undefined {
    // Asked earlier, Chromium refuses with a warning on the console. Older browsers do not tell: there we try.
    const touched = (navigator.userActivation as UserActivation | undefined)?.hasBeenActive ?? true
    if (!touched || typeof AudioContext !== 'function') return undefined
    this.#context ??= new AudioContext()
    if (this.#context.state !== 'running') void this.#context.resume()
    return this.#context
  }

  /** Rings until {@link Ringer.stop}. */
  start(which: keyof typeof PATTERNS): void {
    this.stop()
    const pattern: Pattern = PATTERNS[which]
    let volume: GainNode | undefined
    const play = (): void => {
      // Each time anew: the person may have touched the page meanwhile.
      const context = this.unlock()
      // One that may not sound yet would pile the notes up and play them all at once.
      if (context?.state !== 'running') return
      if (!volume) {
        volume = context.createGain()
        volume.gain.value = which === 'incoming' ? 0.16 : 0.05
        volume.connect(context.destination)
      }
      for (const { atS, lengthS, hertz } of pattern.notes)
        for (const one of hertz) note(context, volume, one, context.currentTime + atS, lengthS)
    }
    play()
    const timer = setInterval(play, pattern.periodS * 1000)
    this.#stop = () => {
      clearInterval(timer)
      volume?.disconnect()
      this.#stop = () => undefined
    }
  }

  stop(): void {
    this.#stop()
  }
}

const note = (context: AudioContext, target: AudioNode, hertz: number, atS: number, lengthS: number): void => {
  const tone = context.createOscillator()
  const envelope = context.createGain()
  tone.frequency.value = hertz
  envelope.gain.setValueAtTime(0, atS)
  envelope.gain.linearRampToValueAtTime(1, atS + 0.02)
  envelope.gain.exponentialRampToValueAtTime(0.001, atS + lengthS)
  tone.connect(envelope).connect(target)
  tone.start(atS)
  tone.stop(atS + lengthS)
}
