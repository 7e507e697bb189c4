import { type Listener, type ListenerOptions, notify } from '../base/emitter'
import { isRtcError, RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { undoable } from '../base/wait'
import { isAddress } from '../protocol/decode'
import type { PresencePort, PresenceStatus, PresenceUpdate } from '../signaling/port'

interface Watch {
  readonly ids: readonly string[]
  readonly listener: Listener<PresenceUpdate>
}

/**
 * Who is there: watch people, and say how you are yourself.
 *
 * @example
 * ```ts
 * import type { Client } from 'tsunagu'
 * const show = (client: Client) => client.presence.watch(['bob', 'carol'], ({ id, status }) => console.log(id, status))
 * ```
 */
export class Presence {
  readonly #watches = new Set<Watch>()
  readonly #known = new Map<string, PresenceUpdate>()
  #port: PresencePort | undefined
  #logger: Logger | undefined
  #status: PresenceStatus = 'online'

  /**
   * Calls the listener with each watched person's status, first as it is now and then at each change; returns the undo.
   * The id `'*'` stands for everybody, where the server allows it. May be called before the client is connected.
   * @throws {@link RtcError} `usage/invalid-argument` for what is no list.
   */
  watch(
    ids: readonly string[],
    listener: Listener<PresenceUpdate>,
    { signal }: ListenerOptions = {},
  ): () => void {
    // Types do not stop everybody, and a text is a list of letters.
    const list: unknown = ids
    if (!Array.isArray(list)) throw new RtcError('usage/invalid-argument', 'Watch a list of ids.')
    const watch: Watch = { ids: [...ids], listener }
    if (!signal?.aborted) {
      this.#watches.add(watch)
      this.#ask()
      // A later listener hears what an earlier one already knows: the server tells only changes of a watched id.
      for (const update of this.#known.values()) if (concerns(watch, update)) notify(listener, update)
    }
    return undoable(() => {
      if (this.#watches.delete(watch)) this.#ask()
    }, signal)
  }

  /** Says how you are; others who watch you hear it. Kept over reconnects. */
  set(status: Exclude<PresenceStatus, 'offline'>): void {
    this.#status = status
    this.#told(this.#port?.set(status))
  }

  /** What is known of a watched person. */
  get(id: string): PresenceUpdate | undefined {
    return this.#known.get(id)
  }

  /** Where updates come from, once there is a session. @internal */
  bind(port: PresencePort, logger: Logger): void {
    this.#port = port
    this.#logger = logger
    port.bind((update) => {
      const watches = [...this.#watches].filter((watch) => concerns(watch, update))
      // Who left is remembered for those who asked for just them: over time, everybody leaves.
      if (update.status === 'offline' && !watches.some(({ ids }) => ids.includes(update.id))) this.#known.delete(update.id)
      else if (watches.length) this.#known.set(update.id, update)
      for (const { listener } of watches) notify(listener, update)
    })
    if (this.#watches.size) this.#ask()
    if (this.#status !== 'online') this.#told(port.set(this.#status))
  }

  #ask(): void {
    const ids = new Set([...this.#watches].flatMap(({ ids }) => ids))
    if (!ids.has('*')) for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    const asked = [...ids].filter(isAddress)
    if (asked.length < ids.size) this.#logger?.warn('watch: an id has 1 to 256 characters.')
    this.#told(this.#port?.watch(asked))
  }

  /** A session that ends has nothing to answer; whatever else is refused, somebody should know. */
  #told(sent: Promise<void> | undefined): void {
    sent?.catch((error: unknown) => {
      const why = isRtcError(error) ? error.code : String(error)
      if (why !== 'signaling/closed') this.#logger?.warn('presence was refused', { why })
    })
  }
}

const concerns = ({ ids }: Watch, { id }: PresenceUpdate): boolean => ids.includes(id) || ids.includes('*')
