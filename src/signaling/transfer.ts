import { RtcError } from '../base/errors'
import { isRecord } from '../base/record'
import type { Runtime } from '../base/runtime'
import { deferred, type Deferred } from '../base/wait'
import { isAddress, isCount } from '../protocol/decode'
import type { Replaces } from '../protocol/messages'
import type { ControlMessage, Dialog, EndCode, InviteBody, PeerIdentity, TransferRequest } from './port'

/** What transfers need of the dialog in which they are spoken. */
export interface TransferContext {
  readonly caller: boolean
  readonly runtime: Pick<Runtime, 'after' | 'randomId'>
  readonly tell: (message: ControlMessage) => Promise<void>
  readonly invite: (to: string, body: InviteBody, replaces?: Replaces) => Dialog
  readonly requested: (request: TransferRequest) => void
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

const isReplaces = (value: unknown): value is Replaces => isRecord(value) && isText(value.call) && isText(value.key)

/**
 * Puts calls through, in words between the two clients that signaling carries unread: `transfer` asks, `transferred` says what became of
 * it, and `replaceable` gives a third person the key with which an invitation may take the place of its call.
 */
export class Transfers {
  readonly #context: TransferContext
  #asked: Deferred<void> | undefined
  #id = 0
  /** The number of their request, until that is done. */
  #theirs: number | undefined
  #key: unknown

  constructor(context: TransferContext) {
    this.#context = context
  }

  /** Asks for a transfer and waits for what becomes of it. */
  async ask(to: string | Consulted): Promise<void> {
    const blind = typeof to === 'string'
    const target = blind ? to : to.peer.id
    if (!isAddress(target)) throw new RtcError('usage/invalid-argument', 'An id has 1 to 256 characters.')
    if (this.#asked) throw new RtcError('usage/invalid-state', 'A transfer is under way already.')
    const { runtime, tell } = this.#context
    const asked = (this.#asked = deferred())
    const replaceable = (key?: string): Promise<void> | undefined => (blind ? undefined : to.control({ kind: 'replaceable', key }))
    const key = runtime.randomId()
    const stop = runtime.after(ANSWER_MS, () => asked.reject(new RtcError('signaling/timeout', 'Nobody said what became of the transfer.')))
    try {
      // First, so that the third person has it before anybody can come with it.
      await replaceable(key)
      const replaces = blind ? undefined : { call: to.id, key }
      await tell({ kind: 'transfer', id: ++this.#id, to: target, replaces })
      await asked.promise
    } catch (error) {
      replaceable()?.catch(() => undefined)
      throw error
    } finally {
      stop()
      this.#asked = undefined
    }
  }

  /** Whether the message was one of these. */
  heard({ kind, id, to, replaces, key, code, text }: ControlMessage): boolean {
    if (kind === 'replaceable') this.#key = key
    else if (kind === 'transferred' && (code === undefined || isText(code))) {
      if (id !== this.#id) return true
      if (code) this.#asked?.reject(failure(code as EndCode, text))
      else this.#asked?.resolve()
    } else if (kind === 'transfer' && isCount(id) && isAddress(to) && (replaces === undefined || isReplaces(replaces)))
      this.#requested(id, to, replaces)
    else return false
    return true
  }

  /** Whether an invitation with this key may take the place of this call; once. */
  replaceableWith(key: string): boolean {
    // Whoever was told none has none that fits.
    if (!key || this.#key !== key) return false
    this.#key = undefined
    return true
  }

  /** The call is over. */
  over(code: EndCode): void {
    if (code === 'call/transferred') this.#asked?.resolve()
    else this.#asked?.reject(failure(code))
  }

  #requested(id: number, to: string, replaces: Replaces | undefined): void {
    const { caller, tell, invite, requested } = this.#context
    const done: TransferRequest['done'] = async (code, text) => {
      if (this.#theirs === id) this.#theirs = undefined
      await tell({ kind: 'transferred', id, code, text })
    }
    // Where both ask at once the caller's wish goes first.
    if (this.#theirs !== undefined || (this.#asked && caller)) return void done('call/transfer-declined').catch(() => undefined)
    this.#theirs = id
    requested({ to, invite: (body) => invite(to, body, replaces), done })
  }
}

const failure = (code: EndCode, text?: unknown): RtcError =>
  new RtcError(code, `The call was not put through: ${code}${isText(text) ? `: ${text}` : ''}.`)
