import { isRecord } from '../base/record'
import type { LegMessage } from '../signaling/port'
import { Inbox } from './inbox'
import { Outbox } from './outbox'

/** What stands on every message of a link. */
export interface Heading {
  readonly epoch: number
  /** 0: not one of the numbered ones; it tells `received` alone. */
  readonly n: number
  /** Everything up to this number has arrived. Links of version 0.1 do not say it. */
  readonly received: number | undefined
  readonly message: LegMessage
}

/** As many connections, or messages over one, as no call ever has; and the server would not let us claim a higher epoch. */
const MAX_COUNT = 2 ** 40

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_COUNT

/** Reads what stands on a message; `undefined` where it is none of a link's. */
export const readHeading = (value: unknown): Heading | undefined => {
  if (!isRecord(value)) return undefined
  const { epoch, n = 0, received } = value
  const known = received === undefined ? n !== 0 : isCount(received)
  return isCount(epoch) && isCount(n) && known ? { epoch, n, received: received as number | undefined, message: value } : undefined
}

/** What the two sides say over one connection, each message once and in order. */
export class Letters {
  readonly epoch: number
  readonly inbox = new Inbox()
  readonly outbox = new Outbox()

  constructor(epoch: number) {
    this.epoch = epoch
  }

  /** What we have of the other side. */
  get received(): LegMessage {
    return { epoch: this.epoch, received: this.inbox.last }
  }

  /** Numbers a message and keeps it until the other side has it. */
  write(content: LegMessage): LegMessage {
    return this.outbox.add((n) => ({ ...this.received, n, ...content }))
  }
}
