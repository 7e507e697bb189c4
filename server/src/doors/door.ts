import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { HubLink, HubLinkSink, Logger } from 'tsunagu/hub'

/** What a door may do with the rest of the server. */
export interface DoorContext {
  /** Hands a link that was opened to the hub. */
  connect(link: HubLink): HubLinkSink
  /** Takes one of the links that an address may hold; `undefined` where it holds them all. The result gives it back. */
  admit(remote: string): (() => void) | undefined
  /** Counts, and writes into the audit log, that someone was not let in or was put out. */
  refused(remote: string, reason: string, kind?: 'turnedAway' | 'tooLarge'): void
  readonly limits: {
    /** The most that may wait for one slow receiver, in bytes. */
    readonly bufferedBytes: number
    /** Frames of one link per second, of any kind. */
    readonly linkFramesPerSecond: number
    /** Frames of one link at once. */
    readonly linkFramesBurst: number
  }
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Runs a task once after a delay, and keeps no process alive for it; the return value takes it back. */
  readonly after: (delayMs: number, task: () => void) => () => void
  readonly log: Logger
}

/** A request on the signaling path, or below it, whose origin was found good. */
export interface Arrival {
  readonly request: IncomingMessage
  /** What follows the signaling path in the request's: empty, or what lies below a door that has a `below`. */
  readonly subPath: string
  /** The address of whoever sent it. */
  readonly remote: string
}

/**
 * One way for frames to come in. A door is one file: it opens links on the hub and knows nothing of the others.
 * Origins, CORS preflights and unknown paths are dealt with before it; the CORS headers of an answer are set already.
 */
export interface Door {
  readonly name: string
  /** Where below the signaling path it lies too, like `/socket.io`; every other path below is left to the app. */
  readonly below?: string
  /** Answers a plain request that is meant for this door, or says `false`. */
  request?(arrival: Arrival, response: ServerResponse): boolean
  /** Takes over a connection that asks for an upgrade meant for this door, or says `false`. */
  upgrade?(arrival: Arrival, socket: Duplex, head: Buffer): boolean
  /** Says good-bye to every open link and resolves when all are gone. */
  close(): Promise<void>
}
