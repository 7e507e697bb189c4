import { RtcError } from '../base/errors'
import { isCount } from '../protocol/decode'
import { MAX_EPOCH } from '../protocol/limits'
import type { CallClaim, ClientMessage, ControlFrame, LegFrame } from '../protocol/messages'

/** So many frames of a call wait until the server knows it again. */
const MAX_HELD = 256

/** So many calls are remembered beyond their end, which may not have reached the server. */
const MAX_REMEMBERED = 100

interface Entry {
  /** Its epoch rises with that of the call's connections. */
  claim: CallClaim
  /** What waits for the server to know the call again. */
  held: (LegFrame | ControlFrame)[] | undefined
  /** The last control message of ours, and of the other side: those that come a second time are dropped. */
  said: number
  heard: number
}

/** The accepted calls of a session, which go on in a new one after the server has lost it. */
export class Running {
  readonly #calls = new Map<string, Entry>()
  readonly #send: (message: ClientMessage) => void
  readonly #alive: (call: string) => boolean

  /** `alive` tells whether a call has not ended here. */
  constructor(send: (message: ClientMessage) => void, alive: (call: string) => boolean) {
    this.#send = send
    this.#alive = alive
  }

  has(call: string): boolean {
    return this.#calls.has(call)
  }

  /** A call was accepted, and its key is known. */
  add(claim: CallClaim): void {
    if (this.has(claim.call)) return
    // A page that was loaded again counts on from where the one before cannot have come.
    this.#calls.set(claim.call, { claim, held: undefined, said: claim.epoch, heard: 0 })
    for (const [id] of this.#calls) if (this.#calls.size > MAX_REMEMBERED && !this.#alive(id)) this.#calls.delete(id)
  }

  /** @throws {@link RtcError} `signaling/outbox-full` and whatever sending throws. */
  send(message: ClientMessage): void {
    const entry = 'call' in message ? this.#calls.get(message.call) : undefined
    if (!entry || (message.type !== 'leg' && message.type !== 'control')) return this.#send(message)
    if (message.type === 'leg') raise(entry, message)
    // Numbered once: what is sent again keeps its number.
    else if (message.message.n === undefined) message = { ...message, message: { ...message.message, n: ++entry.said } }
    if (!entry.held) return this.#send(message)
    if (entry.held.length >= MAX_HELD) throw new RtcError('signaling/outbox-full', 'The server does not know the call yet.')
    entry.held.push(message)
  }

  /** Whether a message of the other side is new. */
  heard(message: LegFrame | ControlFrame): boolean {
    const entry = this.#calls.get(message.call)
    if (!entry) return true
    // Not of this call: somebody else made one with its id.
    if (entry.held) return false
    if (message.type === 'leg') raise(entry, message)
    const { n } = message.message
    if (message.type === 'leg' || typeof n !== 'number') return true
    if (n <= entry.heard) return false
    entry.heard = n
    return true
  }

  /** A new session begins: claims the calls of the old one, and those whose end did not arrive. */
  restart(unacknowledged: readonly ClientMessage[]): void {
    const ended = new Set(unacknowledged.map((message) => message.type === 'end' && message.call))
    for (const [id, entry] of this.#calls) {
      if (this.#alive(id) || ended.has(id)) entry.held ??= []
      else this.#calls.delete(id)
    }
    const calls = [...this.#calls.values()].map(({ claim }) => claim)
    if (calls.length) this.#send({ type: 'sync', calls })
  }

  /** The server knows a call again. */
  synced(call: string): void {
    const entry = this.#calls.get(call)
    const held = entry?.held ?? []
    if (entry) entry.held = undefined
    for (const message of held) this.#send(message)
  }

  /** Calls that wait for the server to know them again. */
  get waiting(): readonly string[] {
    return [...this.#calls.values()].filter(({ held }) => held).map(({ claim }) => claim.call)
  }

  delete(call: string): void {
    this.#calls.delete(call)
  }
}

const raise = (entry: Entry, { message: { epoch } }: LegFrame): void => {
  // The other side may say anything, and the server takes no claim that says too much.
  if (isCount(epoch) && epoch <= MAX_EPOCH && epoch > entry.claim.epoch) entry.claim = { ...entry.claim, epoch }
}
