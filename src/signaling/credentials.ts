import { isText } from '../protocol/decode'
import { PROTOCOL_VERSION } from '../protocol/limits'
import type { Hello, Reclaim, Resume } from '../protocol/messages'
import type { SessionKeeper } from './port'

interface Secret {
  readonly session: string
  readonly key: string
}

/** What proves to the server that a session is ours: over its links, and with a keeper also after the page was loaded again. */
export class Credentials {
  readonly #keeper: SessionKeeper | undefined
  #instance: string
  #secret: Secret | undefined
  /** A page that is loaded again finds the session. */
  #kept = false
  /** Ours before the page was loaded again: its numbers are gone, so it cannot be resumed. */
  #reclaiming = false
  /** The server takes no earlier one that comes late for the newest. */
  #attempt = 0

  constructor(instance: string, keeper: SessionKeeper | undefined) {
    this.#instance = instance
    this.#keeper = keeper
  }

  /** Whether there is a session to go on with. */
  get held(): boolean {
    return this.#secret !== undefined
  }

  /** Whether a page that is loaded again can go on with it. */
  get kept(): boolean {
    return this.#kept
  }

  /** Finds what this page kept before it was loaded again. */
  async recall(): Promise<void> {
    try {
      const [session, key, instance] = JSON.parse((await this.#keeper?.load()) ?? '') as [string, string, string]
      if (![session, key, instance].every(isText)) return
      this.#secret = { session, key }
      // A guest stays who they are.
      this.#instance = instance
      this.#kept = this.#reclaiming = true
    } catch {
      // What cannot be read is nothing to come back to.
    }
  }

  /** The first frame of a link. */
  greeting(token: string | undefined, received: number): Hello | Resume | Reclaim {
    const v = PROTOCOL_VERSION
    const instance = this.#instance
    if (!this.#secret) return { type: 'hello', v, token, instance, parts: true }
    return this.#reclaiming
      ? { type: 'reclaim', v, token, ...this.#secret, instance, parts: true, attempt: ++this.#attempt }
      : { type: 'resume', v, token, ...this.#secret, received, attempt: ++this.#attempt }
  }

  /** The server opened a session, which a page that is loaded again may be able to reclaim. */
  keep({ session, key }: Secret, reclaimable: boolean): void {
    this.#secret = { session, key }
    this.#reclaiming = false
    const keeper = reclaimable && this.#keeper
    this.#kept = !!keeper && keeper.save(JSON.stringify([session, key, this.#instance])) !== false
  }

  /** The session is no more. */
  drop(): void {
    this.#secret = undefined
    this.#kept = false
    // What another client of this page may still come back to is not ours to throw away: we have never had it.
    if (!this.#reclaiming) this.#keeper?.save(undefined)
  }
}
