import { RtcError, type RtcErrorCode } from '../../src/base/errors'
import type { FrameLink, SignalingTransport } from '../../src/signaling/transport'

/** Where to connect, and how patiently. */
export interface HttpOptions {
  /** `https`, `http`, `wss` or `ws`; in a page also relative to it. */
  readonly url: string | URL
  /**
   * How long the server's first word may take, in milliseconds, and the answer to what is sent before its first frame. Where a proxy keeps
   * words back, or a connection is dead, they never come.
   * @defaultValue 5000
   */
  readonly openTimeoutMs?: number
}

/** Sends a request that opens the link or, once there is one, is about it. Rejects where the answer is no success. */
export type Ask = (body?: string) => Promise<Response>

/** Takes what the server said in one go; throws for what it cannot have said. */
export type Take = (batch: string) => void

/** What the server says in one go; nothing at all where it has nothing to say, to show that it is there. */
interface Batch {
  readonly protocol?: string
  readonly link?: string
  readonly frames?: readonly string[]
  /** Ends the link, in the close codes of WebSocket. */
  readonly close?: number
}

const SUBPROTOCOL = 'tsunagu.v1'
/** How long to wait for anything: the server says something every 10 s, and answers what goes up at once. */
const PATIENCE_MS = 15_000
/** Characters in one request, but for a longer frame: little, for behind two of them nothing else gets up a slow line. */
const BATCH = 6_000

/**
 * A transport over HTTP: frames go up in numbered batches, each a request of its own, and `listen` brings what comes down until the
 * link ends. `accept` tells the server which way down that is.
 */
export const overHttp = (
  name: string,
  accept: string,
  listen: (ask: Ask, take: Take) => Promise<void>,
  { url, openTimeoutMs = 5_000 }: HttpOptions = {} as HttpOptions,
): SignalingTransport => ({
  name,
  open: (sink, { signal }) => {
    const opening = new Promise<FrameLink>((resolve, reject) => {
      signal.throwIfAborted()
      const down = new AbortController()
      let queue: string[] = []
      let address = ''
      let link = ''
      let over = false
      let answered = 0
      let patienceMs = openTimeoutMs
      let n = 0

      const tell = (error?: unknown): void => {
        if (over) return
        over = true
        clearTimeout(timer)
        // After whoever waits for `open` has the link.
        if (link) void opening.then(() => sink.closed({ clean: !error, retry: 'yes', cause: error }))
        else reject(signal.aborted ? signal.reason : error)
      }
      const end = (error?: unknown): void => {
        tell(error)
        queue = []
        down.abort()
      }
      const lose = (cause?: unknown): void => {
        // Only our server names a code; a proxy on the way says other things. What throws without a request having gone is no url.
        const code = /"(signaling\/[\w-]+)/.exec(cause as string)?.[1] ?? (/^http/.test(address) ? 'signaling/unreachable' : 'usage/invalid-argument')
        // Without what may be secret.
        end(new RtcError(code as RtcErrorCode, `No link: ${`${url}`.replace(/\?.*/, '')}`, { cause }))
      }
      let timer = setTimeout(lose, openTimeoutMs)
      // Once there is a link, it is its owner who ends it.
      signal.addEventListener('abort', () => link || lose(), { signal: down.signal })

      const ask = async (body = '', more?: RequestInit): Promise<Response> => {
        // Throws for what is no url. An empty one, or none, would lead to the page itself.
        address ||= new Request(`${url || '//'}`.replace(/^ws/, 'http')).url
        const response = await fetch(address, {
          method: 'POST',
          headers: { accept, 'tsunagu-protocol': SUBPROTOCOL, 'tsunagu-link': link },
          body,
          signal: down.signal,
          ...more,
        })
        if (response.ok) return response
        throw new Error(await response.text())
      }

      const post = (): void => {
        let room = BATCH
        const frames = queue.filter(({ length }, index) => (room -= length) > 0 || !index)
        queue = queue.slice(frames.length)
        const close = over && !queue.length
        const body = JSON.stringify({ n: ++n, frames, close })
        // Not ended with the link, for the last one is to arrive. A kilobyte may take a second. A page that goes away takes its
        // requests along but for those with `keepalive`, which may have 64 KiB together (Fetch standard, section 4.6): three, with
        // three bytes a character.
        ask(body, { signal: AbortSignal.timeout(patienceMs + body.length), keepalive: body.length < 7_000 }).then(() => {
          answered++
          if (close) end()
          up()
        }, lose)
      }
      const up = (): void => {
        // Two at a time: a frame need not wait for the answer to the one before, and with the way down it takes 3 of the 6
        // connections that browsers give a host.
        while (queue.length && n - answered < 2) post()
      }

      const take: Take = (text) => {
        if (over) return
        clearTimeout(timer)
        timer = setTimeout(lose, PATIENCE_MS)
        const { protocol, link: id, frames = [], close } = JSON.parse(text) as Batch
        if (!link) {
          if (protocol !== SUBPROTOCOL || !id) throw new Error('"signaling/protocol-unsupported"')
          link = id
          resolve({
            send: async (frame) => {
              if (over) throw new RtcError('signaling/closed', 'Closed.')
              // In a moment, so that what is sent at once goes at once.
              if (queue.push(frame) === 1) queueMicrotask(up)
            },
            close: async () => {
              if (over) return
              tell()
              // A page that goes away has no time to wait for what is on its way; what is too long for one request follows.
              post()
            },
          })
        }
        // What proves that requests arrive at all.
        if (frames[0]) patienceMs = PATIENCE_MS
        for (const frame of frames) if (!over) sink.frame(frame)
        if (close) end()
      }
      // Firefox ends what comes down before it says that a page goes away: its last words still have a way up for a moment.
      listen(ask, take).then(lose, (cause: unknown) => setTimeout(lose, 50, cause))
    })
    return opening
  },
})
