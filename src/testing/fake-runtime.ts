import { RtcError } from '../base/errors'
import type { PageEvent, Runtime } from '../base/runtime'

/** The parts of a {@link Runtime} that make or ask for media. */
export type MediaRuntime = Pick<Runtime, 'createPeerConnection' | 'createMediaStream' | 'mediaDevices' | 'allows'>

interface Timer {
  readonly at: number
  readonly order: number
  readonly task: () => void
}

/**
 * A {@link Runtime} whose clock stands still until it is told to move, whose chance follows a seed and whose ids count up.
 *
 * @example
 * ```ts
 * import { FakeRuntime } from 'tsunagu/testing'
 * const runtime = new FakeRuntime({ seed: 7 })
 * runtime.after(1_000, () => console.log('a second later'))
 * runtime.advance(1_000)
 * ```
 */
export class FakeRuntime implements Runtime {
  #now = 0
  #seed: number
  #ids = 0
  #order = 0
  readonly #timers = new Set<Timer>()
  readonly #listeners = new Map<PageEvent, Set<(event: Event) => void>>()
  readonly #media: Partial<MediaRuntime>

  /** The given parts make media; without one, what needs it throws as it does where there is none. */
  constructor({ seed = 1, ...media }: { readonly seed?: number } & Partial<MediaRuntime> = {}) {
    this.#seed = seed
    this.#media = media
  }

  readonly now = (): number => this.#now

  /** The generator "mulberry32": good enough for tests, and the same for a seed everywhere. */
  readonly random = (): number => {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  readonly randomId = (): string => `id-${++this.#ids}`

  readonly after = (delayMs: number, task: () => void): (() => void) => {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  readonly createPeerConnection = (config: RTCConfiguration): RTCPeerConnection => this.#given('createPeerConnection')(config)

  readonly createMediaStream = (): MediaStream => this.#given('createMediaStream')()

  readonly mediaDevices = (): MediaDevices => this.#given('mediaDevices')()

  readonly allows = (feature: string): boolean => this.#media.allows?.(feature) ?? true

  readonly onPage = (name: PageEvent, listener: (event: Event) => void): (() => void) => {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size
  }

  /** Moves the clock and runs what is due, in order; what that sets is run too if it is due by then. */
  advance(byMs: number): void {
    const until = this.#now + byMs
    for (;;) {
      let next: Timer | undefined
      for (const timer of this.#timers)
        if (timer.at <= until && (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)))
          next = timer
      if (!next) break
      this.#timers.delete(next)
      this.#now = next.at
      next.task()
    }
    this.#now = until
  }

  /** Moves the clock in small steps and lets promises settle after each, as time in the real world does. */
  async elapse(byMs: number, stepMs = 10): Promise<void> {
    for (let left = byMs; left > 0; left -= stepMs) {
      this.advance(Math.min(stepMs, left))
      await this.settle()
    }
    await this.settle()
  }

  /** Lets promises that are ready settle, with all that follows from them. */
  async settle(): Promise<void> {
    // A macrotask comes after every microtask that is ready, however long their chain.
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(undefined)
    })
  }

  /** Fires an event of the page. */
  firePage(name: PageEvent, event: Event = new Event(name)): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(event)
  }

  #given<Name extends keyof MediaRuntime>(name: Name): MediaRuntime[Name] {
    const made = this.#media[name]
    if (!made) throw new RtcError('usage/unsupported-environment', `This fake runtime was given no ${name}.`)
    return made
  }
}
