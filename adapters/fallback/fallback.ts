import { isRtcError, RtcError, type RtcErrorCode } from '../../src/base/errors'
import type { FrameLink, FrameSink, LinkClosed, SignalingTransport } from '../../src/signaling/transport'

/** How patient {@link fallback} is. */
export interface FallbackOptions {
  /**
   * How long a transport may take until the server's first frame, in milliseconds. Where all were too slow, all get twice as
   * long. Never more than 8 s, for a session gives an attempt up after 10.
   * @defaultValue 3000
   */
  readonly tryMs?: number
}

/** What no other transport to the same server can mend. */
const FINAL: readonly RtcErrorCode[] = ['signaling/unauthorized', 'signaling/forbidden', 'usage/invalid-argument']

/** A session gives an attempt up after 10 s; a transport that leads nowhere is to be noticed before that. */
const MAX_TRY_MS = 8_000

const codeOf = (error: unknown): RtcErrorCode => (isRtcError(error) ? error.code : 'signaling/unreachable')

/**
 * A transport that takes the first of several that works: where a proxy lets no WebSocket through, one over plain requests does.
 *
 * They are tried in order, from the one that worked before or, where another had to help out twice in a row, from that. It is
 * the first frame of the server that proves that one works, for there are proxies that open a link and then swallow what goes
 * over it. What is remembered lives as long as the object.
 * The session resumes across a change of transport. A refusal that no other transport can mend (`signaling/unauthorized`,
 * `signaling/forbidden`, `usage/invalid-argument`) is not tried around.
 *
 * @example
 * ```ts
 * import { Client } from 'tsunagu'
 * import { fallback } from 'tsunagu/adapters/fallback'
 * import { longPolling } from 'tsunagu/adapters/long-polling'
 * import { sse } from 'tsunagu/adapters/sse'
 * import { webSocket } from 'tsunagu/adapters/websocket'
 * const url = 'https://example.com/signal'
 * const client = new Client({ signaling: fallback([webSocket({ url }), sse({ url }), longPolling({ url })]) })
 * ```
 */
export const fallback = (
  transports: readonly SignalingTransport[],
  { tryMs = 3_000 }: FallbackOptions = {},
): SignalingTransport => {
  // Types do not stop everybody: `webSocket` in place of `webSocket({ url })` would be tried for ever.
  if (!Array.isArray(transports) || !transports.length || !transports.every((one: Partial<SignalingTransport> | undefined) => typeof one?.open === 'function'))
    throw new RtcError('usage/invalid-argument', 'A fallback needs transports, each of them called: fallback([webSocket({ url })]).')
  /** Where the next link begins: at the one that is relied on, or behind what did not work. */
  let at = 0
  /** The one that is relied on; -1: none yet. */
  let good = -1
  /** Whether another had to help out last. */
  let doubted = false
  /** How many were too slow since one worked. */
  let slow = 0

  /** Opens one link; gives it so long until the first frame. */
  const attempt = async (index: number, transport: SignalingTransport, sink: FrameSink, signal: AbortSignal): Promise<FrameLink> => {
    const patienceMs = Math.min(MAX_TRY_MS, tryMs * 2 ** Math.floor(slow / transports.length))
    const opening = new AbortController()
    let link: FrameLink | undefined
    let open = true
    /** Nothing has shown yet that frames come through. */
    let unproven = true
    const over = (): void => {
      open = false
      clearTimeout(timer)
      if (unproven && !signal.aborted) at = (index + 1) % transports.length
    }
    const end = (why: LinkClosed): void => {
      if (!open) return
      over()
      sink.closed(why)
    }
    const timer = setTimeout(() => {
      slow++
      const cause = new RtcError('signaling/timeout', `Nothing came within ${patienceMs} ms.`)
      opening.abort(cause)
      if (!link) return
      end({ clean: false, retry: 'yes', code: cause.code, cause })
      link.close().catch(() => undefined)
    }, patienceMs)
    const stop = (): void => opening.abort(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      const opened = await transport.open(
        {
          frame: (frame) => {
            if (!open) return
            if (unproven) {
              unproven = false
              slow = 0
              clearTimeout(timer)
              // One outage can befall any, and whichever is tried at its end works.
              doubted = good >= 0 && good !== index && !doubted
              if (!doubted) good = index
              at = good
            }
            sink.frame(frame)
          },
          closed: end,
        },
        { signal: opening.signal },
      )
      link = opened
      return {
        send: (frame) => opened.send(frame),
        close: () => {
          // Who leaves of their own accord has not seen it fail.
          unproven = false
          return opened.close()
        },
      }
    } catch (error) {
      over()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  return {
    name: 'fallback',
    open: async (sink, { signal }) => {
      signal.throwIfAborted()
      const errors: unknown[] = []
      let said = 'No transport works.'
      const order = [...transports.keys()]
      for (const index of [...order.slice(at), ...order.slice(0, at)]) {
        const transport = transports[index] as SignalingTransport
        try {
          return await attempt(index, transport, sink, signal)
        } catch (error) {
          signal.throwIfAborted()
          if (FINAL.includes(codeOf(error))) throw error
          errors.push(error)
          said += ` ${transport.name}: ${error instanceof Error ? error.message : String(error)}`
        }
      }
      const [first, ...others] = errors
      // Where all failed alike, it is that; else something may change.
      const code = others.every((other) => codeOf(other) === codeOf(first)) ? codeOf(first) : 'signaling/unreachable'
      throw new RtcError(code, said, { fix: isRtcError(first) ? first.fix : undefined, cause: errors })
    },
  }
}
