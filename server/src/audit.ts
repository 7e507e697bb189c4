import type { Action, LogFields, Logger } from 'tsunagu/hub'

/** One line of the audit log: who was let do what, or was not. It never holds a token. */
export interface AuditRecord {
  /** When, in ISO 8601 and UTC. */
  readonly at: string
  /** What was wanted: an {@link Action} of a user, `open` for a link or a request, or `authenticate` for a token. */
  readonly action: Action | 'open' | 'authenticate'
  /** The user who wanted it, as far as the server knows who that is. */
  readonly from?: string
  /** Whom it was about. */
  readonly to?: string
  readonly allowed: boolean
  /** Why it was refused. */
  readonly reason?: string
  /** The address that it came from; set where `from` is not known, so that an operator can find and block it. */
  readonly remote?: string
}

/** Makes the function that stamps a record, writes it into the log and hands it to the app. */
export const auditor =
  (log: Logger, hook: ((record: AuditRecord) => void | Promise<void>) | undefined) =>
  (entry: Omit<AuditRecord, 'at'>): void => {
    const record = { at: new Date().toISOString(), ...entry }
    const fields: LogFields = { channel: 'audit', ...record }
    if (record.allowed) log.debug('allowed', fields)
    else log.warn('refused', fields)
    // Who writes the books must not be able to stop the work: not by throwing, and not by a promise that nobody looks at.
    void new Promise((resolve) => resolve(hook?.(record))).catch((error: unknown) =>
      log.error('the audit hook threw', { reason: error instanceof Error ? error.message : String(error) }),
    )
  }
