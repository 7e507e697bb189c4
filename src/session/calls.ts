import { RtcError } from '../base/errors'
import { quietly } from '../base/wait'
import type { Dialog, InviteBody, ProtocolSession } from '../signaling/port'
import { Call, type CallContext, type CallMedia } from './call'

/** What a call is placed with. */
export interface CallOptions extends CallMedia {
  /** Any JSON that the other side sees before it answers. */
  readonly metadata?: unknown
}

/** The calls of one client. @internal */
export class Calls {
  readonly #calls = new Set<Call>()
  readonly #context: CallContext
  readonly #max: number

  constructor(context: CallContext, max: number) {
    this.#context = context
    this.#max = max
  }

  /** Those that have not ended. */
  get running(): readonly Call[] {
    return [...this.#calls]
  }

  /** @throws {@link RtcError} `usage/invalid-state` where there are too many already. */
  place(session: ProtocolSession, to: string, { metadata = null, ...media }: CallOptions): Call {
    if (this.#calls.size >= this.#max)
      throw new RtcError('usage/invalid-state', `There are ${this.#max} calls already: calls.max.`)
    const body: InviteBody = { media: { audio: !!media.audio, video: !!media.video }, metadata }
    const call = this.#keep(new Call('outgoing', session.invite(to, body), body, this.#context))
    call.start(media)
    return call
  }

  /** Takes in an invitation; one too many is told that we are busy. */
  receive(dialog: Dialog, body: InviteBody): Call | undefined {
    if (this.#calls.size < this.#max) return this.#keep(new Call('incoming', dialog, body, this.#context))
    this.#context.logger.warn('too many calls: said busy', { call: dialog.id })
    quietly(dialog.end({ code: 'call/busy', by: 'local' }))
    return undefined
  }

  /** Hangs up all of them. */
  async close(): Promise<void> {
    await Promise.all(this.running.map((call) => call.hangUp()))
  }

  #keep(call: Call): Call {
    this.#calls.add(call)
    call.on('stateChanged', ({ to }) => {
      if (to === 'ended') this.#calls.delete(call)
    })
    return call
  }
}
