import { RtcError, type RtcErrorCode } from '../../src/base/errors'
import type { LinkClosed, SignalingTransport } from '../../src/signaling/transport'

/** What this adapter uses of a WebSocket: the browser's own fits, and so does that of `ws`. */
export interface WebSocketLike {
  readonly protocol: string
  readonly readyState: number
  send(data: string): void
  close(code?: number): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
}

/** Where to connect, and with what. */
export interface WebSocketOptions {
  /** `https`, `http`, `wss` or `ws`; in a page also relative to it. */
  readonly url: string | URL
  /** The constructor to use where there is no global one, as in Node 20. @defaultValue `globalThis.WebSocket` */
  readonly WebSocket?: new (url: string, protocol: string) => WebSocketLike
}

const SUBPROTOCOL = 'tsunagu.v1'
/** `WebSocket.OPEN`. */
const OPEN = 1

/** Close codes that another attempt cannot mend: RFC 6455 section 7.4.1 and what the server adds. */
const FINAL: Readonly<Record<number, RtcErrorCode>> = {
  1009: 'signaling/too-large',
  4406: 'signaling/protocol-unsupported',
}

/**
 * A transport over WebSocket, subprotocol `tsunagu.v1`.
 *
 * In Node 20, which has no WebSocket, pass that of the package `ws`: `webSocket({ url, WebSocket: ws })`.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { webSocket } from 'tsunagu/adapters/websocket'
 * const client = new Client({ signaling: webSocket({ url: 'https://example.com/signal' }) })
 * ```
 */
export const webSocket: (options: WebSocketOptions) => SignalingTransport = ({ url, WebSocket = globalThis.WebSocket } = {} as WebSocketOptions) => ({
  name: 'websocket',
  open: async (sink, { signal }) => {
    signal.throwIfAborted()
    if (!WebSocket)
      throw new RtcError('usage/unsupported-environment', 'There is no WebSocket here.', {
        fix: 'Pass one: webSocket({ url, WebSocket: ws }).',
      })
    let address: URL
    let socket: WebSocketLike
    try {
      // An empty one, or none, would lead to the page itself.
      address = new URL(url || 'none:', globalThis.location?.href)
      // Throws for other schemes and for fragments (WebSockets Standard, section 3.1), and that for good.
      socket = new WebSocket(address.href.replace(/^http/, 'ws'), SUBPROTOCOL)
    } catch (cause) {
      throw new RtcError('usage/invalid-argument', `No WebSocket takes this url: ${String(url).replace(/\?.*/, '')}`, {
        fix: url ? undefined : "Pass { url: 'https://example.com/signal' }.",
        cause,
      })
    }
    /** Hears nothing any more; an error still needs a listener, for the `ws` package throws where it has none. */
    const deaf = (): void => {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.onerror = () => undefined
    }
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (typeof data === 'string') sink.frame(data)
    }
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        deaf()
        signal.removeEventListener('abort', stop)
        socket.close()
        reject(error)
      }
      const stop = (): void => fail(signal.reason)
      signal.addEventListener('abort', stop)
      socket.onopen = () => {
        if (socket.protocol !== SUBPROTOCOL)
          return fail(new RtcError('signaling/protocol-unsupported', `The server does not speak ${SUBPROTOCOL}.`))
        signal.removeEventListener('abort', stop)
        socket.onerror = () => undefined
        socket.onclose = ({ code, wasClean }: { code: number; wasClean: boolean }) =>
          end({ clean: wasClean, retry: FINAL[code] ? 'never' : 'yes', code: FINAL[code] })
        resolve()
      }
      // A browser does not tell a refused handshake from a missing server: both are 1006 without a reason.
      socket.onerror = socket.onclose = ({ error: cause }: { error?: unknown }) =>
        fail(
          // Without what may be secret: user, password, query.
          new RtcError('signaling/unreachable', `No WebSocket could be opened: ${address.origin}${address.pathname}`, {
            fix: 'Check url, server and allowedOrigins.',
            cause,
          }),
        )
    })
    const end = (why: LinkClosed): void => {
      deaf()
      sink.closed(why)
    }
    return {
      send: async (frame) => {
        if (socket.readyState !== OPEN || !socket.onclose) throw new RtcError('signaling/closed', 'The link is closed.')
        socket.send(frame)
      },
      close: async () => {
        if (!socket.onclose) return
        // The closing handshake of a dead link takes its time; nobody has to wait for it.
        end({ clean: true, retry: 'yes' })
        socket.close(1000)
      },
    }
  },
})
