import { EVERYBODY, isRtcError, type HubOptions, type Identity } from 'tsunagu/hub'
import type { AuditRecord } from './audit'

type Authenticate = NonNullable<HubOptions['authenticate']>

/** What the app's `authenticate` has to give; not all apps are typed. */
export const isIdentity = (value: unknown): value is Identity => {
  const id = (value as Identity | null | undefined)?.id
  return typeof id === 'string' && id !== '' && id !== EVERYBODY
}

/** Wraps the app's `authenticate`, so that whom it refuses stands in the audit log. Why it failed is logged by whoever asks. */
export const audited =
  (
    authenticate: Authenticate,
    audit: (entry: Omit<AuditRecord, 'at'>) => void,
  ): Authenticate =>
  async (token, context) => {
    const refused = (reason: string): void =>
      audit({ action: 'authenticate', allowed: false, reason, remote: context.remote ?? 'unknown' })
    try {
      const identity = await authenticate(token, context)
      if (!isIdentity(identity)) refused('authenticate gave no id')
      return identity
    } catch (error) {
      // Whatever else the app threw may quote the token, so only a code of ours is written down.
      refused(isRtcError(error) ? error.code : 'authenticate threw')
      throw error
    }
  }
