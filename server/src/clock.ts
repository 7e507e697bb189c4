/** Time, and waiting that keeps no process alive. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Runs a task once after a delay; the return value takes it back. */
  after(delayMs: number, task: () => void): () => void
}

/** The clock of this process. */
export const CLOCK: Clock = {
  now: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
