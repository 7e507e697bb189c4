import { RtcError, type RtcErrorCode } from '../base/errors'

/** What our own outbox does not take, by the end of its code. */
const textOf = (code: string): string =>
  code.endsWith('full') ? 'Too much waits for the server: await each send.' : code.endsWith('large') ? 'This has more than 256 KiB.' : `The server refused: ${code}`

/** The server, or our own outbox, does not take something. */
export const refused = (code: RtcErrorCode, text = textOf(code)): RtcError => new RtcError(code, text)
export const closed = (): RtcError => new RtcError('signaling/closed', 'The session is closed.')
export const invalid = (text: string): RtcError => new RtcError('usage/invalid-argument', text)
export const timeout = (): RtcError => new RtcError('signaling/timeout', 'The server did not answer in time.')
