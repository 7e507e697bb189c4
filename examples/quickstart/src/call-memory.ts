/** What of a call is to be as it was when the page is loaded again. */
export interface CallMemory {
  readonly microphone: boolean
  readonly camera: boolean
  readonly held: boolean
  /** How long it has been running. */
  readonly seconds: number
}

const keyOf = (id: string): string => `tsunagu.call.${id}`
const UNKNOWN: CallMemory = { microphone: false, camera: false, held: false, seconds: 0 }

/** Writes down how a call is; it is forgotten with the tab. */
export const rememberCall = (id: string, memory: CallMemory): void => {
  try {
    sessionStorage.setItem(keyOf(id), JSON.stringify(memory))
  } catch {
    // Storage is switched off: then nothing of us is sent until the person says so.
  }
}

/** How a call was before the page was loaded again. Whoever had nothing on sends nothing: so it is where that is not known. */
export const recallCall = (id: string): CallMemory => {
  try {
    return { ...UNKNOWN, ...(JSON.parse(sessionStorage.getItem(keyOf(id)) ?? '{}') as Partial<CallMemory>) }
  } catch {
    return UNKNOWN
  }
}

/** The call is over. */
export const forgetCall = (id: string): void => {
  try {
    sessionStorage.removeItem(keyOf(id))
  } catch {
    // See above.
  }
}
