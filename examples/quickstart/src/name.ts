const KEY = 'tsunagu.name'

/** What the server takes for a guest's name. */
const VALID = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N} ._@+-]{0,62}[\p{L}\p{M}\p{N}._@+-])?$/u

/** What is wrong with a name, in words; `undefined` if nothing is. */
export const nameProblem = (name: string): string | undefined => {
  if (!name) return 'Write your name first.'
  return VALID.test(name) ? undefined : 'Letters, digits, spaces and . _ @ + - please, beginning with a letter or digit.'
}

/** The name in the address: `?name=Aki` comes online at once. */
export const nameFromAddress = (search: string): string | undefined => {
  const name = new URLSearchParams(search).get('name')?.trim() ?? ''
  return nameProblem(name) ? undefined : name
}

/** Keeps the name for the next visit. */
export const rememberName = (name: string): void => {
  try {
    localStorage.setItem(KEY, name)
  } catch {
    // Storage is switched off: then it is asked for each time.
  }
}

/**
 * The name of the last visit, unless another window of this browser is online with it: two windows with one name are two
 * devices of one person, who cannot call themselves.
 */
export const rememberedName = async (): Promise<string | undefined> => {
  try {
    return await unlessHeld(localStorage.getItem(KEY) ?? undefined)
  } catch {
    return undefined
  }
}

/** This tab is online: loaded again, it comes online by itself. */
export const rememberOnline = (name: string): void => {
  try {
    sessionStorage.setItem(KEY, name)
  } catch {
    // Storage is switched off: then it is asked for again.
  }
}

/** The person has left. */
export const forgetOnline = (): void => {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // See above.
  }
}

/** The name under which this tab was online before it was loaded again; a tab that was duplicated is not that tab. */
export const nameOnline = async (): Promise<string | undefined> => {
  try {
    return await unlessHeld(sessionStorage.getItem(KEY) ?? undefined)
  } catch {
    return undefined
  }
}

const unlessHeld = async (name: string | undefined): Promise<string | undefined> => {
  const { held = [] } = (await navigator.locks?.query()) ?? {}
  return held.some((lock) => lock.name === lockOf(name ?? '')) ? undefined : name
}

/** Tells other windows of this browser that the name is taken; the result gives it back. */
export const holdName = (name: string): (() => void) => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  // Not there on pages without https, and not needed for anything but the suggestion.
  void navigator.locks?.request(lockOf(name), { mode: 'shared' }, () => held)
  return release
}

const lockOf = (name: string): string => `${KEY}:${name}`
