import { isRtcError, RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import { Serial } from '../base/serial'
import { TOOLS } from '../base/tools'
import { quietly } from '../base/wait'
import type { Link } from '../link/link'
import type { LocalTrack } from '../media/local-track'
import type { ControlMessage } from '../signaling/port'
import type { CallLife } from './call-life'
import type { DtmfOptions } from './keys'
import { late } from './late'
import type { Lines } from './lines'

/** Who holds a call. */
export interface HoldState {
  /** We do. */
  readonly local: boolean
  /** The other side does. */
  readonly remote: boolean
}

/** What the other side's controls lead to. */
export interface ControlEvents {
  /** One of the two sides holds the call, or goes on with it. */
  holdChanged: HoldState
  /** The other side pressed a key: one of 0-9, A-D, * and #. */
  dtmfReceived: { readonly tone: string }
  /** The other side asks us to mute a track of ours: `track.mute()` does it, and whether to is ours to decide. */
  muteRequested: { readonly track: LocalTrack }
}

/** What controls need of their call. */
export interface ControlsContext {
  readonly runtime: Pick<Runtime, 'after'>
  readonly logger: Logger
  readonly life: Pick<CallLife, 'state' | 'assert' | 'signal'>
  readonly lines: Pick<Lines, 'current'>
  readonly local: { readonly tracks: readonly LocalTrack[] }
  readonly emit: <Name extends keyof ControlEvents>(name: Name, payload: ControlEvents[Name]) => void
}

/** What the two sides of a call tell each other beside their media: hold, keys, and wishes. */
export class Controls {
  readonly #context: ControlsContext
  readonly #keys = new Serial()
  #held: HoldState = { local: false, remote: false }
  /** What signaling took last of it for the other side; `undefined` where it refused. */
  #told: boolean | undefined = false
  /** How often the other side said what we do not understand. */
  #dropped = 0

  constructor(context: ControlsContext) {
    this.#context = context
  }

  get held(): HoldState {
    return this.#held
  }

  /** Holds the call on our side, or goes on. */
  async hold(local: boolean): Promise<void> {
    this.#context.life.assert('connecting', 'active', 'reconnecting')
    this.set({ local })
    await this.update()
  }

  /** Says whether we hold the call, unless the other side knows. */
  async update(): Promise<void> {
    if (this.#held.local !== this.#told) await this.#tellHeld()
  }

  /** A new link knows nothing yet. */
  attach(link: Link): void {
    link.hold(this.#held.local || this.#held.remote)
    // The page was loaded again: what it had said before is over.
    if (this.#context.life.state === 'reconnecting') this.repeat()
  }

  /** What was said may be lost: says how we are, and asks how the other side is. */
  repeat(): void {
    quietly(this.#tellHeld({ ask: true }))
  }

  requestMute(id: string): Promise<void> {
    return this.#send({ kind: 'mute-request', id })
  }

  /** One key after the other, and one sequence after the other. Few calls need any: how they are pressed loads when one does. */
  async dtmf(keys: string, options: DtmfOptions): Promise<void> {
    // In turn: where a bundler preloads, a second import may be there before the first.
    const { pressKeys } = await this.#keys.run(() => late(import('./keys')))
    const { runtime, life } = this.#context
    await pressKeys(keys, options, {
      queue: this.#keys,
      runtime,
      signal: life.signal,
      assertHeard: () => {
        life.assert('active', 'reconnecting')
        if (this.#held.local || this.#held.remote) throw new RtcError('usage/invalid-state', 'A call that is held takes no keys.')
      },
      press: (tone) => this.#send({ kind: 'dtmf', tone }),
      tools: TOOLS,
    })
  }

  /** The other side says something. */
  heard(message: ControlMessage): void {
    const { logger, life } = this.#context
    // Before it is accepted, a caller speaks to everybody at whom it rings; and one that we left may take a while to hear so.
    if (life.state === 'ringing' || life.signal.aborted || !this.#understood(message)) logger.debug('control message dropped', { dropped: ++this.#dropped })
  }

  #understood({ kind, held, ask, tone, id }: ControlMessage): boolean {
    const { emit, local } = this.#context
    if (kind === 'held' && typeof held === 'boolean') {
      this.set({ remote: held })
      if (ask === true) quietly(this.#tellHeld())
    } else if (kind === 'dtmf' && typeof tone === 'string' && /^[\dA-D*#]$/.test(tone)) emit('dtmfReceived', { tone })
    else {
      const track = kind === 'mute-request' && local.tracks.find((one) => one.id === id)
      if (!track) return false
      emit('muteRequested', { track })
    }
    return true
  }

  /** Without a word to the other side. */
  set(change: Partial<HoldState>): void {
    const held = { ...this.#held, ...change }
    if (held.local === this.#held.local && held.remote === this.#held.remote) return
    this.#held = held
    this.#context.lines.current.link?.hold(held.local || held.remote)
    this.#context.emit('holdChanged', held)
  }

  async #tellHeld(more?: { readonly ask: true }): Promise<void> {
    const held = (this.#told = this.#held.local)
    try {
      await this.#send({ kind: 'held', held, ...more })
    } catch (error) {
      this.#told = undefined
      throw error
    }
  }

  #send(message: ControlMessage): Promise<void> {
    const { lines, life } = this.#context
    const { dialog, link } = lines.current
    return quietly(
      dialog.control(message).catch((error: unknown) => {
        // The server has lost the call, and the two sides have each other.
        if (link && !life.signal.aborted && isRtcError(error) && error.code === 'usage/closed') return link.tell(message)
        throw error
      }),
    )
  }
}
