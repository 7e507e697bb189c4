import type { Runtime } from '../base/runtime'
import { MAX_FRAME_BYTES } from '../protocol/limits'
import type { DeliverPart } from '../protocol/messages'

/** How long the next part of a message may take. */
const NEXT_MS = 30_000

/** Messages that one sender, and all of them, may have begun. */
const MAX_OF_ONE = 4
const MAX_BEGUN = 64

interface Begun {
  readonly from: string
  readonly parts: number
  readonly part: number
  readonly json: string
  readonly drop: () => void
}

/** Puts messages together that come in parts. What does not fit together, or does not go on, is dropped. */
export class Incoming {
  readonly #begun = new Map<string, Begun>()
  readonly #after: Runtime['after']

  constructor(after: Runtime['after']) {
    this.#after = after
  }

  /** The whole message with its last part. */
  add({ from: { id: from }, key, part, parts, data }: DeliverPart): { readonly data: unknown } | undefined {
    const name = JSON.stringify([from, key])
    const before = this.#begun.get(name)
    before?.drop()
    const json = (before?.json ?? '') + data
    if (part !== (before?.part ?? 0) + 1 || parts !== (before?.parts ?? parts) || json.length > MAX_FRAME_BYTES) return
    if (part < parts) {
      const all = [...this.#begun.values()]
      const own = all.filter((begun) => begun.from === from)
      // The oldest makes room.
      if (own.length >= MAX_OF_ONE) own[0]?.drop()
      else if (all.length >= MAX_BEGUN) all[0]?.drop()
      const drop = (): void => {
        stop()
        this.#begun.delete(name)
      }
      const stop = this.#after(NEXT_MS, drop)
      this.#begun.set(name, { from, parts, part, json, drop })
      return
    }
    try {
      return { data: JSON.parse(json) as unknown }
    } catch {
      return
    }
  }
}
