import { EVERYBODY, RtcError, isRtcError, type ClientContext, type Identity, type LogFields, type Logger } from 'tsunagu/hub'
import type { AuditRecord } from './audit'
import type { ServerOptions } from './options'

/** The most of a message that goes into a line of the log. */
const REASON_LENGTH = 300

/** The shortest run of characters that is taken for a part of a token: parsers quote where they stopped. */
const TOKEN_PART = /[\w+/-]{6,}/g

/** A message without the token that it may quote, whole or in part. */
const withoutToken = (message: string, token: string | undefined): string => {
  const whole = token ? message.replaceAll(token, '[token]') : message
  return whole.replace(TOKEN_PART, (part) => (token?.includes(part) ? '[token]' : part)).slice(0, REASON_LENGTH)
}

const codeOf = (error: Error): string | number | undefined => {
  // `fetch` keeps what went wrong in the cause.
  for (const one of [error, error.cause]) {
    const code = (one as { readonly code?: unknown } | null | undefined)?.code
    if (typeof code === 'string' || typeof code === 'number') return code
  }
  return undefined
}

/** What an operator needs to find the fault behind an error of the app. */
const describe = (error: unknown, token: string | undefined): LogFields =>
  error instanceof Error
    ? { error: error.name, code: codeOf(error), reason: withoutToken(error.message, token) }
    : { error: typeof error, reason: withoutToken(String(error), token) }

const isIdentity = (value: unknown): value is Identity => {
  const id = (value as Identity | null | undefined)?.id
  return typeof id === 'string' && id !== '' && id !== EVERYBODY
}

/** Wraps the app's `authenticate`, so that whatever it does wrong stands in the log and in the audit log, without the token. */
export const authenticator =
  (
    authenticate: NonNullable<ServerOptions['authenticate']>,
    log: Logger,
    audit: (entry: Omit<AuditRecord, 'at'>) => void,
  ): NonNullable<ServerOptions['authenticate']> =>
  async (token, context: ClientContext) => {
    const refused = (reason: string): void =>
      audit({ action: 'authenticate', allowed: false, reason, remote: context.remote ?? 'unknown' })
    let identity: Identity
    try {
      identity = await authenticate(token, context)
    } catch (error) {
      log.warn('authenticate failed', describe(error, token))
      refused(isRtcError(error) ? error.code : 'authenticate threw')
      throw error
    }
    if (isIdentity(identity)) return identity
    log.error('authenticate gave no identity: it must return { id }, a string that is neither empty nor "*"')
    refused('authenticate gave no id')
    throw new RtcError('signaling/unauthorized', 'The server does not know who this is.')
  }
