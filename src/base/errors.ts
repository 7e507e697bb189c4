import { isRecord } from './record'

/** Every code an {@link RtcError} can carry. The part before the slash is the area, the part after it the reason. */
export type RtcErrorCode =
  | 'usage/invalid-argument'
  | 'usage/invalid-state'
  | 'usage/closed'
  | 'usage/unsupported-environment'
  | 'signaling/unreachable'
  | 'signaling/timeout'
  | 'signaling/unauthorized'
  | 'signaling/forbidden'
  | 'signaling/protocol-unsupported'
  | 'signaling/invalid-message'
  | 'signaling/too-large'
  | 'signaling/rate-limited'
  | 'signaling/limit-exceeded'
  | 'signaling/outbox-full'
  | 'signaling/delivery-unknown'
  | 'signaling/recipient-offline'
  | 'signaling/superseded'
  | 'signaling/server-full'
  | 'signaling/closed'
  | 'call/hung-up'
  | 'call/cancelled'
  | 'call/rejected'
  | 'call/busy'
  | 'call/no-answer'
  | 'call/unreachable'
  | 'call/forbidden'
  | 'call/answered-elsewhere'
  | 'call/transferred'
  | 'call/transfer-declined'
  | 'call/lost'
  | 'ice/failed'
  | 'ice/servers-unavailable'
  | 'peer/invalid-description'
  | 'media/permission-denied'
  | 'media/insecure-context'
  | 'media/not-found'
  | 'media/in-use'
  | 'media/overconstrained'
  | 'media/screen-cancelled'
  | 'media/ended'
  | 'media/not-recapturable'
  | 'media/process-failed'
  | 'media/unsupported'
  | 'media/playback-blocked'
  | 'media/failed'

const BRAND = Symbol.for('tsunagu.RtcError')

/**
 * The one error class of this SDK: a machine-readable `code`, a message that says what happened and a `fix` that says what to do.
 *
 * Every code is described with its remedy in `docs/errors.md`.
 *
 * @example
 * ```ts
 * import { isRtcError, type Call } from 'tsunagu'
 * const wait = async (call: Call) => {
 *   try {
 *     await call.whenActive()
 *   } catch (error) {
 *     if (isRtcError(error) && error.code === 'call/busy') console.log(error.message, error.fix)
 *   }
 * }
 * ```
 */
export class RtcError extends Error {
  /** What happened, for programs. */
  readonly code: RtcErrorCode
  /** What to do about it, for people. */
  readonly fix: string

  constructor(code: RtcErrorCode, message: string, more: { readonly fix?: string | undefined; readonly cause?: unknown } = {}) {
    super(message, more)
    this.name = 'RtcError'
    this.code = code
    this.fix = more.fix ?? `See docs/errors.md, ${code}.`
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/**
 * Tells whether a caught value is an {@link RtcError}, also one from another copy of the SDK in the same page.
 *
 * @example
 * ```ts
 * import { isRtcError } from 'tsunagu'
 * const codeOf = (error: unknown) => (isRtcError(error) ? error.code : 'not ours')
 * ```
 */
export const isRtcError = (value: unknown): value is RtcError => isRecord(value) && BRAND in value
