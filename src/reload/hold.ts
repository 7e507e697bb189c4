/* eslint-disable no-restricted-globals -- the storage and the locks of the page are what this folder is about; nothing else of it is used */
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
