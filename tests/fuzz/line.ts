import type { FrameLink, SignalingTransport } from '../../src/signaling/transport'
import type { Said } from './hostile-server'

/** One bare link over whatever transport. */
export class Line {
  readonly heard: Said[] = []
  open = true
  /** Why it ended, where anybody knows. */
  why = ''
  #link: FrameLink | undefined
  readonly #waiting = new Set<() => void>()

  private constructor() {
    // Opened by `over`.
  }

  static async over(transport: SignalingTransport): Promise<Line> {
    const line = new Line()
    line.#link = await transport.open(
      {
        frame: (text) => {
          line.heard.push(JSON.parse(text) as Said)
          line.#wake()
        },
        closed: ({ cause, code }) => {
          line.open = false
          line.why = `${code ?? ''} ${cause instanceof Error ? `${cause.message} ${String(cause.cause)}` : String(cause)}`
          line.#wake()
        },
      },
      { signal: new AbortController().signal },
    )
    return line
  }

  text(text: string): void {
    // A link that has just ended says so by itself.
    this.#link?.send(text).catch(() => undefined)
  }

  say(frame: object): void {
    this.text(JSON.stringify(frame))
  }

  /** Resolves as soon as that is so; rejects where it is not within 20 s. */
  async until(what: string, so: () => boolean): Promise<void> {
    if (so()) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`It never came to this: ${what}. The link is ${this.open ? 'open' : `closed (${this.why})`}; last heard: ${JSON.stringify(this.heard.slice(-3))}`))
      }, 20_000)
      const look = (): void => {
        if (!so()) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
    })
  }

  async close(): Promise<void> {
    if (this.open) await this.#link?.close()
    await this.until('closed', () => !this.open)
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look()
  }
}
