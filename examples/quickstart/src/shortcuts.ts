/** What one key does; it is not asked while somebody writes or a modifier is held. */
export type Shortcuts = Readonly<Record<string, () => void>>

/** Listens for single keys until the signal aborts, and leaves them to others while they are not meant for us. */
export const listenForKeys = (shortcuts: Shortcuts, signal: AbortSignal, areMeant = (): boolean => true): void => {
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return
      const run = shortcuts[event.key.length === 1 ? event.key.toLowerCase() : event.key]
      if (!run || !areMeant()) return
      event.preventDefault()
      run()
    },
    { signal },
  )
}

const isWriting = (target: EventTarget | null): boolean => target instanceof Element && target.matches('input, textarea, select')
