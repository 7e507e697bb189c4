import { RtcError } from '../../src/base/errors'
import { isRecord } from '../../src/base/record'
import type { FrameSink, SignalingTransport } from '../../src/signaling/transport'

export type Said = Readonly<Record<string, unknown>> & { readonly type: string }

const LIMITS = { frameBytes: 262_144, heldFrames: 1_000, heldBytes: 1_048_576, pingMs: 20_000, partBytes: 49_152 }

/** A server that greets as it should, and then says whatever the test wants. */
export class HostileServer implements SignalingTransport {
  readonly name = 'hostile'
  /** What the client said since it was last looked at. */
  heard: Said[] = []
  /** The number of the next frame of ours. */
  n = 1
  /** Says nothing by itself to a greeting. */
  mute = false
  /** Acknowledges nothing: what the client keeps for it grows. */
  deaf = false
  opens = 0
  /** What the client threw at us: it never may. */
  readonly thrown: unknown[] = []
  #sink: FrameSink | undefined
  #sessions = 0
  #received = 0

  open: SignalingTransport['open'] = async (sink) => {
    this.opens++
    let open = true
    this.#sink = sink
    return {
      send: async (text) => {
        if (!open) throw new RtcError('signaling/closed', 'The link is closed.')
        const frame = JSON.parse(text) as Said
        this.heard.push(frame)
        if (typeof frame['n'] === 'number' && !this.deaf) this.#received = frame['n']
        if (!this.mute) queueMicrotask(() => this.#greet(frame))
      },
      close: async () => {
        open = false
        if (this.#sink === sink) this.#sink = undefined
      },
    }
  }

  /** Whether there is a link. */
  get linked(): boolean {
    return this.#sink !== undefined
  }

  /** Says a text as it is. */
  text(text: string): void {
    try {
      this.#sink?.frame(text)
    } catch (error) {
      this.thrown.push(error)
    }
  }

  say(frame: object): void {
    this.text(JSON.stringify(frame))
  }

  number(frame: object): void {
    this.say({ ...frame, n: this.n++ })
  }

  /** The welcome to a new session. */
  welcome(): void {
    this.n = 1
    this.#received = 0
    this.say({ type: 'welcome', session: `session-${++this.#sessions}`, key: 'key', epoch: 1, graceMs: 60_000, self: { id: 'eve' }, limits: LIMITS })
  }

  #greet(frame: Said): void {
    if (frame.type === 'hello') this.welcome()
    else if (frame.type === 'resume') this.say({ type: 'resumed', received: this.#received, epoch: 2 })
    else if (typeof frame['n'] === 'number' && !this.deaf) this.say({ type: 'ack', received: this.#received })
    else if (frame.type === 'reclaim') this.say({ type: 'gone', reason: 'unknown' })
  }
}

/** Whether a client that is online takes this text for its next numbered frame. */
export const takes = (text: string, n: number): boolean => {
  try {
    const raw: unknown = JSON.parse(text)
    return isRecord(raw) && raw['n'] === n
  } catch {
    return false
  }
}
