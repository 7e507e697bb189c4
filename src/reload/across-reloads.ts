/* eslint-disable no-restricted-globals -- the storage and the locks of the page are what this folder is about; nothing else of it is used */
import { isRecord } from '../base/record'
import { RUNTIME } from '../base/runtime'
import type { SessionKeeper } from '../signaling/port'
import { hold, oncePerPage } from './hold'

/** What a keeper may be told. */
export interface ReloadOptions {
  /** Tells the clients of a page apart, where there are several. @defaultValue `''` */
  readonly name?: string
}

/**
 * Keeps a client's session in `sessionStorage`, so that a page that is loaded again goes on with its calls.
 *
 * A duplicated tab gets a copy of that storage and would take the calls away from the tab they are in: what is stored is used only
 * by whoever holds the Web Lock of the page that stored it, which the browser lets go of when that page is gone. Where there are no
 * Web Locks, which is on plain http, nothing is kept. Two clients at a time in one page need a `name` each; one that is made anew, as in React’s StrictMode, does not.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { webSocket } from 'tsunagu/adapters/websocket'
 * import { acrossReloads } from 'tsunagu/reload'
 * const client = new Client({ signaling: webSocket({ url: 'https://example.com/signal' }), keeper: acrossReloads() })
 * client.on('callReclaimed', ({ call }) => call.accept({ audio: true }))
 * ```
 */
export const acrossReloads = ({ name = '' }: ReloadOptions = {}): SessionKeeper => {
  const key = `tsunagu.reload.${name}`
  /** Names this page's lock, once it is held. */
  let page: string | undefined
  return {
    load: async () => {
      page = await oncePerPage(key, async () => {
        for (const name of [read(key).page, RUNTIME.randomId()]) if (name !== undefined && (await hold(`${key}.${name}`))) return name
        return undefined
      })
      const { page: before, state } = read(key)
      return page === before ? state : undefined
    },
    save: (state) => {
      if (page === undefined) return false
      try {
        if (state === undefined) sessionStorage.removeItem(key)
        else sessionStorage.setItem(key, JSON.stringify({ page, state }))
        return true
      } catch {
        // Full, or not allowed: then a reload begins anew.
        return false
      }
    },
  }
}

const read = (key: string): { readonly page?: string; readonly state?: string } => {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '')
    if (isRecord(kept) && typeof kept.page === 'string' && typeof kept.state === 'string') return { page: kept.page, state: kept.state }
  } catch {
    // Not there, not ours, or not allowed.
  }
  return {}
}
