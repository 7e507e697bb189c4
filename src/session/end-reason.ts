import { isRtcError, RtcError } from '../base/errors'
import type { EndReason } from '../signaling/port'

/** How to say no to an incoming call. */
export type RejectReason = 'rejected' | 'busy'

/** The error with which waits for a call reject once it has ended: what went wrong here, where that ended it. */
export const endError = ({ code, by, text }: EndReason, cause?: unknown): RtcError =>
  isRtcError(cause) && cause.code === code
    ? cause
    : new RtcError(code, `The call ended: ${code}, by ${by}${text ? `: ${text}` : '.'}`, { cause })
