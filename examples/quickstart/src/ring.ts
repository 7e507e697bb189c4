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
  /** Somebody calls during a call: two soft notes now and then, so that the other can still be heard. */
  waiting: {
    periodS: 5,
    notes: [
      { atS: 0, lengthS: 0.25, hertz: [659.25] },
      { atS: 0.3, lengthS: 0.35, hertz: [783.99] },
    ],
  },
  /** It rings over there: the two tones of a European exchange, softly. */
  outgoing: { periodS: 4, notes: [{ atS: 0, lengthS: 1, hertz: [400, 425] }] },
} as const satisfies Record<string, Pattern>

const VOLUMES: Readonly<Record<keyof typeof PATTERNS, number>> = { incoming: 0.16, waiting: 0.06, outgoing: 0.05 }

/** What a key of a telephone sounds like: one tone for its row, one for its column (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477]
const KEYS = '123456789*0#'

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
        volume.gain.value = VOLUMES[which]
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

  /** Sounds a key once, for whoever pressed it. */
  press(key: string): void {
    const context = this.unlock()
    const index = KEYS.indexOf(key)
    if (!context || index < 0) return
    const volume = context.createGain()
    volume.gain.value = 0.06
    volume.connect(context.destination)
    for (const hertz of [ROWS[Math.floor(index / 3)], COLUMNS[index % 3]])
      if (hertz) note(context, volume, hertz, context.currentTime, 0.18)
    setTimeout(() => volume.disconnect(), 500)
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
