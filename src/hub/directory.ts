import { RtcError } from '../base/errors'
import type { HubConfig } from './config'
import { faultOf } from './fault'
import type { Action, AuditEntry, Identity } from './options'

/** Whom an address means, and who of them may be reached. */
export interface Found {
  readonly allowed: readonly string[]
  /** Somebody was found, but nobody who may be reached. */
  readonly forbidden: boolean
}

const isUsers = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((id) => typeof id === 'string')

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
      // Hooks are the app's, and not all apps are typed: a text would be taken for a list of its characters.
      const found: unknown = await this.#inTime(resolve(address, from))
      if (isUsers(found)) ids = [...new Set(found)]
      else logger.error('`resolve` must give an array of user ids; this found nobody.', { type: typeof found })
    } catch (error) {
      this.#failed('`resolve` failed.', error)
    }
    const allowed: string[] = []
    for (const id of ids) if (await this.allows(from, action, id)) allowed.push(id)
    return { allowed, forbidden: ids.length > 0 && allowed.length === 0 }
  }

  /** Asks and writes the answer into the audit log. */
  async allows(from: Identity, action: Action, to: string): Promise<boolean> {
    const { authorize, logger, counters, runtime } = this.#config
    if (!authorize) return true
    let answer: unknown
    try {
      answer = await this.#inTime(authorize(from, action, to))
      // 'no' is true to JavaScript.
      if (typeof answer !== 'boolean')
        logger.error('`authorize` must answer true or false; anything else allows nothing.', { action, type: typeof answer })
    } catch (error) {
      this.#failed('`authorize` failed.', error, action)
    }
    const allowed = answer === true
    if (!allowed) counters.forbidden++
    this.#audit({ at: runtime.now(), action, from: from.id, to, allowed })
    return allowed
  }

  /** Tells the name and the code; what rules say of people by way of an error is for whoever looks for it. */
  #failed(message: string, error: unknown, action?: Action): void {
    const { reason, ...fault } = faultOf(error)
    const { logger } = this.#config
    logger.error(message, { ...fault, action })
    logger.debug(message, { reason })
  }

  /** Who writes the books must not be able to stop the work. */
  #audit(entry: AuditEntry): void {
    const { audit, logger } = this.#config
    // The types allow a hook that is asynchronous.
    const write = async (): Promise<void> => audit(entry)
    write().catch((error: unknown) => logger.error('`audit` failed.', faultOf(error)))
  }

  /** Gives a hook up that does not answer: the frames of a session wait behind it. */
  async #inTime<T>(answer: T | Promise<T>): Promise<T> {
    if (!(answer instanceof Object && 'then' in answer)) return answer
    const { runtime, hookMs } = this.#config
    let stop = (): void => undefined
    const late = new Promise<never>((_, reject) => {
      stop = runtime.after(hookMs, () => reject(new RtcError('signaling/timeout', `It did not answer within ${hookMs} ms.`)))
    })
    return Promise.race([answer, late]).finally(stop)
  }
}
