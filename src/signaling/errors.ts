import { RtcError, type RtcErrorCode } from '../base/errors'

/** The server, or our own outbox, does not take something. */
export const refused = (code: RtcErrorCode, text = `Signaling refused: ${code}`): RtcError => new RtcError(code, text)
export const closed = (): RtcError => new RtcError('signaling/closed', 'The session is closed.')
export const invalid = (text: string): RtcError => new RtcError('usage/invalid-argument', text)
export const timeout = (): RtcError => new RtcError('signaling/timeout', 'The server did not answer in time.')
