import type { RtcError } from '../base/errors'
import { quietly } from '../base/wait'
import type { Runtime } from '../base/runtime'
import { Link } from '../link/link'
import type { LinkOptions } from '../link/link-options'
import type { LinkState } from '../link/link-states'
import type { RemoteTracksEvents } from '../link/remote-tracks'
import type { ControlMessage, Dialog, DialogSink, EndCode, EndReason, SymmetricLeg } from '../signaling/port'

/** What a {@link Line} reports to. */
export interface LineSink extends Pick<Required<DialogSink>, 'progress' | 'accepted' | 'ended' | 'control' | 'transferRequested'> {
  /** What the other side was told may be lost, or its page is new. */
  forgotten(): void
  /** There is a link now. */
  opened(link: Link): void
  moved(state: LinkState): void
  failed(error: RtcError): void
  track<Name extends keyof RemoteTracksEvents>(name: Name, payload: RemoteTracksEvents[Name]): void
  /** The page goes away, and will not come back to its calls. */
  leaving(): void
}

/** What a {@link Line} needs. */
export interface LineOptions extends LinkOptions {
  readonly runtime: Runtime
  /** Our page may come back after a reload and go on, so leaving it hangs nothing up; it changes with what is kept. */
  readonly keeps: boolean
}

/** One way to the other side: the dialog, and the link over its leg. */
export class Line {
  readonly dialog: Dialog
  readonly #sink: LineSink
  readonly #options: LineOptions
  #leg: SymmetricLeg | undefined
  #link: Link | undefined
  #wanted = false
  #signaling = true
  #unhook = (): void => undefined

  constructor(dialog: Dialog, sink: LineSink, options: LineOptions) {
    this.dialog = dialog
    this.#sink = sink
    this.#options = options
    const heard: DialogSink = {
      ...sink,
      ended: (reason) => this.#ended(reason),
      restored: () => {
        this.#link?.restored()
        sink.forgotten()
      },
      peerLink: (up) => {
        this.#signaling = up
        if (up) sink.forgotten()
        else this.#link?.suspect()
      },
      leg: (leg) => {
        this.#leg = leg
        this.#connect()
      },
    }
    // Later, so that whoever made the call can listen before anything happens to it, also where it fails at once.
    queueMicrotask(() => dialog.bind(heard))
  }

  get link(): Link | undefined {
    return this.#link
  }

  /** Whether the link was asked for. */
  get opened(): boolean {
    return this.#wanted
  }

  /** What a call ends with whose link stays lost. */
  get lossCode(): EndCode {
    return this.#signaling ? 'ice/failed' : 'call/lost'
  }

  /** Makes the link, as soon as there is a leg. Idempotent. */
  open(): void {
    this.#wanted = true
    this.#connect()
  }

  /** Ends the link; the dialog is for its owner to end. */
  close(bye?: boolean): void {
    this.#wanted = false
    this.#unhook()
    this.#link?.close(bye)
  }

  #connect(): void {
    if (!this.#leg || !this.#wanted || this.#link) return
    const options = this.#options
    const link = (this.#link = new Link(this.#leg, options))
    link.on('stateChanged', ({ to }) => this.#sink.moved(to))
    link.on('failed', ({ error }) => this.#sink.failed(error))
    link.on('left', () => {
      this.#sink.ended({ code: 'call/hung-up', by: 'remote' })
      // Whoever left may not have been able to tell the server.
      quietly(this.dialog.end({ code: 'call/hung-up', by: 'remote' }))
    })
    link.on('control', ({ message }) => this.#sink.control(message as ControlMessage))
    for (const name of ['trackAdded', 'trackRemoved', 'trackMuted', 'trackUnmuted'] as const)
      link.on(name, (payload) => this.#sink.track(name, payload))
    // No browser keeps a page with a connection for later, whatever the event says; the other side would wait for ICE to notice.
    this.#unhook = options.runtime.onPage('pagehide', () => options.keeps || this.#sink.leaving())
    this.#sink.opened(link)
  }

  #ended(reason: EndReason): void {
    // The server lost it, and the two sides have each other still: they need nobody between them to talk, and the channel says when one hangs up.
    if (reason.code === 'call/lost' && reason.by === 'system' && this.#link?.state === 'connected') this.#signaling = false
    else this.#sink.ended(reason)
  }
}
