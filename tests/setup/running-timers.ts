const { setTimeout: after, clearTimeout: cancel, setInterval: every, clearInterval: stop } = globalThis

/** The page's timers as they were, for whoever does not want to be counted. */
export const uncounted = { after } as const

/** From now on counts the timers of the page: what is returned has one entry for each that runs. */
export const countTimers = (): ReadonlySet<unknown> => {
  const running = new Set<unknown>()
  Object.assign(globalThis, {
    setTimeout: (task: () => void, ms?: number) => {
      const id = after(() => {
        running.delete(id)
        task()
      }, ms)
      running.add(id)
      return id
    },
    clearTimeout: (id: number) => {
      running.delete(id)
      cancel(id)
    },
    setInterval: (task: () => void, ms?: number) => {
      const id = every(task, ms)
      running.add(id)
      return id
    },
    clearInterval: (id: number) => {
      running.delete(id)
      stop(id)
    },
  })
  return running
}
