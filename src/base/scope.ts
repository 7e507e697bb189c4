/** Undoes, in reverse order and exactly once, whatever was added to it; added after the end, a thing is undone at once. */
export class Scope {
  readonly #abort = new AbortController()
  readonly #undos: (() => unknown)[] = []
  /** Aborts when the scope ends. */
  readonly signal = this.#abort.signal

  get closed(): boolean {
    return this.signal.aborted
  }

  /** Remembers an undo. */
  add(undo: () => unknown): void {
    if (this.closed) undo()
    else this.#undos.push(undo)
  }

  /** Ends the scope; `reason` is that of its signal. Safe to call twice. */
  close(reason?: unknown): void {
    if (this.closed) return
    this.#abort.abort(reason)
    for (const undo of this.#undos.splice(0).reverse()) undo()
  }
}
