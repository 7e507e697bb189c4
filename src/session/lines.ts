import { quietly } from '../base/wait'
import type { Dialog, EndReason } from '../signaling/port'
import { Line, type LineOptions, type LineSink } from './line'

/**
 * The ways of a call to the other side: one, or for a moment two, where both called each other at once. The first that the
 * server says is accepted stays, and the call is over with the last.
 */
export class Lines {
  readonly #sink: LineSink
  readonly #options: LineOptions
  /** The one that the call goes over, and its rival. */
  #lines: readonly [Line] | readonly [Line, Line]

  constructor(dialog: Dialog, sink: LineSink, options: LineOptions) {
    this.#sink = sink
    this.#options = options
    this.#lines = [this.#over(dialog)]
  }

  get current(): Line {
    return this.#lines[0]
  }

  /** Accepts the other side's invitation beside our own; whether there was room for one. */
  cross(dialog: Dialog): boolean {
    const [line, rival] = this.#lines
    if (rival) return false
    this.#lines = [line, this.#over(dialog)]
    quietly(dialog.accept())
    return true
  }

  /** Tells whoever is at the other end. */
  async end(reason: EndReason): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.dialog.end(reason)))
  }

  #over(dialog: Dialog): Line {
    const { accepted, ended } = this.#sink
    const other = (): Line | undefined => this.#lines.find((one) => one !== line)
    const line: Line = new Line(
      dialog,
      {
        ...this.#sink,
        accepted: () => {
          // One that has lost has nothing to say any more.
          if (!this.#lines.includes(line)) return
          const loser = other()
          this.#lines = [line]
          loser?.close()
          if (loser) quietly(loser.dialog.end({ code: 'call/answered-elsewhere', by: 'local' }))
          accepted()
        },
        ended: (reason) => {
          if (!this.#lines.includes(line)) return
          const rest = other()
          if (!rest) return ended(reason)
          const own = line === this.current
          this.#lines = [rest]
          line.close()
          // The other side goes on with that one; a server of before tells so nobody but its caller.
          if (own && reason.code === 'call/answered-elsewhere') accepted()
        },
      },
      this.#options,
    )
    return line
  }
}
