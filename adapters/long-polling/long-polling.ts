import type { SignalingTransport } from '../../src/signaling/transport'
import { overHttp, type HttpOptions } from '../http/http-link'

/**
 * A transport for where neither WebSockets nor event streams pass: it asks, and the server answers as soon as there is something to say.
 * Frames go up in requests of their own.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { longPolling } from 'tsunagu/adapters/long-polling'
 * const client = new Client({ signaling: longPolling({ url: 'https://example.com/signal' }) })
 * ```
 */
export const longPolling = (options: HttpOptions): SignalingTransport =>
  overHttp(
    'long-polling',
    'application/json',
    async (ask, take) => {
      // Numbered, for a browser may ask again by itself; the first opens the link. Ends where asking does: with the link.
      for (let poll = 0; ; poll++) take(await (await ask(JSON.stringify({ poll }))).text())
    },
    options,
  )
