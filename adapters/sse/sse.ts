import { createParser } from 'eventsource-parser'
import type { SignalingTransport } from '../../src/signaling/transport'
import { overHttp, type HttpOptions } from '../http/http-link'

/**
 * A transport for where no WebSocket passes: one long answer of the server, an event stream, brings frames down, requests of their own take
 * them up.
 *
 * It reads the stream with `fetch`, for an `EventSource` would reconnect by itself and send no headers. `open` rejects with
 * `signaling/unreachable` where a proxy keeps the stream back.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { sse } from 'tsunagu/adapters/sse'
 * const client = new Client({ signaling: sse({ url: 'https://example.com/signal' }) })
 * ```
 */
export const sse = (options: HttpOptions): SignalingTransport =>
  overHttp(
    'sse',
    'text/event-stream',
    async (ask, take) => {
      const parser = createParser({ onEvent: ({ data }) => take(data) })
      // Of an answer that was to have a body, and has none, nothing comes in time.
      const { body } = (await ask()) as { body: ReadableStream<BufferSource> }
      await body.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: parser.feed }))
    },
    options,
  )
