import { RtcError } from '../../src/base/errors'
import type { LinkClosed, SignalingTransport } from '../../src/signaling/transport'

/** The part of a `Hub` of `tsunagu/hub` that this adapter uses. */
export interface MemoryHub {
  connect(link: { send(frame: string): void; close(code?: number): void; readonly remote?: string }): {
    frame(frame: string): void
    closed(): void
  }
}

/**
 * A transport to a hub in the same page or process: for tests, and for demos that need no server.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { memory } from 'tsunagu/adapters/memory'
 * import { Hub } from 'tsunagu/hub'
 * const hub = new Hub({ authenticate: (token) => ({ id: token ?? 'nobody' }) })
 * const alice = new Client({ signaling: memory(hub), token: 'alice' })
 * const bob = new Client({ signaling: memory(hub), token: 'bob' })
 * ```
 */
export const memory = (hub: MemoryHub): SignalingTransport => ({
  name: 'memory',
  open: async (sink, { signal }) => {
    signal.throwIfAborted()
    await Promise.resolve()
    signal.throwIfAborted()
    let open = true
    // Frames arrive in a later microtask, as they would from a network: nobody is called back while still calling.
    const later = (task: () => void): void => queueMicrotask(task)
    const end = (why: LinkClosed): void => {
      if (!open) return
      open = false
      later(() => {
        hubSide.closed()
        sink.closed(why)
      })
    }
    const hubSide = hub.connect({
      remote: 'memory',
      send: (frame) => {
        if (open) later(() => open && sink.frame(frame))
      },
      // What was sent before goes first, for microtasks keep their order; and `open` has settled by then.
      close: (code = 1000) => later(() => end({ clean: code === 1000, retry: 'yes' })),
    })
    return {
      send: async (frame) => {
        if (!open) throw new RtcError('signaling/closed', 'The link is closed.')
        later(() => hubSide.frame(frame))
      },
      close: async () => end({ clean: true, retry: 'yes' }),
    }
  },
})
