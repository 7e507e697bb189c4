/** Runs asynchronous tasks one after the other, in the order they came; a task that fails does not stop the next. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve()

  /** Queues a task; settles as the task does. */
  run<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }
}
