import { isRtcError, type RtcErrorCode } from './errors'
import type { Logger } from './log'

/**
 * A promise with its handles outside. Its rejection is always observed, so that one nobody awaits never becomes an
 * unhandled rejection of the page; whoever awaits it still gets the error.
 */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** Makes a {@link Deferred}. */
export const deferred = <T>(): Deferred<T> => {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  quietly(promise)
  return { promise, resolve, reject }
}

/** Marks a promise's rejection as seen and returns the promise. */
export const quietly = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}

/** Somebody left, or changed their mind: no news. */
const UNREMARKABLE: readonly RtcErrorCode[] = ['usage/closed', 'media/screen-cancelled']

/**
 * Logs a rejection, so that one nobody awaits is neither lost nor an unhandled rejection of the page, and returns the
 * promise.
 */
export const logged = <T>(what: string, promise: Promise<T>, logger: Logger): Promise<T> => {
  promise.catch((error: unknown) => {
    if (isRtcError(error)) logger[UNREMARKABLE.includes(error.code) ? 'debug' : 'warn'](`${what}: ${error.message}`, { code: error.code, fix: error.fix })
  })
  return promise
}

/** The undo of something that a signal undoes too when it aborts; at once where it has aborted already. */
export const undoable = (undo: () => void, signal: AbortSignal | undefined): (() => void) => {
  const once = (): void => {
    signal?.removeEventListener('abort', once)
    undo()
  }
  signal?.addEventListener('abort', once)
  if (signal?.aborted) once()
  return once
}

/** Settles as the promise does, or rejects with the signal's reason as soon as that aborts. */
export const abortable = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return promise
  return quietly(
    new Promise<T>((resolve, reject) => {
      const stop = undoable(() => reject(signal.reason), signal)
      // Once settled, a second rejection has no effect.
      promise.then(resolve, reject).finally(stop)
    }),
  )
}
