import type { Runtime } from '../base/runtime'

/** How long the other side may take to answer whether it is still there. */
const ANSWER_MS = 2_000

/** What a {@link Lifeline} reports to. */
export interface LifelineOwner {
  opened(): void
  /** The other side said something over the channel; `undefined` where it was no JSON. */
  said(message: unknown): void
  /** The other side did not answer in time. */
  silent(): void
  /** The other side closed the channel, or its page is gone. */
  gone(): void
}

const parsed = (data: unknown): unknown => {
  try {
    return JSON.parse(String(data))
  } catch {
    return undefined
  }
}

/**
 * The data channel that each connection of a link has. Both sides make it alike, so that a link without media connects
 * too. It tells whether the other side is still there where signaling does not know any more.
 */
export class Lifeline {
  readonly #channel: RTCDataChannel
  readonly #after: Runtime['after']
  #owner: LifelineOwner | undefined
  #stop: (() => void) | undefined

  constructor(channel: RTCDataChannel, after: Runtime['after'], owner: LifelineOwner) {
    this.#channel = channel
    this.#after = after
    this.#owner = owner
    for (const name of ['open', 'message', 'close']) channel.addEventListener(name, this)
  }

  /** Says something, where the channel is open and has room; tells whether it could. What is on its way when the path ends is lost. */
  say(message: object): boolean {
    try {
      this.#channel.send(JSON.stringify(message))
      return true
    } catch {
      // Not open, or no room for so much (webrtc-pc, 6.2: send).
      return false
    }
  }

  /** Wants a sign of life. The channel is reliable: asked once, the other side hears of it as soon as there is a path again. */
  ask(question: object): void {
    if (this.#stop) return
    this.say(question)
    this.wait(ANSWER_MS, () => this.#owner?.silent())
  }

  /** Does something later, unless the other side is heard of before. */
  wait(delayMs: number, task: () => void): void {
    this.#stop?.()
    this.#stop = this.#after(delayMs, task)
  }

  /** Hears and waits for nothing any more. */
  close(): void {
    this.#owner = undefined
    this.#stop?.()
  }

  /** The browser's own call: a listener that costs no function per channel. @internal */
  handleEvent({ type, data }: Event & { readonly data?: unknown }): void {
    this.#stop?.()
    this.#stop = undefined
    if (type === 'message') this.#owner?.said(parsed(data))
    else if (type === 'open') this.#owner?.opened()
    else this.#owner?.gone()
  }
}
