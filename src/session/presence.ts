import { type Listener, type ListenerOptions, notify } from '../base/emitter'
import { quietly, undoable } from '../base/wait'
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
  #status: PresenceStatus = 'online'

  /**
   * Calls the listener with each watched person's status, first as it is now and then at each change; returns the undo.
   * The id `'*'` stands for everybody, where the server allows it. May be called before the client is connected.
   */
  watch(
    ids: readonly string[],
    listener: Listener<PresenceUpdate>,
    { signal }: ListenerOptions = {},
  ): () => void {
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
    if (this.#port) quietly(this.#port.set(status))
  }

  /** What is known of a watched person. */
  get(id: string): PresenceUpdate | undefined {
    return this.#known.get(id)
  }

  /** Where updates come from, once there is a session. @internal */
  bind(port: PresencePort): void {
    this.#port = port
    port.bind((update) => {
      this.#known.set(update.id, update)
      for (const watch of [...this.#watches]) if (concerns(watch, update)) notify(watch.listener, update)
    })
    if (this.#watches.size) this.#ask()
    if (this.#status !== 'online') quietly(port.set(this.#status))
  }

  #ask(): void {
    const ids = new Set([...this.#watches].flatMap(({ ids }) => ids))
    if (!ids.has('*')) for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    if (this.#port) quietly(this.#port.watch([...ids]))
  }
}

const concerns = ({ ids }: Watch, { id }: PresenceUpdate): boolean => ids.includes(id) || ids.includes('*')
