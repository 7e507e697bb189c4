import { deferred, type Deferred } from '../base/wait'

/** Questions whether the server is there that have no answer yet. */
export class Probes {
  readonly #open = new Map<number, Deferred<void>>()
  #id = 0

  /** A new question: the number to ask with, and what settles with the answer. */
  ask(): { readonly id: number; readonly answer: Deferred<void> } {
    const id = ++this.#id
    const answer = deferred<void>()
    const forget = (): void => void this.#open.delete(id)
    this.#open.set(id, answer)
    answer.promise.then(forget, forget)
    return { id, answer }
  }

  answered(id: number | undefined): void {
    this.#open.get(id ?? 0)?.resolve()
  }

  /** Settles all of them: the server is there, or an error says why nobody will know. */
  settle(error?: unknown): void {
    for (const answer of this.#open.values())
      if (error) answer.reject(error)
      else answer.resolve()
  }
}
