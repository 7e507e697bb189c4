import { isRtcError, RtcError, type RtcErrorCode } from '../base/errors'
import type { Scope } from '../base/scope'
import { quietly } from '../base/wait'
import type { FrameLink, SignalingTransport } from './transport'

/** What a link reports to. */
export interface LinkSink {
  frame(text: string): void
  /** `final`: another attempt cannot end otherwise. */
  lost(error: RtcError, final: boolean): void
}

const FINAL: readonly RtcErrorCode[] = ['signaling/unauthorized', 'signaling/forbidden', 'signaling/protocol-unsupported']

export const unreachable = (cause?: unknown): RtcError =>
  new RtcError('signaling/unreachable', 'The server is out of reach.', { cause })

/** Opens a link that lives no longer than the scope, after which nothing is reported; `undefined` where that failed, which `lost` has heard. */
export const openLink = async (
  transport: SignalingTransport,
  scope: Scope,
  sink: LinkSink,
): Promise<FrameLink | undefined> => {
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
          lost(new RtcError(code, 'The link to the server was closed.', { cause }), retry === 'never'),
      },
      { signal: scope.signal },
    )
    scope.add(() => quietly(link.close()))
    if (!scope.closed) return link
  } catch (cause) {
    const error = isRtcError(cause) ? cause : unreachable(cause)
    lost(error, FINAL.includes(error.code) || error.code.startsWith('usage/'))
  }
  return undefined
}
