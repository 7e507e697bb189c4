import { RtcError } from '../../src/base/errors'
import { Hub } from '../../src/hub'
import type { LinkClosed, SignalingTransport } from '../../src/signaling/transport'
import { Host, type TabHub } from './host'
import { lockOf, openChannel } from './posts'

/** How the tabs find each other. */
export interface BroadcastChannelOptions {
  /** Tabs with the same name talk to each other. @defaultValue `'tsunagu'` */
  readonly name?: string
  /** Makes the hub, should this tab be the one that runs it. @defaultValue a `Hub` in which the token is the id */
  readonly hub?: () => TabHub
}

/** All tabs belong to one browser and one origin: whoever is in is believed. */
const trustingHub = (): TabHub =>
  new Hub({ authenticate: (token, { instance }) => ({ id: token ?? `guest-${instance.slice(0, 8)}` }) })

/**
 * A transport between the tabs of one browser, without any server: the tab that holds a Web Lock runs the hub for all of them.
 *
 * When that tab goes, another one takes over, and the links of all others are lost: their sessions begin anew there.
 * Needs a secure page, as Web Locks do.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { broadcastChannel } from 'tsunagu/adapters/broadcast-channel'
 * const client = new Client({ signaling: broadcastChannel({ name: 'demo' }), token: 'alice' })
 * ```
 */
export const broadcastChannel = ({
  name = 'tsunagu',
  hub = trustingHub,
}: BroadcastChannelOptions = {}): SignalingTransport => {
  let links = 0
  let host: Host | undefined
  const join = (): void => {
    if (++links === 1) host = new Host(name, hub)
  }
  const leave = (): void => {
    if (--links > 0) return
    host?.stop()
    host = undefined
  }

  return {
    name: 'broadcast-channel',
    open: async (sink, { signal }) => {
      signal.throwIfAborted()
      if (!('BroadcastChannel' in globalThis) || !globalThis.navigator?.locks)
        throw new RtcError('usage/unsupported-environment', 'There are no Web Locks in this page.', {
          fix: 'Serve the page over https or from localhost.',
        })
      const link = crypto.randomUUID()
      const life = new AbortController()
      let state: 'opening' | 'open' | 'closed' = 'opening'
      /** Whether we hold our lock: a hub that saw it free would think we were gone. */
      let held = false
      let hostId: string | undefined

      const free = (): void => {
        state = 'closed'
        channel.close()
        life.abort()
        leave()
      }
      const end = (why: LinkClosed): void => {
        if (state !== 'open') return
        free()
        sink.closed(why)
      }
      let opened: (host: string) => void = () => undefined
      const channel = openChannel(name, (post) => {
        if (post.kind === 'host') {
          // Whoever ran the hub before is gone, and the session with it.
          if (hostId !== undefined && hostId !== post.host) end({ clean: false, retry: 'yes' })
          else if (state === 'opening' && held) channel.post({ kind: 'open', link })
        } else if (!('link' in post) || post.link !== link) return
        else if (post.kind === 'opened') opened(post.host)
        else if (post.kind === 'down') sink.frame(post.frame)
        else if (post.kind === 'closed') end({ clean: post.clean, retry: 'yes' })
      })

      join()
      try {
        await new Promise<void>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: life.signal })
          opened = (by) => {
            hostId = by
            state = 'open'
            resolve()
          }
          navigator.locks
            .request(lockOf(name, link), { signal: life.signal }, () => {
              held = true
              channel.post({ kind: 'open', link })
              return new Promise<void>((done) => life.signal.addEventListener('abort', () => done()))
            })
            .catch(reject)
        })
      } catch (error) {
        channel.post({ kind: 'left', link })
        free()
        throw error
      }
      return {
        send: async (frame) => {
          if (state !== 'open') throw new RtcError('signaling/closed', 'The link is closed.')
          channel.post({ kind: 'up', link, frame })
        },
        close: async () => {
          if (state === 'open') channel.post({ kind: 'left', link })
          end({ clean: true, retry: 'yes' })
        },
      }
    },
  }
}
