import { ufragsOf } from './message'

interface Held {
  readonly candidate: RTCIceCandidateInit
  /** How many descriptions came by that it does not belong to. */
  age: number
}

const MAX_HELD = 256

/** How many candidates of one generation are believed: a browser pairs each with each of its own. */
const MAX_TAKEN = 256

/**
 * Keeps remote candidates until the description of their ICE generation is set, and lets go of those whose description
 * never comes: those of an ignored offer with the next description, others with the one after it.
 *
 * Browsers disagree on a candidate of another generation: Firefox rejects it, Chromium takes it silently.
 */
export class IceBox {
  readonly #dropped: (count: number) => void
  #set: ReadonlySet<string> | undefined
  #ignored: ReadonlySet<string> = new Set()
  #held: Held[] = []
  #taken = 0

  constructor(dropped: (count: number) => void) {
    this.#dropped = dropped
  }

  /** Whether a candidate can be added now; otherwise it is kept. One that names no generation belongs to the current one. */
  take(candidate: RTCIceCandidateInit): boolean {
    const { usernameFragment } = candidate
    if (this.#set && (usernameFragment == null || this.#set.has(usernameFragment))) {
      if (this.#taken++ < MAX_TAKEN) return true
      this.#dropped(1)
      return false
    }
    this.#held.push({ candidate, age: 0 })
    if (this.#held.length > MAX_HELD) {
      this.#held.shift()
      this.#dropped(1)
    }
    return false
  }

  /** Whether a description begins a new generation. */
  isNew(sdp: string): boolean {
    return [...ufragsOf(sdp)].some((ufrag) => !this.#set?.has(ufrag))
  }

  /** A remote description was set: gives what was kept for it. */
  open(sdp: string): RTCIceCandidateInit[] {
    const ufrags = ufragsOf(sdp)
    const held = this.#held
    if (this.isNew(sdp)) this.#taken = 0
    this.#set = ufrags
    this.#held = []
    const ready: RTCIceCandidateInit[] = []
    for (const one of held) {
      const { usernameFragment } = one.candidate
      if (usernameFragment == null || ufrags.has(usernameFragment)) {
        this.#taken++
        ready.push(one.candidate)
      }
      else if (this.#ignored.has(usernameFragment) || one.age++) this.#dropped(1)
      else this.#held.push(one)
    }
    return ready
  }

  /**
   * A remote offer was ignored. Its candidates are still kept until the next description, since an engine may answer
   * with the very generation that it offered, and gather no second time.
   */
  ignore(sdp: string): void {
    this.#ignored = ufragsOf(sdp)
  }
}
