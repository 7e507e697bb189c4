import { isRtcError, RtcError } from '../base/errors'
import type { EndCode, EndReason } from '../signaling/port'

/** How to say no to an incoming call. */
export type RejectReason = 'rejected' | 'busy'

const SAID: Partial<Record<EndCode, string>> = {
  'call/hung-up': 'The call was hung up',
  'call/cancelled': 'The caller cancelled the call',
  'call/rejected': 'The call was declined',
  'call/busy': 'The other side is busy',
  'call/no-answer': 'Nobody answered',
  'call/unreachable': 'The other side is not online',
  'call/forbidden': 'The server does not allow this call',
  'call/answered-elsewhere': 'The call was answered on another device',
  'call/lost': 'The other side was lost',
  'ice/failed': 'No network path to the other side was found',
}

/** The error with which waits for a call reject once it has ended: what went wrong here, where that ended it. */
export const endError = ({ code, by, text }: EndReason, cause?: unknown): RtcError =>
  isRtcError(cause) && cause.code === code
    ? cause
    : new RtcError(code, `${SAID[code] ?? 'The call ended'} (${code}, by ${by})${text ? `: ${text}` : '.'}`, { cause })
