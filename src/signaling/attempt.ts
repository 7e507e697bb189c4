import { isRtcError, RtcError, type RtcErrorCode } from '../base/errors'
import { Scope } from '../base/scope'
import { quietly } from '../base/wait'
import type { FrameLink, SignalingTransport } from './transport'

/** What an attempt reports to; nothing comes after `close`, nor after `lost`. */
export interface AttemptSink {
  frame(text: string): void
  /** `final`: another attempt cannot end otherwise. */
  lost(error: RtcError, final: boolean): void
}

const FINAL: readonly RtcErrorCode[] = ['signaling/unauthorized', 'signaling/forbidden', 'signaling/protocol-unsupported']

export const unreachable = (cause?: unknown): RtcError =>
  new RtcError('signaling/unreachable', 'The signaling server could not be reached.', { cause })

/** One link, from the attempt to open it to its end. */
export class Attempt {
  /** Ends with the attempt. */
  readonly scope = new Scope()
  #link: FrameLink | undefined
  #closing: Promise<void> | undefined

  /** Opens the link; `false` where that failed, which `lost` has heard. */
  async open(transport: SignalingTransport, sink: AttemptSink): Promise<boolean> {
    const { scope } = this
    const lost = (error: RtcError, final: boolean): void => {
      if (!scope.closed) sink.lost(error, final)
    }
    try {
      const link = await transport.open(
        {
          frame: (text) => {
            if (!scope.closed) sink.frame(text)
          },
          closed: ({ retry, code = 'signaling/unreachable', cause }) =>
            lost(new RtcError(code, 'The signaling link was closed.', { cause }), retry === 'never'),
        },
        { signal: scope.signal },
      )
      this.#link = link
      scope.add(() => {
        this.#closing = quietly(link.close())
      })
    } catch (cause) {
      const error = isRtcError(cause) ? cause : unreachable(cause)
      lost(error, FINAL.includes(error.code) || error.code.startsWith('usage/'))
    }
    return !scope.closed
  }

  /** Hands a frame over; a link that does not take it is about to be lost, and what is numbered goes over the next one. */
  write(frame: string): void {
    if (this.#link) quietly(this.#link.send(frame))
  }

  /** Gives the link up; what was written goes out before. */
  async close(): Promise<void> {
    this.scope.close()
    await this.#closing?.catch(() => undefined)
  }
}
