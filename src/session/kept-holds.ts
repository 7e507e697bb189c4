import type { SessionKeeper } from '../signaling/port'
import type { Calls } from './calls'

/** Keeps beside the session which calls we hold, so that a page that is loaded again holds them from the beginning; and tells the calls whether anything is kept. */
export const keepHolds = (keeper: SessionKeeper, calls: Calls): SessionKeeper => {
  let state: string | undefined
  const save = (): boolean => {
    const held = calls.running.flatMap((call) => (call.held.local ? [call.id] : []))
    let kept = false
    try {
      kept = keeper.save(state && `${JSON.stringify(held)}\n${state}`) !== false
    } catch {
      // A storage that is full, or forbidden: a reload begins anew, and nobody is to wait for it.
    }
    calls.keeps = kept && state !== undefined
    return kept
  }
  calls.holdChanged = () => void save()
  return {
    load: async () => {
      const kept = await keeper.load()
      const at = kept?.indexOf('\n') ?? -1
      // Without a line of its own it is from before holds were kept. What cannot be read is nothing to come back to.
      calls.heldBefore = new Set(at < 0 ? [] : (JSON.parse(kept?.slice(0, at) ?? '') as string[]))
      return kept?.slice(at + 1)
    },
    save: (next) => {
      state = next
      return save()
    },
  }
}
