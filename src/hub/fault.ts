import { isRtcError } from '../base/errors'
import type { LogFields } from '../base/log'

/** The most of a message that goes into a line of the log. */
const REASON_LENGTH = 300

/** The shortest run of characters that is taken for a part of a token: parsers quote where they stopped. */
const TOKEN_PART = /[\w+/-]{6,}/g

/** A message without the token that it may quote, whole or in part. */
const withoutToken = (message: string, token: string | undefined): string => {
  const whole = token ? message.replaceAll(token, '[token]') : message
  return whole.slice(0, REASON_LENGTH).replace(TOKEN_PART, (part) => (token?.includes(part) ? '[token]' : part))
}

/**
 * What a log says of something thrown, mostly by a hook of the app: its name, code and message, never the token, which apps like to quote.
 *
 * @example
 * ```ts
 * import { faultOf, type Logger } from 'tsunagu/hub'
 * const check = async (authenticate: (token: string) => Promise<unknown>, token: string, logger: Logger) =>
 *   authenticate(token).catch((error: unknown) => logger.warn('refused', faultOf(error, token)))
 * ```
 */
export const faultOf = (error: unknown, token?: string): LogFields => {
  if (!(error instanceof Error)) return { error: typeof error, reason: withoutToken(String(error), token) }
  // `fetch` and its like keep what went wrong in the cause.
  const { code = (error.cause as { readonly code?: unknown } | null | undefined)?.code } = error as { readonly code?: unknown }
  return {
    error: error.name,
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    reason: withoutToken(error.message, token),
    ...(isRtcError(error) && !error.fix.startsWith('See ') && { fix: error.fix }),
  }
}
