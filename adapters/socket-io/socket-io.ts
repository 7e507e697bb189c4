import type * as SocketIoClient from 'socket.io-client'
import { RtcError, type RtcErrorCode } from '../../src/base/errors'
import type { LinkClosed, SignalingTransport } from '../../src/signaling/transport'

/** Where to connect. */
export interface SocketIoOptions {
  /** `https`, `http`, `wss` or `ws`; in a page also relative to it. */
  readonly url: string | URL
}

/** Versions of the protocol are namespaces: a server without it says "Invalid namespace". */
const NAMESPACE = '/tsunagu.v1'

const UNSUPPORTED = 'signaling/protocol-unsupported'

/** Close codes of the WebSocket below that another attempt cannot mend: RFC 6455 section 7.4.1 and what the server adds. */
const FINAL: Readonly<Record<number, RtcErrorCode>> = {
  1009: 'signaling/too-large',
  4406: UNSUPPORTED,
}

/** The close code in what socket.io-client tells of the end of a connection. */
const codeOf = (details: unknown): number => (details as { context?: { code?: number } } | undefined)?.context?.code ?? 0

const load = async (): Promise<typeof SocketIoClient> => {
  try {
    return await import('socket.io-client')
  } catch (cause) {
    // In the words of Node, Chromium, Firefox and Safari. Anything else is a network that failed, and may be back soon.
    const missing = /find|specifier|resolve/.test(String(cause))
    throw new RtcError(missing ? 'usage/unsupported-environment' : 'signaling/unreachable', 'socket.io-client could not be loaded.', {
      fix: 'Install it beside tsunagu: npm install socket.io-client.',
      cause,
    })
  }
}

/**
 * A transport over Socket.IO, for servers of Tsunagu that have the door `socket-io` open. It needs the package
 * `socket.io-client` 4.7 or later, which is loaded when the first link opens.
 *
 * Frames travel in one event, over WebSocket alone: the long polling of Socket.IO would name the connection in addresses.
 * Its own reconnection and recovery are off, for the session resumes by itself and loses nothing.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { socketIo } from 'tsunagu/adapters/socket-io'
 * const client = new Client({ signaling: socketIo({ url: 'https://example.com/signal' }) })
 * ```
 */
export const socketIo: (options: SocketIoOptions) => SignalingTransport = ({ url } = {} as SocketIoOptions) => ({
  name: 'socket-io',
  open: async (sink, { signal }) => {
    signal.throwIfAborted()
    let address: URL
    try {
      // An empty one, or none, would lead to the page itself.
      address = new URL(url || 'none:', globalThis.location?.href)
      if (!/^(https?|wss?):$/.test(address.protocol) || address.hash) throw new TypeError(address.protocol)
    } catch (cause) {
      throw new RtcError('usage/invalid-argument', `Socket.IO cannot go to this url: ${String(url).replace(/\?.*/, '')}`, { cause })
    }
    let socket: SocketIoClient.Socket | undefined
    let open = true
    const close = (): void => {
      open = false
      socket?.close()
    }
    const end = (why: LinkClosed): void => {
      if (!open) return
      close()
      sink.closed(why)
    }
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        signal.removeEventListener('abort', stop)
        close()
        reject(error)
      }
      const stop = (): void => fail(signal.reason)
      let lost = (cause: unknown, code: RtcErrorCode = 'signaling/unreachable'): void =>
        fail(
          // Without what may be secret: user, password, query.
          new RtcError(code, `No Socket.IO link could be opened: ${address.origin}${address.pathname}`, {
            fix: 'Check url, and doors and allowedOrigins of the server.',
            cause,
          }),
        )
      const dial = ({ io }: typeof SocketIoClient): void => {
        if (!open) return
        socket = io(address.origin + NAMESPACE, {
          path: address.pathname.replace(/\/?$/, '/socket.io'),
          query: Object.fromEntries(address.searchParams),
          transports: ['websocket'],
          forceNew: true,
          reconnection: false,
        })
        socket.on('frame', (frame) => {
          if (open && typeof frame === 'string') sink.frame(frame)
        })
        socket.on('connect', () => {
          signal.removeEventListener('abort', stop)
          lost = (cause, code) => end({ clean: false, retry: code ? 'never' : 'yes', code, cause })
          resolve()
        })
        socket.on('connect_error', (cause) => lost(cause, cause.message === 'Invalid namespace' ? UNSUPPORTED : undefined))
        // The server said good-bye.
        socket.on('disconnect', () => end({ clean: true, retry: 'yes' }))
        // A socket hears nothing of a connection that ends before it has joined; and "forced" is a good-bye's end.
        socket.io.engine.on('close', (reason, details) => {
          if (reason !== 'forced close') lost(details, FINAL[codeOf(details)])
        })
      }
      signal.addEventListener('abort', stop)
      load().then(dial).catch(fail)
    })
    return {
      send: async (frame) => {
        if (!open) throw new RtcError('signaling/closed', 'The link is closed.')
        socket?.emit('frame', frame)
      },
      close: async () => end({ clean: true, retry: 'yes' }),
    }
  },
})
