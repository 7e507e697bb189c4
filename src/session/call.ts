import { Emitter } from '../base/emitter'
import { isRtcError, RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { next } from '../base/machine'
import type { Runtime } from '../base/runtime'
import { Scope } from '../base/scope'
import { abortable, deferred, logged, quietly } from '../base/wait'
import { Link } from '../link/link'
import { capture, type Captured, type CaptureWish } from '../media/capture'
import type { RemoteTrack } from '../media/remote-track'
import type { IceConfig } from '../peer/ice-servers'
import type { Dialog, EndCode, EndReason, InviteBody, SymmetricLeg } from '../signaling/port'
import { CALL_STATES, type CallEvent, type CallState } from './call-states'
import { endError, type RejectReason } from './end-reason'
import { LocalParticipant, RemoteParticipant } from './participant'

/** What to send in a call. */
export interface CallMedia {
  /** `true` for the default microphone, options to choose one, or a track of your own. @defaultValue false */
  readonly audio?: CaptureWish['audio']
  /** `true` for the default camera, options to choose one, or a track of your own. @defaultValue false */
  readonly video?: CaptureWish['video']
}

/** What a {@link Call} tells. */
export interface CallEvents {
  /** The call moved; `reason` is set when `to` is `ended`. */
  stateChanged: { readonly from: CallState; readonly to: CallState; readonly reason?: EndReason | undefined }
  /** The other side publishes a track. */
  trackAdded: { readonly track: RemoteTrack }
  /** The other side took a track away. */
  trackRemoved: { readonly track: RemoteTrack }
  trackMuted: { readonly track: RemoteTrack }
  trackUnmuted: { readonly track: RemoteTrack }
}

/** What a call needs from the client. @internal */
export interface CallContext {
  readonly runtime: Runtime
  readonly logger: Logger
  readonly ice: () => Promise<IceConfig>
  readonly ringTimeoutMs: number
  readonly connectTimeoutMs: number
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

  readonly #dialog: Dialog
  readonly #context: CallContext
  readonly #scope = new Scope()
  #state: CallState
  #reason: EndReason | undefined
  #cause: unknown
  #leg: SymmetricLeg | undefined
  #link: Link | undefined
  #answering = false
  #stopTimer = (): void => undefined

  /** @internal */
  constructor(direction: 'outgoing' | 'incoming', dialog: Dialog, body: InviteBody, context: CallContext) {
    super()
    this.direction = direction
    this.#state = direction === 'outgoing' ? 'inviting' : 'ringing'
    this.metadata = body.metadata
    this.media = body.media
    this.#dialog = dialog
    this.#context = context
    this.local = new LocalParticipant(context)
    this.remote = new RemoteParticipant(dialog, () => this.#link)
    this.#scope.add(() => this.#stopTimer())
    // The caller decides how long it rings; the callee waits longer, so that it does not ring for ever for a caller that vanished.
    this.#endAfter(context.ringTimeoutMs * (direction === 'outgoing' ? 1 : 2), 'call/no-answer')
    // Later, so that whoever made the call can listen before anything happens to it, also where it fails at once.
    queueMicrotask(() =>
      dialog.bind({
        progress: () => this.#move('alert'),
        accepted: () => this.#accepted(),
        ended: (reason) => this.#end(reason),
        control: () => undefined,
        leg: (leg) => {
          this.#leg = leg
          if (direction === 'outgoing') this.#connect()
        },
      }),
    )
    if (direction === 'incoming') quietly(dialog.ring())
  }

  /** The same on both sides. */
  get id(): string {
    return this.#dialog.id
  }

  get state(): CallState {
    return this.#state
  }

  /** Why the call ended; `undefined` before. */
  get reason(): EndReason | undefined {
    return this.#reason
  }

  /**
   * Resolves when the two sides are connected; at once if they are.
   * @throws {@link RtcError} the code of the call's end, for example `call/rejected`, `call/busy`, `call/no-answer`, `call/unreachable`, `call/forbidden`, `media/permission-denied`.
   */
  whenActive({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const active = deferred<void>()
    const look = (): void => {
      if (this.#state === 'active' || this.#state === 'reconnecting') active.resolve()
      else if (this.#reason) active.reject(endError(this.#reason, this.#cause))
    }
    const undo = this.on('stateChanged', look)
    look()
    return abortable(quietly(active.promise.finally(undo)), signal)
  }

  /**
   * Takes an incoming call; resolves when the server has it. What fails (no permission, no camera) rejects and leaves the call ringing, so that `accept` can be tried again with less.
   * @throws {@link RtcError} `usage/invalid-state` for a call that is not ringing here, the code of the end of one that ended meanwhile, any `media/…` code of the capture.
   */
  accept(media: CallMedia = {}): Promise<void> {
    return logged('accept', this.#accept(media), this.#context.logger)
  }

  /**
   * Declines an incoming call, or says that you are busy. Nothing happens to a call that has ended.
   * @throws {@link RtcError} `usage/invalid-state` for a call that is not ringing here.
   */
  reject(reason: RejectReason = 'rejected'): Promise<void> {
    return logged('reject', this.#reject(reason), this.#context.logger)
  }

  /** Ends the call, whatever its state: cancels, declines or hangs up. Idempotent. */
  hangUp(): Promise<void> {
    const early = this.#state === 'inviting' || this.#state === 'ringing'
    return this.#leave(!early ? 'call/hung-up' : this.direction === 'outgoing' ? 'call/cancelled' : 'call/rejected')
  }

  /** Captures for an outgoing call while it rings; the tracks are announced at once and filled when the devices are open. @internal */
  start(media: CallMedia): void {
    const pending = this.local.announce(media)
    quietly(
      this.#capture(media)
        .then((tracks) => this.local.fill(pending, tracks))
        .catch((error: unknown) => this.#fail(error)),
    )
  }

  async #reject(reason: RejectReason): Promise<void> {
    if (this.#reason) return
    this.#assertRinging()
    await this.#leave(`call/${reason}`)
  }

  async #accept(media: CallMedia): Promise<void> {
    let captured: Captured | undefined
    try {
      this.#assertRinging()
      if (this.#answering) throw new RtcError('usage/invalid-state', 'This call is being accepted already.')
      this.#answering = true
      try {
        captured = await this.#capture(media)
        await this.#dialog.accept()
      } finally {
        this.#answering = false
      }
    } catch (error) {
      captured?.owned.forEach((track) => track.stop())
      throw this.#reason ? endError(this.#reason, this.#cause) : error
    }
    quietly(this.local.fill(this.local.announce(media), captured))
    this.#accepted()
    this.#connect()
  }

  #assertRinging(): void {
    if (this.direction === 'outgoing' || this.#state !== 'ringing')
      throw new RtcError('usage/invalid-state', `Only an incoming call that rings can be answered; this one is ${this.#state}.`)
  }

  #capture(media: CallMedia): Promise<Captured> {
    return capture(media, this.#context.runtime, this.#scope.signal)
  }

  #accepted(): void {
    if (!this.#move('accept')) return
    this.#endAfter(this.#context.connectTimeoutMs, 'ice/failed')
    if (this.#link?.state === 'connected') this.#connected()
  }

  #connected(): void {
    if (this.#move('connect')) this.#stopTimer()
  }

  #connect(): void {
    if (!this.#leg || this.#link || this.#reason) return
    const link = new Link(this.#leg, this.#context)
    this.#link = link
    this.#scope.add(() => link.close())
    link.on('stateChanged', ({ to }) => {
      if (to === 'connected') this.#connected()
      else if (to === 'interrupted') this.#move('lose')
    })
    link.on('failed', ({ error }) => this.#fail(error))
    link.on('left', () => {
      this.#end({ code: 'call/hung-up', by: 'remote' })
      // Whoever left may not have been able to tell the server.
      quietly(this.#dialog.end({ code: 'call/hung-up', by: 'remote' }))
    })
    // No browser keeps a page with a connection for later, whatever the event says; the other side would wait for ICE to notice.
    this.#scope.add(this.#context.runtime.onPage('pagehide', () => void this.hangUp()))
    for (const name of ['trackAdded', 'trackRemoved', 'trackMuted', 'trackUnmuted'] as const)
      link.on(name, (payload) => this.emit(name, payload))
    this.local.attach(link)
  }

  #endAfter(delayMs: number, code: EndCode): void {
    this.#stopTimer()
    this.#stopTimer = this.#context.runtime.after(delayMs, () => quietly(this.#leave(code)))
  }

  #fail(error: unknown): void {
    if (this.#reason) return
    this.#cause = error
    quietly(this.#leave(isRtcError(error) ? (error.code as EndCode) : 'media/failed'))
  }

  async #leave(code: EndCode): Promise<void> {
    if (this.#reason) return
    this.#end({ code, by: 'local' })
    // What failed in our browser is our own business: the other side sees that we left.
    await this.#dialog.end({ code: /^(call|ice|peer)\//.test(code) ? code : 'call/hung-up', by: 'local' })
  }

  #end(reason: EndReason): void {
    if (this.#reason) return
    this.#reason = reason
    this.#move('end', () => {
      this.local.close()
      this.#scope.close()
    })
  }

  /** `before` closes what has to be closed when the state is true and nobody has heard of it yet. */
  #move(event: CallEvent, before?: () => void): boolean {
    const from = this.#state
    const to = next(CALL_STATES, from, event)
    if (!to) return false
    this.#state = to
    before?.()
    const reason = this.#reason
    this.#context.logger.info('call moved', { call: this.id, from, to, reason: reason?.code })
    this.emit('stateChanged', { from, to, reason })
    return true
  }
}
