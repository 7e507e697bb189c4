import { type Call, type Client, isRtcError } from 'tsunagu'
import { announce } from './announce'
import type { Background } from './blur/background'
import { recallCall } from './call-memory'
import { type CallScreen, callScreen } from './call-screen'
import { askIncoming } from './incoming-call'
import { VIDEO } from './own-media'
import type { Person } from './people'
import { putThrough } from './put-through'
import { reclaimCall } from './reclaimed-call'
import type { Ringer } from './ring'
import type { CallKind } from './views/lobby'
import { notice } from './views/notice'
import { endWords } from './words'

/** As many as a person can follow: one to talk in, one that waits. */
const MOST = 2

/** What ruling over calls needs. */
export interface SwitchboardOptions {
  readonly client: Client
  readonly ownName: string
  readonly background: Background
  readonly ringer: Ringer
  /** Where calls are shown. */
  readonly page: HTMLElement
  readonly people: () => readonly Person[]
  /** Calls came, went, or another one is in front. */
  readonly onChange: () => void
  /** There is no call any more; `failure` says, a moment later, what the last one failed with. */
  readonly onIdle: (last: Call, failure: () => unknown) => void
  /** Something to say where there is no call any more. */
  readonly onSay: (title: string) => void
}

/** A call on the page. */
interface Line {
  readonly call: Call
  readonly screen: CallScreen
  /** The person wants it held, also while it is in front. */
  held: boolean
  /** Another one is about to take its place, and it is left alone until then. */
  leaving: boolean
}

/** News that needs no answer does not cover the picture for long. */
const BRIEFLY_MS = 8_000
const sayBriefly = (screen: CallScreen, title: string): void => {
  const news = notice({ title, onClose: () => news.remove() })
  screen.show(news)
  setTimeout(() => news.remove(), BRIEFLY_MS)
}

const isAccepted = ({ state }: Call): boolean => state === 'connecting' || state === 'active' || state === 'reconnecting'

/** The calls of this page: one in front, and perhaps another one that is held meanwhile. */
export class Switchboard {
  readonly #options: SwitchboardOptions
  /** The one in front is the last. */
  #lines: readonly Line[] = []
  /** A call that rings here, with what ends the asking. */
  #asked: { readonly call: Call; readonly stop: () => void } | undefined
  #soundsOut = false

  constructor(options: SwitchboardOptions) {
    this.#options = options
  }

  /** The call in front, or the one that rings. */
  get current(): Call | undefined {
    return this.#front?.call ?? this.#asked?.call
  }

