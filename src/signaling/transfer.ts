import type { RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import type { Replaces } from '../protocol/messages'
import type { ControlMessage, Dialog, EndCode, InviteBody, PeerIdentity, TransferRequest } from './port'

/**
 * What transfers need of the dialog in which they are spoken. This file imports nothing but types: it is a chunk of its own, and whatever
 * that shares with the core would have to become a chunk too.
 */
export interface TransferContext {
  readonly caller: boolean
  readonly runtime: Pick<Runtime, 'after' | 'randomId'>
  readonly tell: (message: ControlMessage) => Promise<void>
  readonly invite: (to: string, body: InviteBody, replaces?: Replaces) => Dialog
  readonly requested: (request: TransferRequest) => void
  readonly isAddress: (value: unknown) => value is string
  readonly error: (code: RtcError['code'], message: string) => RtcError
}

/** The other end of another call, to whom this one is to be put through. */
export interface Consulted {
  readonly id: string
  readonly peer: PeerIdentity
  control(message: ControlMessage): Promise<void>
}

/** Longer than any call rings and connects. A client that knows no transfers never answers. */
const ANSWER_MS = 180_000

const isText = (value: unknown): value is string => typeof value === 'string'

const isReplaces = (value: unknown): value is Replaces => {
  const { call, key } = Object(value) as Record<string, unknown>
  return isText(call) && isText(key)
}

/**
 * Puts calls through, in words between the two clients that signaling carries unread: `transfer` asks, `transferred` says what became of
 * it, and `replaceable` gives a third person the key with which an invitation may take the place of its call.
 */
export class Transfers {
  readonly #context: TransferContext
  /** Ends the wait for what becomes of our request. */
  #answer: ((error?: RtcError) => void) | undefined
  #id = 0
  /** The number of their request, until that is done. */
  #theirs: unknown

  constructor(context: TransferContext) {
    this.#context = context
  }

  /** Asks for a transfer and waits for what becomes of it. */
  async ask(to: string | Consulted): Promise<void> {
    const { runtime, tell, isAddress, error } = this.#context
    const blind = isText(to)
    const target = blind ? to : to.peer.id
    if (!isAddress(target)) throw error('usage/invalid-argument', 'An id has 1 to 256 characters.')
    if (this.#answer) throw error('usage/invalid-state', 'A transfer is under way already.')
    const answered = new Promise<void>((resolve, reject) => {
      this.#answer = (failure) => (failure ? reject(failure) : resolve())
    })
    const key = runtime.randomId()
    const stop = runtime.after(ANSWER_MS, () => this.#answer?.(error('signaling/timeout', 'Nobody said what became of the transfer.')))
    const ask = async (): Promise<void> => {
      // First, so that the third person has it before anybody can come with it.
      if (!blind) await to.control({ kind: 'replaceable', key })
      await tell({ kind: 'transfer', id: ++this.#id, to: target, replaces: blind ? undefined : { call: to.id, key } })
    }
    try {
      await Promise.all([answered, ask()])
    } catch (failure) {
      if (!blind) to.control({ kind: 'replaceable' }).catch(() => undefined)
      throw failure
    } finally {
      stop()
      this.#answer = undefined
    }
  }

  /** Whether the message was one of these. */
  heard({ kind, id, to, replaces, code, text }: ControlMessage): boolean {
    if (kind === 'transferred' && (code === undefined || isText(code))) {
      if (id === this.#id) this.#answer?.(code ? this.#failure(code, text) : undefined)
    } else if (
      kind === 'transfer' && Number.isSafeInteger(id) && this.#context.isAddress(to) && (replaces === undefined || isReplaces(replaces))
    )
      this.#requested(id, to, replaces)
    else return false
    return true
  }

  /** The call is over, or whom we asked is. */
  over(code: EndCode): void {
    this.#answer?.(code === 'call/transferred' ? undefined : this.#failure(code))
  }

  #requested(id: unknown, to: string, replaces: Replaces | undefined): void {
    const { caller, tell, invite, requested } = this.#context
    const done: TransferRequest['done'] = async (code, text) => {
      if (this.#theirs === id) this.#theirs = undefined
      await tell({ kind: 'transferred', id, code, text })
    }
    // Where both ask at once the caller's wish goes first.
    if (this.#theirs !== undefined || (this.#answer && caller)) return void done('call/transfer-declined').catch(() => undefined)
    this.#theirs = id
    requested({ to, invite: (body) => invite(to, body, replaces), done })
  }

  #failure(code: string, text?: unknown): RtcError {
    return this.#context.error(code as EndCode, `The call was not put through: ${code}${isText(text) ? `: ${text}` : ''}.`)
  }
}
