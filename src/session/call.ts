import { Emitter } from '../base/emitter'
import { isRtcError, RtcError } from '../base/errors'
import { TOOLS } from '../base/tools'
import { logged, quietly } from '../base/wait'
import type { LinkState } from '../link/link-states'
import { capture, type Captured } from '../media/capture'
import type { RemoteTrack } from '../media/remote-track'
import type { Dialog, EndCode, EndReason, InviteBody, TransferRequest } from '../signaling/port'
import { CallLife, type CallMove } from './call-life'
import type { CallMedia } from './call-media'
import type { CallState } from './call-states'
import { type ControlEvents, Controls, type HoldState } from './controls'
import type { RejectReason } from './end-reason'
import type { DtmfOptions } from './keys'
import { late } from './late'
import type { Line, LineOptions } from './line'
import { Lines } from './lines'
import { LocalParticipant, RemoteParticipant } from './participant'
import type { CallTransferRequest } from './transfer'

/** What a {@link Call} tells. */
export interface CallEvents extends ControlEvents {
  /** The call moved; `reason` is set when `to` is `ended`. */
  stateChanged: CallMove
  /** The other side publishes a track. */
  trackAdded: { readonly track: RemoteTrack }
  /** The other side took a track away. */
  trackRemoved: { readonly track: RemoteTrack }
  trackMuted: { readonly track: RemoteTrack }
  trackUnmuted: { readonly track: RemoteTrack }
  /** The other side puts us through to somebody else, unless a listener declines. */
  transferRequested: { readonly request: CallTransferRequest }
  /** Another call, with the same tracks of ours, is to take the place of this one: once active, this one ends with `call/transferred`; if it fails, this one goes on. */
  transferred: { readonly call: Call }
}

/** What a call needs from the client. @internal */
export interface CallContext extends LineOptions {
  readonly ringTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectTimeoutMs: number
  /** Calls whom the other side of that call asks us to, in its place. */
  readonly putThrough: (call: Call, request: TransferRequest, ask: (request: CallTransferRequest) => boolean) => void
}

/**
 * A call with one other person: from the invitation to its end.
 *
 * @example
 * ```ts
 * import type { Client } from 'tsunagu'
 * import { attach } from 'tsunagu/dom'
 * const ring = async (client: Client, video: HTMLVideoElement) => {
 *   const call = client.call('bob', { audio: true, video: true })
 *   call.on('trackAdded', ({ track }) => attach(track, video))
 *   await call.whenActive()
 * }
 * ```
 */
export class Call extends Emitter<CallEvents> {
  readonly direction: 'outgoing' | 'incoming'
  /** What the caller sent along, as JSON; for an incoming call it comes from outside and is as trustworthy as the caller. */
  readonly metadata: unknown
  /** What the caller means to send. */
  readonly media: InviteBody['media']
  /** Our side: what we publish. */
  readonly local: LocalParticipant
  /** The other side: who it is and what it publishes. */
  readonly remote: RemoteParticipant

  readonly #context: CallContext
  readonly #life: CallLife
  readonly #lines: Lines
  readonly #controls: Controls
  #answering = false
  /** It is being put through, or somebody to its other side: settles as that is done. */
  #parting: Promise<unknown> | undefined
  #successor: Call | undefined

