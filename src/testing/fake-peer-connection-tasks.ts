import type { WireEnd } from './fake-data-channel'

/**
 * An event loop under the test's control: queues of tasks that run only when the test says which is next. Within a queue
 * the order stays, between queues the test decides.
 *
 * @example
 * ```ts
 * import { FakeTasks } from 'tsunagu/testing'
 * const tasks = new FakeTasks()
 * tasks.post('network', () => console.log('arrived'))
 * tasks.run('network')
 * ```
 */
export class FakeTasks {
  /** The connections whose steps these are, so that they find each other. @internal */
  readonly ends = new Set<WireEnd>()
  readonly #queues = new Map<string, (() => void)[]>()

  /** Adds a task at the end of a queue. */
  post(queue: string, task: () => void): void {
    const tasks = this.#queues.get(queue)
    if (tasks) tasks.push(task)
    else this.#queues.set(queue, [task])
  }

  /** The queues that have tasks. */
  get waiting(): readonly string[] {
    return [...this.#queues].filter(([, tasks]) => tasks.length > 0).map(([queue]) => queue)
  }

  /** Runs the first task of a queue. */
  run(queue: string): void {
    this.#queues.get(queue)?.shift()?.()
  }

  /** Runs everything, queue after queue in turn, with what that adds, and lets promises settle in between. */
  async drain(): Promise<void> {
    for (let turn = 0; ; turn++) {
      // Longer than any chain of promises between two tasks here.
      for (let i = 0; i < 30; i++) await Promise.resolve()
      const { waiting } = this
      const queue = waiting[turn % waiting.length]
      if (queue === undefined) return
      this.run(queue)
    }
  }
}
