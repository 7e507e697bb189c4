import { RtcError } from '../base/errors'
import { quietly } from '../base/wait'
import type { Dialog, InviteBody, ProtocolSession, TransferRequest } from '../signaling/port'
import { Call, type CallContext } from './call'
import type { CallMedia } from './call-media'
import type { CallTransferRequest } from './transfer'

/** What a call is placed with. */
export interface CallOptions extends CallMedia {
  /** Any JSON that the other side sees before it answers. */
  readonly metadata?: unknown
}

/** What the calls of a client need. @internal */
export interface CallsContext extends Omit<CallContext, 'keeps' | 'putThrough'> {
  readonly max: number
  /** Somebody calls, and the app has to be told. */
  readonly received: (call: Call) => void
}

/** The calls of one client. @internal */
export class Calls {
  readonly #calls = new Set<Call>()
  readonly #context: CallsContext & CallContext & { keeps: boolean }
  #closed = false
  /** Ids of those that we held before the page was loaded again. */
  heldBefore: ReadonlySet<string> = new Set()
  /** We hold one, or do not any more. */
  holdChanged = (): void => undefined

  constructor(context: CallsContext) {
    this.#context = { ...context, keeps: false, putThrough: (...asked) => this.#putThrough(...asked) }
  }

  /** Whether our page may come back after a reload and go on. */
  set keeps(keeps: boolean) {
    this.#context.keeps = keeps
  }

  /** Those that have not ended. */
  get running(): readonly Call[] {
    return [...this.#calls]
  }

  /**
   * Calls somebody; whoever rings here already is answered instead.
   * @throws {@link RtcError} `usage/invalid-state` where there are too many already.
   */
  place(session: ProtocolSession, to: string, { metadata = null, ...media }: CallOptions): Call {
    const ringing = this.#find('incoming', to)
    if (ringing) {
      ringing.answer(media)
      return ringing
    }
    const { max } = this.#context
    if (this.#calls.size >= max) throw new RtcError('usage/invalid-state', `There are ${max} calls already: calls.max.`)
    const body: InviteBody = { media: { audio: !!media.audio, video: !!media.video }, metadata }
    const call = this.#make('outgoing', session.invite(to, body), body)
    call.start(media)
    return call
  }

  /** Takes in an invitation. */
  receive(dialog: Dialog, body: InviteBody, replaced?: Dialog): void {
    const old = replaced && this.running.find((call) => call.dialog === replaced)
    if (old) {
      if (!old.isFollowed()) return void quietly(dialog.end({ code: 'call/transfer-declined', by: 'local' }))
      const call = this.#make('incoming', dialog, body)
      this.#succeed(old, call)
      return call.answer({})
    }
    const own = this.#find('outgoing', dialog.peer.id)
    // Both call each other: of the two invitations the one with the smaller id stays, as the other side finds too.
    if (own && own.id < dialog.id) this.#keepBack(own, dialog, body)
    else if (!own?.cross(dialog)) this.#ring(dialog, body)
  }

  /** Takes in a call that this page had before it was loaded again. */
  reclaim(dialog: Dialog, body: InviteBody, direction: Call['direction']): Call {
    const call = this.#make(direction, dialog, body, true)
    // Before anybody can accept it: what was silent stays so.
    if (this.heldBefore.has(call.id)) void call.hold()
    return call
  }

  /** Hangs up all of them. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled(this.running.map((call) => call.hangUp()))
  }

  /** One with them that nobody has answered yet. */
  #find(direction: Call['direction'], id: string): Call | undefined {
    return this.running.find(
      (call) => call.direction === direction && (call.state === 'inviting' || call.state === 'ringing') && call.remote.id === id,
    )
  }

  /** One too many is told that we are busy. */
  #ring(dialog: Dialog, body: InviteBody): void {
    if (this.#closed) return
    const { max, logger, received } = this.#context
    if (this.#calls.size < max) return received(this.#make('incoming', dialog, body))
    logger.warn('too many calls: said busy', { call: dialog.id })
    quietly(dialog.end({ code: 'call/busy', by: 'local' }))
  }

  /** The other side is about to answer our own call to them; should that end before, theirs rings after all. */
  #keepBack(own: Call, dialog: Dialog, body: InviteBody): void {
    const undo = own.on('stateChanged', ({ to }) => {
      if (to === 'ringing') return
      undo()
      if (to !== 'ended') quietly(dialog.end({ code: 'call/answered-elsewhere', by: 'local' }))
      // It rejects where theirs is over as well.
      else quietly(dialog.ring().then(() => this.#ring(dialog, body)))
    })
  }

  /** The other side of a call asks us to call somebody in its place. Few do: what it takes loads when one does. */
  #putThrough(old: Call, request: TransferRequest, ask: (request: CallTransferRequest) => boolean): void {
    const place = (body: InviteBody): void => {
      // Whoever calls us right then is answered instead, as by `place`.
      const ringing = this.#find('incoming', request.to)
      this.#succeed(old, ringing ?? this.#make('outgoing', request.invite(body), body), request.done)
      ringing?.answer({})
    }
    quietly(import('./transfer').then(({ obey }) => obey(old, request, ask, place)).catch(() => request.done('call/transfer-declined')))
  }

  #succeed(old: Call, call: Call, done?: TransferRequest['done']): void {
    quietly(import('./transfer').then(({ succeed }) => succeed(old, call, this.#context.runtime, done)))
    old.succeededBy(call)
  }

  #make(direction: Call['direction'], dialog: Dialog, body: InviteBody, reclaimed?: boolean): Call {
    const call = new Call(direction, dialog, body, this.#context, reclaimed)
    this.#calls.add(call)
    call.on('stateChanged', ({ to }) => {
      if (to === 'ended') this.#calls.delete(call)
    })
    call.on('holdChanged', () => this.holdChanged())
    return call
  }
}
