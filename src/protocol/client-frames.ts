import { isRecord } from '../base/record'
import {
  type Check, type Shapes,
  isAddress, isAnything, isCount, isMediaWish, isText, oneOf, optional,
} from './decode'
import type { ClientFrame } from './messages'

const textUpTo =
  (length: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= length

const n: Check = (value) => isCount(value) && value > 0
export const isCallId = textUpTo(128)
const call = isCallId

/** What the server accepts from a client, which it does not trust. */
export const CLIENT_FRAMES: Shapes<ClientFrame> = {
  hello: { v: isCount, token: optional(isText), instance: textUpTo(128) },
  resume: { v: isCount, session: textUpTo(128), key: textUpTo(128), token: optional(isText), received: isCount },
  bye: {},
  ping: { id: optional(isCount) },
  pong: { id: optional(isCount) },
  ack: { received: isCount },
  invite: { n, call, to: isAddress, media: isMediaWish, metadata: isAnything },
  ring: { n, call },
  accept: { n, call },
  end: {
    n,
    call,
    // The areas of the codes with which a call may end.
    code: (value) => typeof value === 'string' && /^(call|ice|media|peer|signaling|usage)\/[a-z-]{1,40}$/.test(value),
    text: optional(textUpTo(1_000)),
  },
  leg: { n, call, message: isRecord },
  control: { n, call, message: isRecord },
  message: { n, id: isCount, to: isAddress, data: isAnything },
  watch: { n, id: isCount, ids: (value) => Array.isArray(value) },
  presence: { n, id: isCount, status: oneOf('online', 'away', 'busy', 'offline') },
}
