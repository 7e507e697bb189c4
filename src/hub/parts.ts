import { isOpaque } from '../protocol/client-frames'
import { byteLength, MAX_FRAME_BYTES } from '../protocol/limits'
import type { DeliverMessage, Person, SendPart, ServerMessage } from '../protocol/messages'
import type { HubConfig } from './config'
import type { Directory } from './directory'
import type { RefusalCode } from './options'
import { personOf } from './person'
import type { Registry } from './registry'
import type { Session } from './session'

/** Messages in parts that one session may have begun at once. */
const MAX_BEGUN = 4

/** How long the next part may take. */
const NEXT_MS = 30_000

/** A message of which not all parts have come. */
interface Begun {
  readonly id: number
  readonly parts: number
  /** Those that have taken every part so far. */
  devices: readonly Session[]
  part: number
  sizeBytes: number
  /** For devices that know no parts. */
  json: string | undefined
  stop: () => void
}

/** Answers a request. */
export type Answer = (id: number, code?: RefusalCode) => void

/** Passes large messages on part by part, unread; for whoever sends and whoever receives one, it is one message with one result. */
export class Parts {
  readonly #config: HubConfig
  readonly #registry: Registry
  readonly #directory: Directory
  readonly #begun = new Map<Session, Map<string, Begun>>()

  constructor(config: HubConfig, registry: Registry, directory: Directory) {
    this.#config = config
    this.#registry = registry
    this.#directory = directory
  }

  /** How many sessions have begun a message. */
  get size(): number {
    return this.#begun.size
  }

  async handle(session: Session, part: SendPart, overdrawn: boolean, answer: Answer): Promise<void> {
    let begun = this.#begun.get(session)?.get(part.key)
    // The rest of what was refused comes a while longer.
    if (!begun && part.part > 1) return void this.#config.counters.strays++
    begun ??= await this.#begin(session, part, overdrawn, answer)
    if (!begun) return
    const { id, key, data, parts } = part
    if (begun.json !== undefined) begun.json += data
    begun.sizeBytes += byteLength(data)
    const refused = this.#refusalOf(begun, part, overdrawn) ?? this.#pass(begun, part, personOf(session.identity))
    // What the recipients have of it, they forget after a while.
    const code = refused ?? (begun.devices.length ? undefined : this.#count('signaling/rate-limited'))
    begun.part = part.part
    begun.stop()
    if (!code && part.part < parts) {
      begun.stop = this.#config.runtime.after(NEXT_MS, () => {
        this.#forget(session, key)
        answer(id, 'signaling/timeout')
      })
      return
    }
    this.#forget(session, key)
    answer(begun.id, code)
  }

  /** A page was loaded again: what is still to come goes to its new session. */
  move(from: Session, to: Session): void {
    for (const mine of this.#begun.values())
      for (const begun of mine.values())
        if (from.takesParts === to.takesParts) begun.devices = begun.devices.map((device) => (device === from ? to : device))
  }

  /** A session is over. */
  leave(session: Session): void {
    for (const { stop } of this.#begun.get(session)?.values() ?? []) stop()
    this.#begun.delete(session)
  }

  async #begin(session: Session, { id, to, key, parts }: SendPart, overdrawn: boolean, answer: Answer): Promise<Begun | undefined> {
    const refuse = (code: RefusalCode): undefined => void answer(id, code)
    if (overdrawn) return refuse('signaling/rate-limited')
    if ((this.#begun.get(session)?.size ?? 0) >= MAX_BEGUN) return refuse('signaling/limit-exceeded')
    const { allowed, forbidden } = await this.#directory.find(session.identity, 'message', to)
    if (session.state === 'over') return undefined
    const devices = allowed.flatMap((user) => this.#registry.of(user))
    if (!devices.length) return refuse(forbidden ? 'signaling/forbidden' : 'signaling/recipient-offline')
    const json = devices.every(({ takesParts }) => takesParts) ? undefined : ''
    const begun: Begun = { id, parts, devices, part: 0, sizeBytes: 0, json, stop: () => undefined }
    const mine = this.#begun.get(session) ?? new Map<string, Begun>()
    this.#begun.set(session, mine.set(key, begun))
    return begun
  }

  /** Passes a part on; to devices that know no parts, the whole message with the last one. */
  #pass(begun: Begun, { key, part, parts, data }: SendPart, from: Person): RefusalCode | undefined {
    let whole: DeliverMessage | undefined
    if (begun.json !== undefined && part === parts) {
      const read = readJson(begun.json)
      if (!read) return 'signaling/invalid-message'
      whole = { type: 'message', from, ...read }
    }
    const takes = (device: Session): boolean => {
      const message: ServerMessage | undefined = device.takesParts ? { type: 'part', from, key, part, parts, data } : whole
      return !message || device.offer(message) === 'taken'
    }
    begun.devices = begun.devices.filter(takes)
    return undefined
  }

  #refusalOf({ id, parts, part, sizeBytes }: Begun, next: SendPart, overdrawn: boolean): RefusalCode | undefined {
    if (next.id !== id || next.parts !== parts || next.part !== part + 1 || next.part > parts) return 'signaling/invalid-message'
    if (sizeBytes > MAX_FRAME_BYTES) {
      this.#config.counters.tooLarge++
      return 'signaling/too-large'
    }
    return overdrawn ? 'signaling/rate-limited' : undefined
  }

  #count<Code>(code: Code): Code {
    this.#config.counters.rateLimited++
    return code
  }

  #forget(session: Session, key: string): void {
    const mine = this.#begun.get(session)
    mine?.delete(key)
    if (mine?.size === 0) this.#begun.delete(session)
  }
}

/** Nothing that is nested so deeply that writing it again overflows the stack. */
const readJson = (json: string): { readonly data: unknown } | undefined => {
  try {
    const data: unknown = JSON.parse(json)
    return isOpaque(data) ? { data } : undefined
  } catch {
    return undefined
  }
}
