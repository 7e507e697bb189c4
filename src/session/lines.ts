import { quietly } from '../base/wait'
import type { Link } from '../link/link'
import type { Dialog, EndCode, EndReason } from '../signaling/port'
import { Line, type LineOptions, type LineSink } from './line'

/**
 * The ways of a call to the other side: one, or for a moment two, where both called each other at once. The first that the
 * server says is accepted stays, and the call is over with the last.
 */
export class Lines {
  readonly #sink: LineSink
  readonly #options: LineOptions
  #line: Line
  #rival: Line | undefined

  constructor(dialog: Dialog, sink: LineSink, options: LineOptions) {
    this.#sink = sink
    this.#options = options
    this.#line = this.#over(dialog)
  }

  get dialog(): Dialog {
    return this.#line.dialog
  }

  get link(): Link | undefined {
    return this.#line.link
  }

  get opened(): boolean {
    return this.#line.opened
  }

  get lossCode(): EndCode {
    return this.#line.lossCode
  }

  open(): void {
    this.#line.open()
  }

  /** Accepts the other side's invitation beside our own; whether there was room for one. */
  cross(dialog: Dialog): boolean {
    if (this.#rival) return false
    this.#rival = this.#over(dialog)
    quietly(dialog.accept())
    return true
  }

  close(): void {
    this.#line.close()
  }

  /** Tells whoever is at the other end. */
  async end(reason: EndReason): Promise<void> {
    await Promise.all([this.#line.dialog.end(reason), this.#rival?.dialog.end(reason)])
  }

  #over(dialog: Dialog): Line {
    const line: Line = new Line(
      dialog,
      {
        ...this.#sink,
        // One that has lost has nothing to say any more.
        accepted: () => void (this.#has(line) && this.#accepted(line)),
        ended: (reason) => void (this.#has(line) && this.#ended(line, reason)),
      },
      this.#options,
    )
    return line
  }

  #has(line: Line): boolean {
    return line === this.#line || line === this.#rival
  }

  #accepted(line: Line): void {
    const loser = this.#without(line)
    if (loser) {
      loser.close()
      quietly(loser.dialog.end({ code: 'call/answered-elsewhere', by: 'local' }))
    }
    this.#sink.accepted()
  }

  #ended(line: Line, reason: EndReason): void {
    const other = line === this.#line ? this.#rival : this.#line
    if (!other) return this.#sink.ended(reason)
    line.close()
    this.#without(other)
  }

  /** Goes on with that line alone; returns the other. */
  #without(line: Line): Line | undefined {
    const other = line === this.#line ? this.#rival : this.#line
    this.#line = line
    this.#rival = undefined
    return other
  }
}