  /** @internal */
  constructor(direction: 'outgoing' | 'incoming', dialog: Dialog, body: InviteBody, context: CallContext, reclaimed = false) {
    super()
    const outgoing = (this.direction = direction) === 'outgoing'
    this.metadata = body.metadata
    this.media = body.media
    this.#context = context
    const life = (this.#life = new CallLife(reclaimed ? 'reconnecting' : outgoing ? 'inviting' : 'ringing', {
      runtime: context.runtime,
      moved: (move) => {
        context.logger.info('call moved', { call: this.id, from: move.from, to: move.to, reason: move.reason?.code })
        this.emit('stateChanged', move)
      },
    }))
    const lines = (this.#lines = new Lines(
      dialog,
      {
        progress: () => life.move('alert'),
        accepted: () => this.#accepted(),
        ended: (reason) => this.#ended(reason),
        control: (message) => this.#controls.heard(message),
        transferRequested: (asked) =>
          context.putThrough(this, asked, (request) => {
            this.emit('transferRequested', { request })
            return this.isFollowed()
          }),
        forgotten: () => this.#controls.repeat(),
        opened: (link) => {
          this.#controls.attach(link)
          this.local.attach(link)
        },
        moved: (to) => this.#linkMoved(to),
        failed: (error) => this.#fail(error),
        track: (name, payload) => this.emit(name, payload),
        leaving: () => void this.hangUp(),
      },
      context,
    ))
    const local = (this.local = new LocalParticipant(context))
    this.#controls = new Controls({ ...context, life, lines, local, emit: (name, payload) => this.emit(name, payload as CallEvents[typeof name]) })
    this.remote = new RemoteParticipant(lines, this.#controls)
    life.atEnd(() => lines.current.close(!this.#parting))
    life.atEnd(() => local.close())
    if (reclaimed) this.#wait()
    // The caller decides how long it rings; the callee waits longer, so that it does not ring for ever for a caller that vanished.
    else life.after(context.ringTimeoutMs * (outgoing ? 1 : 2), () => void this.leave('call/no-answer'))
    if (outgoing && !reclaimed) lines.current.open()
    else if (!reclaimed) quietly(dialog.ring())
  }

  /** The same on both sides. While we call somebody who calls us, it may still change before the call is active: the smaller of the two stays. */
  get id(): string {
    return this.dialog.id
  }

  get state(): CallState {
    return this.#life.state
  }

  /** Why the call ended; `undefined` before. */
  get reason(): EndReason | undefined {
    return this.#life.reason
  }

  /** Who holds the call now. */
  get held(): HoldState {
    return this.#controls.held
  }

  /**
   * Resolves when the two sides are connected; at once if they are.
   * @throws {@link RtcError} the code of the call's end, for example `call/rejected`, `call/busy`, `call/no-answer`, `call/unreachable`, `call/forbidden`, `media/permission-denied`.
   */
  whenActive({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#life.whenActive(signal)
  }

  /**
   * Takes an incoming call, or goes on with one from before a reload; resolves when the server has it. What fails (no permission, no camera) rejects
   * and leaves the call as it was, so that `accept` can be tried again with less.
   * @throws {@link RtcError} `usage/invalid-state` for a call that is not ringing here, the code of the end of one that ended meanwhile, any `media/…` code of the capture.
   */
  accept(media: CallMedia = {}): Promise<void> {
    return logged('accept', this.#accept(media), this.#context.logger)
  }

  /**
   * Declines an incoming call, or says that you are busy. Nothing happens to a call that has ended.
   * @throws {@link RtcError} `usage/invalid-state` for a call that is not ringing here, `usage/invalid-argument` for another reason.
   */
  reject(reason: RejectReason = 'rejected'): Promise<void> {
    return logged('reject', this.#reject(reason), this.#context.logger)
  }

  /** Ends the call, whatever its state: cancels, declines or hangs up. Idempotent. */
  hangUp(): Promise<void> {
    const early = this.state === 'inviting' || this.state === 'ringing'
    return this.leave(!early ? 'call/hung-up' : this.direction === 'outgoing' ? 'call/cancelled' : 'call/rejected')
  }

  /**
   * Sends no media until {@link Call.resume} and has the other side send none; nothing is negotiated, no device is given back. Each side
   * may hold a call for itself. Resolves when signaling took the word for the other side.
   * @throws {@link RtcError} `usage/invalid-state` before the call is accepted and after its end.
   */
  hold(): Promise<void> {
    return logged('hold', this.#controls.hold(true), this.#context.logger)
  }

  /**
   * Goes on after {@link Call.hold}; what is muted stays muted. Nothing flows as long as the other side holds the call too.
   * @throws {@link RtcError} `usage/invalid-state` before the call is accepted and after its end.
   */
  resume(): Promise<void> {
    return logged('resume', this.#controls.hold(false), this.#context.logger)
  }

  /**
   * Presses keys one after the other: `0`-`9`, `A`-`D`, `*`, `#`, and `,` for a pause of 2 s. Resolves after the last; a second sequence waits for the first.
   * @throws {@link RtcError} `usage/invalid-argument` for another key; `usage/invalid-state` unless the call is active or reconnecting, and not held, all the while.
   */
  sendDtmf(keys: string, options: DtmfOptions = {}): Promise<void> {
    return logged('sendDtmf', this.#controls.dtmf(keys, options), this.#context.logger)
  }

  /**
   * Puts the other side through to somebody (blind), or to whoever is at the other end of another call of ours (attended). Resolves when those
   * two are connected, which ends our calls with `call/transferred`; otherwise our calls go on.
   * @throws {@link RtcError} `call/transfer-declined`; the code that their call, or this one, ended with; `signaling/timeout`; `usage/invalid-state` for a call that is not active or is being transferred;
   * `usage/invalid-argument` for no id, or the call itself; `usage/unsupported-environment` where the signaling protocol has no transfer.
   */
  transfer(to: string | Call): Promise<void> {
    // All of it now: whoever asked may hang up at once.
    const calls = to instanceof Call ? [this, to] : [this]
    const states = calls.map((call) => (call.#parting ? undefined : call.state))
    const part = late(import('./transfer'))
    const asked = part.then(({ ask }) => ask(calls, states, to, TOOLS))
    const mark = (parting?: Promise<unknown>): void => {
      if (!states.includes(undefined)) for (const call of calls) call.#parting = parting
    }
    mark(asked)
    quietly(asked.finally(mark))
    return logged('transfer', part.then(({ follow }) => follow(asked, calls, states, this.#life.signal, TOOLS)), this.#context.logger)
  }

  /** @internal */
  get dialog(): Dialog {
    return this.#line.dialog
  }

  get #line(): Line {
    return this.#lines.current
  }

  /** Captures for an outgoing call while it rings; the tracks are announced at once and filled when the devices are open. @internal */
  start(media: CallMedia): void {
    const pending = this.local.announce(media)
    // Another call may take them over: the devices are wanted as long as anybody sends one of them.
    const { tracks } = this.local
    const wanted = new AbortController()
    let open = tracks.length
    for (const track of tracks) track.once('unpublished', () => --open || wanted.abort())
    quietly(
      capture(media, this.#context.runtime, wanted.signal)
        .then((captured) => this.local.fill(pending, captured))
        .catch((error: unknown) => {
          if (!open) return
          this.#fail(error)
          if (this.#successor) this.#successor.#fail(error)
        }),
    )
  }

  /** Takes a call that rings instead of placing another: what fails ends it. @internal */
  answer(media: CallMedia): void {
    if (!this.#answering) quietly(this.#accept(media).catch((error: unknown) => this.#fail(error)))
  }

  /** The other side calls us as well: goes on over its invitation once the server says that it is ours. @internal */
  cross(dialog: Dialog): boolean {
    return this.#lines.cross(dialog)
  }

  /** Whether anybody would hear that another call takes the place of this one: a microphone must not be open in a call that nobody shows. @internal */
  isFollowed(): boolean {
    const followed = this.listenerCount('transferred') > 0
    if (!followed) this.#context.logger.warn('nothing listens to transferred', { call: this.id })
    return followed
  }

  /** That call is to take the place of this one: what it sends, unless we hold it. @internal */
  succeededBy(call: Call): void {
    this.#successor = call
    call.local.share(this.local)
    call.#controls.set({ local: this.held.local })
    this.emit('transferred', { call })
  }

  /** Ends it and tells the other side. @internal */
  leave(code: EndCode, cause?: unknown): Promise<void> {
    if (this.reason) return Promise.resolve()
    const parting = this.#parting
    this.#life.end({ code, by: 'local' }, cause)
    // What failed in our browser is our own business: the other side sees that we left.
    const end = (said = /^(call|ice|peer)\//.test(code) ? code : 'call/hung-up'): Promise<void> => this.#lines.end({ code: said, by: 'local' })
    return quietly(parting ? import('./transfer').then(({ linger }) => linger(parting, this.#context.runtime)).then(end, () => end()) : end())
  }

  async #reject(reason: RejectReason): Promise<void> {
    if (!this.reason) this.#assertAnswerable('ringing')
    // Types do not stop everybody.
    if (!/^(rejected|busy)$/.test(reason)) throw new RtcError('usage/invalid-argument', 'Reject as rejected or busy.')
    await this.leave(`call/${reason}`)
  }

  async #accept(media: CallMedia): Promise<void> {
    if (this.#life.error) throw this.#life.error
    this.#assertAnswerable('ringing', 'reconnecting')
    if (this.#answering) throw new RtcError('usage/invalid-state', 'This call is being accepted already.')
    this.#answering = true
    if (this.state === 'reconnecting') this.#wait()
    let captured: Captured | undefined
    try {
      captured = await capture(media, this.#context.runtime, this.#life.signal)
      this.local.assertRoom([captured.audio, captured.video].filter(Boolean).length)
      if (this.state === 'ringing') await this.dialog.accept()
      quietly(this.local.fill(this.local.announce(media), captured))
      // Ended meanwhile, perhaps by whoever has just heard of a track.
      this.#life.signal.throwIfAborted()
    } catch (error) {
      captured?.owned.forEach((track) => track.stop())
      throw this.#life.error ?? error
    } finally {
      this.#answering = false
    }
    this.#accepted()
  }

  /** How long a call from before a reload may take; anew once somebody wants to go on with it. */
  #wait(): void {
    this.#life.after(this.#context.reconnectTimeoutMs, () => void this.leave('call/lost'))
  }

  /** Only what came in, or was there before a reload, has no link yet. */
  #assertAnswerable(...states: readonly CallState[]): void {
    this.#life.assert(...(this.#line.opened ? [] : states))
  }

  #accepted(): void {
    this.#line.open()
    if (this.#life.move('accept')) this.#life.after(this.#context.connectTimeoutMs, () => void this.leave('ice/failed'))
    if (this.#line.link?.state === 'connected') this.#linkMoved('connected')
    quietly(this.#controls.update())
  }

  #linkMoved(to: LinkState): void {
    if (to === 'connected') this.#life.move('connect')
    else if (to === 'interrupted' && this.#life.move('lose'))
      this.#life.after(this.#context.reconnectTimeoutMs, () => void this.leave(this.#line.lossCode))
  }

  #fail(error: unknown): void {
    void this.leave(isRtcError(error) ? (error.code as EndCode) : 'media/failed', error)
  }

  /** Whoever put us through may be gone before signaling says what for. */
  #ended(reason: EndReason): void {
    const replaced = this.#successor && this.#successor.state !== 'ended'
    this.#life.end(replaced ? { ...reason, code: 'call/transferred' } : reason)
  }
}
