import type { HubConfig } from './config'
import type { Action, Identity } from './options'

/** Whom an address means, and who of them may be reached. */
export interface Found {
  readonly allowed: readonly string[]
  /** Somebody was found, but nobody who may be reached. */
  readonly forbidden: boolean
}

/** Asks the app whom an address means and what one user may do to another; a hook that fails allows nothing. */
export class Directory {
  readonly #config: HubConfig

  constructor(config: HubConfig) {
    this.#config = config
  }

  async find(from: Identity, action: Action, address: string): Promise<Found> {
    const { resolve, logger } = this.#config
    let ids: readonly string[] = []
    try {
      ids = [...new Set(await resolve(address, from))]
    } catch (error) {
      logger.error('`resolve` failed.', { error: String(error) })
    }
    const allowed: string[] = []
    for (const id of ids) if (await this.allows(from, action, id)) allowed.push(id)
    return { allowed, forbidden: ids.length > 0 && allowed.length === 0 }
  }

  /** Asks and writes the answer into the audit log. */
  async allows(from: Identity, action: Action, to: string): Promise<boolean> {
    const { authorize, audit, logger, counters, runtime } = this.#config
    if (!authorize) return true
    let allowed = false
    try {
      allowed = await authorize(from, action, to)
    } catch (error) {
      logger.error('`authorize` failed.', { action, error: String(error) })
    }
    if (!allowed) counters.forbidden++
    audit({ at: runtime.now(), action, from: from.id, to, allowed })
    return allowed
  }
}