  get #front(): Line | undefined {
    return this.#lines.at(-1)
  }

  get #isFull(): boolean {
    return this.#lines.filter(({ leaving }) => !leaving).length >= MOST
  }

  /** Calls somebody; a call that runs is held. */
  place(id: string, kind: CallKind): void {
    const { client, ringer, background } = this.#options
    if (this.#isFull) return
    ringer.unlock()
    const call = client.call(id, { audio: true, video: kind === 'video' && VIDEO })
    background.cover(call)
    // Whoever rings here already is answered that way.
    if (this.#asked?.call === call) this.#stopAsking()
    this.#begin(call)
  }

  /** Somebody calls: asks, in front of everything or beside the call that runs. */
  receive(call: Call): void {
    if (this.#asked || this.#isFull) return void call.reject('busy')
    this.#ask(call)
    this.#options.onChange()
  }

  /** Goes on with a call from before the page was loaded again. */
  reclaim(call: Call): void {
    const before = recallCall(call.id)
    const line = this.#begin(call, { held: before.held })
    reclaimCall({ call, before, cover: (one) => this.#options.background.cover(one), show: line.screen.show, onAccepted: () => this.#settle() })
  }

  close(): void {
    this.#stopAsking()
  }

  // --- a call that rings

  #ask(call: Call): void {
    const { ownName, ringer, background } = this.#options
    const front = this.#front
    const wasHeld = front?.held ?? false
    const goOn = (): void => {
      if (front) front.held = wasHeld
      this.#settle()
    }
    const stop = askIncoming({
      call,
      ownName,
      ringer,
      cover: (one) => background.cover(one),
      during: front && {
        hold: async () => {
          front.held = true
          if (isAccepted(front.call)) await front.call.hold().catch(() => undefined)
        },
        goOn,
      },
      onAccepted: () => {
        this.#asked = undefined
        this.#begin(call)
      },
      onEnded: () => {
        this.#asked = undefined
        this.#tellEnd(call)
        goOn()
      },
    })
    this.#asked = { call, stop }
  }

  #stopAsking(): void {
    this.#asked?.stop()
    this.#asked = undefined
  }

  // --- calls on the page

  #begin(call: Call, { held = false, instead }: { readonly held?: boolean; readonly instead?: Line } = {}): Line {
    const { page, ownName, background, ringer } = this.#options
    const behind = held && this.#lines.length > 0
    const screen = callScreen({
      call,
      ownName,
      background,
      people: () => this.#others(),
      onHold: () => this.#toggleHold(line),
      onPutThrough: (to) => void this.#putThrough(line, to.id, to.name),
      onCallFirst: () => (this.#isFull ? undefined : (to) => this.place(to.id, call.media.video ? 'video' : 'voice')),
      onSwap: () => this.#bring(this.#lines.find((one) => one !== line && !one.leaving)),
      onJoin: () => this.#join(),
      onKey: (key) => ringer.press(key),
    })
    const line: Line = { call, screen, held, leaving: false }
    let failure: unknown
    // The cause says which device it was; the error itself only that the call ended of it.
    call.whenActive().catch((error: unknown) => (failure = isRtcError(error) && isRtcError(error.cause) ? error.cause : error))
    call.on('stateChanged', ({ to }) => {
      if (to === 'ended') this.#ended(line, () => failure, instead)
      else this.#settle()
    })
    call.on('transferred', ({ call: next }) => {
      line.leaving = true
      const { screen } = this.#begin(next, { instead: line })
      sayBriefly(screen, `${call.remote.name} puts you through to ${next.remote.name}.`)
    })
    call.on('holdChanged', () => this.#settle())
    if (!this.#lines.length) page.replaceChildren()
    page.append(screen.element)
    this.#lines = behind ? [line, ...this.#lines] : [...this.#lines, line]
    this.#settle()
    if (!behind) screen.element.focus({ preventScroll: true })
    if (call.reason) queueMicrotask(() => this.#ended(line, () => failure, instead))
    return line
  }

  #ended(line: Line, failure: () => unknown, instead?: Line): void {
    if (!this.#lines.includes(line)) return
    const wasInFront = line === this.#front
    this.#lines = this.#lines.filter((one) => one !== line)
    line.screen.element.remove()
    // Nobody was reached: whoever put us through is still there.
    if (instead && this.#lines.includes(instead)) {
      instead.leaving = false
      this.#bring(instead)
    }
    const front = this.#front
    if (!front) {
      // Beside no call, it asks as any other.
      const { call } = this.#asked ?? {}
      this.#options.onIdle(line.call, failure)
      if (call) {
        this.#stopAsking()
        this.#ask(call)
      }
      return this.#settle()
    }
    this.#tellEnd(line.call)
    if (wasInFront) {
      front.held = false
      announce(`Back in the call with ${front.call.remote.name}.`)
      front.screen.element.focus({ preventScroll: true })
    }
    this.#settle()
  }

  /** Says how a call ended, on the call that is still there or in the lobby. */
  #tellEnd(call: Call): void {
    const { screen } = this.#front ?? {}
    if (!screen) return this.#options.onIdle(call, () => undefined)
    this.#options.onChange()
    const title = call.reason && endWords(call.reason, call.remote.name)
    if (title) sayBriefly(screen, title)
  }

  #bring(line: Line | undefined): void {
    if (!line || line === this.#front) return
    this.#lines = [...this.#lines.filter((one) => one !== line), line]
    line.held = false
    this.#settle()
    line.screen.element.focus({ preventScroll: true })
  }

  #toggleHold(line: Line): void {
    if (!isAccepted(line.call)) return
    line.held = !line.held
    this.#settle()
  }

  /** Brings everything in line: one screen is seen, and everybody but whoever is in front is held. */
  #settle(): void {
    const front = this.#front
    for (const line of this.#lines) {
      const { call, screen } = line
      screen.element.hidden = line !== front
      const other = this.#lines.find((one) => one !== line && !one.leaving)
      screen.beside(
        other && {
          name: other.call.remote.name,
          words: !isAccepted(other.call) ? 'Ringing' : other.call.held.local ? 'On hold' : 'Waiting',
          canJoin: [line, other].every((one) => one.call.state === 'active'),
        },
      )
      const held = line.held || line !== front
      // It may end, or not be accepted again, at this very moment.
      if (!line.leaving && isAccepted(call) && call.held.local !== held) void (held ? call.hold() : call.resume()).catch(() => undefined)
    }
    const soundsOut = !this.#asked && this.#lines.some(({ call }) => call.state === 'ringing')
    if (soundsOut && !this.#soundsOut) this.#options.ringer.start('outgoing')
    else if (!soundsOut && this.#soundsOut && !this.#asked) this.#options.ringer.stop()
    this.#soundsOut = soundsOut
    this.#options.onChange()
  }

  // --- putting people through

  #others(): readonly Person[] {
    const here = this.#lines.map(({ call }) => call.remote.id)
    return this.#options.people().filter(({ id }) => !here.includes(id))
  }

  #join(): void {
    const [other, line] = this.#lines
    if (other && line) void this.#putThrough(other, line.call, line.call.remote.name)
  }

  #putThrough({ call }: Line, to: string | Call, toName: string): Promise<void> {
    return putThrough({
      call,
      to,
      toName,
      // Wherever the person looks at by then.
      show: (one) => this.#front?.screen.show(one),
      onDone: (title) => {
        const { screen } = this.#front ?? {}
        if (screen) sayBriefly(screen, title)
        else this.#options.onSay(title)
      },
    })
  }
}
