import { EventEmitter } from 'eventemitter3'
import { undoable } from './wait'

/** How a listener is added. */
export interface ListenerOptions {
  /** Takes the listener off when it aborts. */
  readonly signal?: AbortSignal
}

/** A function that is called with an event's payload; what it throws or rejects with is reported, never passed on. */
export type Listener<Payload> = (payload: Payload) => unknown

const report = (error: unknown): void => {
  // The page's own error reporting sees it; the SDK goes on.
  if (typeof globalThis.reportError === 'function') globalThis.reportError(error)
  else console.error(error)
}

/** Calls a listener; what it throws, or its promise rejects with, is reported to the page and goes no further. */
export const notify = <Payload>(listener: Listener<Payload>, payload: Payload): void => {
  try {
    const result = listener(payload)
    if (result instanceof Promise) result.catch(report)
  } catch (error) {
    report(error)
  }
}

/**
 * Base class of everything here that has events: each event carries one payload object.
 *
 * A listener that throws, or whose promise rejects, is reported through `reportError`; the other listeners still run.
 *
 * @example
 * ```ts
 * import type { Call } from 'tsunagu'
 * const watch = (call: Call, page: AbortController) =>
 *   call.on('stateChanged', ({ to }) => console.log(to), { signal: page.signal })
 * ```
 */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter()

  /** Adds a listener and returns its undo. */
  on<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
    { signal }: ListenerOptions = {},
  ): () => void {
    this.#emitter.on(name, listener)
    return undoable(() => this.off(name, listener), signal)
  }

  /** Adds a listener for the next event of that name alone and returns its undo. */
  once<Name extends keyof Events & string>(
    name: Name,
    listener: Listener<Events[Name]>,
    options?: ListenerOptions,
  ): () => void {
    const undo = this.on(
      name,
      (payload) => {
        undo()
        return listener(payload)
      },
      options,
    )
    return undo
  }

  /** Takes a listener off. */
  off<Name extends keyof Events & string>(name: Name, listener: Listener<Events[Name]>): void {
    this.#emitter.off(name, listener)
  }

  /** How many listeners an event has. @internal */
  protected listenerCount(name: keyof Events & string): number {
    return this.#emitter.listenerCount(name)
  }

  /** Calls the listeners of an event, in the order they were added. @internal */
  protected emit<Name extends keyof Events & string>(name: Name, payload: Events[Name]): void {
    for (const listener of this.#emitter.listeners(name) as Listener<Events[Name]>[]) notify(listener, payload)
  }
}
