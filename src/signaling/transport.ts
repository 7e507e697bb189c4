import type { RtcErrorCode } from '../base/errors'

/**
 * Port 1: moves opaque text frames between a client and a signaling server and knows nothing of calls.
 *
 * One `open` is one link. A transport MUST NOT reconnect by itself: the session above it decides when, and resumes what was under way.
 * `transportCases` of `tsunagu/testing` shows that a transport keeps every promise made here.
 *
 * @example
 * ```ts
 * import type { SignalingTransport } from 'tsunagu'
 * const worker = (port: MessagePort): SignalingTransport => ({
 *   name: 'message-port',
 *   open: async (sink) => {
 *     port.onmessage = ({ data }) => sink.frame(String(data))
 *     return { send: async (frame) => port.postMessage(frame), close: async () => port.close() }
 *   },
 * })
 * ```
 */
export interface SignalingTransport {
  /** Short and lower case, for logs. */
  readonly name: string
  /**
   * Opens one link. MUST reject promptly when `signal` aborts, with the signal's reason; MUST reject with an `RtcError` otherwise.
   * After a rejected `open`, neither `frame` nor `closed` is ever called. A frame may arrive before the promise settles.
   */
  open(sink: FrameSink, context: { readonly signal: AbortSignal }): Promise<FrameLink>
}

/** One open link of a {@link SignalingTransport}. */
export interface FrameLink {
  /** Resolves at hand-over to the network, not at delivery; keeps the order of calls; rejects once the link is closed. */
  send(frame: string): Promise<void>
  /** Ends the link, after what was sent before has left; `closed` of the sink follows, and waits for nothing. Idempotent. */
  close(): Promise<void>
}

/** Why a link ended. */
export interface LinkClosed {
  /** Both ends agreed on the end. */
  readonly clean: boolean
  /** Whether opening another link can help. */
  readonly retry: 'yes' | 'never'
  readonly code?: RtcErrorCode | undefined
  readonly cause?: unknown
}

/** What a transport reports to. */
export interface FrameSink {
  /** One whole frame, in the order sent. */
  frame(frame: string): void
  /** Exactly once per link: never before `open` settles, never a frame after it. */
  closed(why: LinkClosed): void
}
