/* eslint-disable no-restricted-globals -- the storage and the locks of the page are what this folder is about; nothing else of it is used */
// A symbol, not a variable: another copy of the SDK in the page reads it too.
const NAMES = Symbol.for('tsunagu.reload.v1')

interface Page {
  readonly locks?: LockManager & { [NAMES]?: Map<string, Promise<string | undefined>> }
}

/**
 * The name that this page goes by; the first who asks finds one. A page that makes its client twice, as React's StrictMode does, is no duplicate of itself.
 * It hangs on the page's lock manager, for it goes with the page as the locks do.
 */
export const oncePerPage = async (key: string, find: () => Promise<string | undefined>): Promise<string | undefined> => {
  const { locks } = navigator as Page
  if (!locks) return undefined
  const names = (locks[NAMES] ??= new Map())
  const finding = names.get(key) ?? find()
  names.set(key, finding)
  const name = await finding
  // Refused this time.
  if (name === undefined) names.delete(key)
  return name
}

/** Takes a Web Lock for as long as the page lives; false where somebody else has it, or there are no locks. */
export const hold = (name: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { locks } = navigator as { readonly locks?: LockManager }
    const taken = (lock: Lock | null): Promise<never> | undefined => {
      resolve(lock !== null)
      // Never settles: the browser lets go with the page.
      return lock ? new Promise<never>(() => undefined) : undefined
    }
    // A document that is not fully active any more, or without an origin of its own, is refused.
    if (locks) locks.request(name, { ifAvailable: true }, taken).catch(() => resolve(false))
    else resolve(false)
  })
