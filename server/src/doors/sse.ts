import type { ServerResponse } from 'node:http'
import type { Arrival, Door, DoorContext } from './door'
import type { Down, HttpLink } from './http-link'
import { HttpLinks } from './http-links'

/** How often something is said at least: clients give a silent stream up after twice that, and proxies after 30 s. */
const HEARTBEAT_MS = 10_000

/** How long a client may take to read the last of its stream. */
const CLOSE_TIMEOUT_MS = 2_000

/** Nothing on the way may keep, change or collect the stream: `x-accel-buffering` is nginx's word for it. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
} as const

/** The door for clients whose proxies let no WebSocket pass: an event stream (HTML standard, section 9.2) brings what the server says, requests take up what the client says. */
export const sseDoor = (context: DoorContext): Door => {
  const links = new HttpLinks(context, 'sse')

  const stream = (response: ServerResponse, link: HttpLink): Down => {
    let stopTimer: () => void = () => undefined
    const write = (text: string): void => {
      if (response.writableEnded || response.destroyed) return
      response.write(text)
      if (response.writableLength > context.limits.bufferedBytes) link.tooSlow(response.writableLength)
    }
    const beat = (): void => {
      stopTimer = context.after(HEARTBEAT_MS, () => {
        write('data: {}\n\n')
        beat()
      })
    }
    response.on('close', () => {
      stopTimer()
      link.lost()
    })
    // A write to a connection that is gone; `close` follows.
    response.on('error', () => undefined)
    response.writeHead(200, HEADERS)
    beat()
    return {
      say: (batch) => {
        // JSON has no line breaks, so an event is always one line of data.
        write(`data: ${JSON.stringify(batch)}\n\n`)
        if (batch.close === undefined) return
        response.end()
        stopTimer()
        stopTimer = context.after(CLOSE_TIMEOUT_MS, () => response.destroy())
      },
      // One that has said its last word has its own time to be read; then its connection is for the next request.
      cut: () => {
        if (!response.writableEnded) response.destroy()
      },
    }
  }

  return {
    name: 'sse',
    request: (arrival: Arrival, response) => {
      const { request, subPath } = arrival
      if (subPath !== '' || request.method !== 'POST' || !request.headers.accept?.includes('text/event-stream')) return false
      if (links.has(arrival)) void links.find(arrival, response)?.take(arrival, response)
      else links.open(arrival, response, (link) => stream(response, link))
      return true
    },
    close: () => links.close(),
  }
}
