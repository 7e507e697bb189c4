import { RtcError } from '../base/errors'
import { FakeRuntime } from './fake-runtime'
import { Connection } from '../signaling/connection'
import { RECONNECT_DEFAULTS } from '../signaling/retry'
import type { FrameSink, LinkClosed, SignalingTransport } from '../signaling/transport'

type Frame = Readonly<Record<string, unknown>>

export const WELCOME = {
  type: 'welcome', session: 's', key: 'k', epoch: 1, graceMs: 60_000, self: { id: 'alice', name: 'Alice' },
  limits: { frameBytes: 262_144, heldFrames: 1_000, heldBytes: 1_048_576, pingMs: 20_000 },
}
export const RESUMED = { type: 'resumed', received: 0, epoch: 2 }

/** A server that says what the test says, over links that the test loses. */
export class ScriptedServer implements SignalingTransport {
  readonly name = 'scripted'
  readonly links: { readonly sink: FrameSink; readonly heard: Frame[]; open: boolean }[] = []
  /** What `open` fails with, as long as it is set. */
  failure: Error | undefined
  /** Never answers `open`. */
  hangs = false
  opens = 0

  open: SignalingTransport['open'] = async (sink, { signal }) => {
    this.opens++
    if (this.failure) throw this.failure
    if (this.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const link = { sink, heard: [] as Frame[], open: true }
    this.links.push(link)
    return {
      send: async (text) => {
        if (!link.open) throw new RtcError('signaling/closed', 'The link is closed.')
        link.heard.push(JSON.parse(text) as Frame)
      },
      close: async () => {
        link.open = false
      },
    }
  }

  get #last() {
    const link = this.links.at(-1)
    if (!link) throw new Error('no link')
    return link
  }

  get heard(): readonly Frame[] {
    return this.#last.heard
  }

  say(frame: object | string): void {
    this.#last.sink.frame(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  lose(why: LinkClosed = { clean: false, retry: 'yes' }): void {
    this.#last.open = false
    this.#last.sink.closed(why)
  }
}

/** A connection to a {@link ScriptedServer}, and all that it reported. */
export const startConnection = (options: { readonly seed?: number; readonly token?: () => Promise<string | undefined> } = {}) => {
  const runtime = new FakeRuntime(options)
  const server = new ScriptedServer()
  /** Each state, with the code of its error behind it. */
  const states: string[] = []
  const received: object[] = []
  const restarted: (readonly unknown[])[] = []
  /** What was logged as a warning. */
  const warnings: unknown[][] = []
  const abort = new AbortController()
  const connection = new Connection(
    {
      transport: server,
      token: options.token ?? (async () => 'token'),
      runtime,
      logger: { debug: () => undefined, info: () => undefined, warn: (...line) => warnings.push(line), error: () => undefined },
      reconnect: RECONNECT_DEFAULTS,
    },
    {
      stateChanged: (state, error) => states.push(error ? `${state} ${error.code}` : state),
      received: (message) => received.push(message),
      restarted: (lost) => restarted.push(lost),
      reclaimed: (calls) => received.push(...calls),
      taken: () => undefined,
    },
  )
  const opening = connection.open(abort.signal)
  const online = async () => {
    await runtime.settle()
    server.say(WELCOME)
    await opening
  }
  return { runtime, server, states, received, restarted, warnings, abort, connection, opening, online }
}

export const message = (id: number) => ({ type: 'message', id, to: 'bob', data: null }) as const
