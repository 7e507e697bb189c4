import { isRecord } from '../base/record'
import {
  type Check, type Shapes,
  isAddress, isCount, isFlag, isMediaWish, isText, oneOf, optional,
} from './decode'
import { MAX_CLAIMED_EPOCH, MAX_DEPTH, MAX_PART_BYTES, MAX_PARTS } from './limits'
import type { CallClaim, ClientFrame } from './messages'

const textUpTo =
  (length: number): Check =>
  (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= length

const n: Check = (value) => isCount(value) && value > 0
export const isCallId = textUpTo(128)
const call = isCallId

const isNestedUpTo = (depth: number, value: unknown): boolean =>
  typeof value !== 'object' || value === null || (depth > 0 && Object.values(value).every((part) => isNestedUpTo(depth - 1, part)))

/** What is passed on unread: writing JSON that is nested very deeply overflows the stack. */
export const isOpaque: Check = (value) => isNestedUpTo(MAX_DEPTH, value)
const isOpaqueObject: Check = (value) => isRecord(value) && isOpaque(value)

const countUpTo =
  (most: number): Check =>
  (value) =>
    isCount(value) && value <= most
const key = textUpTo(128)
const isReplaces: Check = (value) => isRecord(value) && isCallId(value.call) && key(value.key)
const isRole = oneOf('caller', 'callee')

/** Whether this can be a claim to a call. */
export const isClaim = (value: unknown): value is CallClaim =>
  isRecord(value) && isCallId(value.call) && key(value.key) && isAddress(value.peer) && isRole(value.role) && countUpTo(MAX_CLAIMED_EPOCH)(value.epoch)

/** What the server accepts from a client, which it does not trust. */
export const CLIENT_FRAMES: Shapes<ClientFrame> = {
  hello: { v: isCount, token: optional(isText), instance: textUpTo(128), parts: optional(isFlag) },
  resume: { v: isCount, session: textUpTo(128), key: textUpTo(128), token: optional(isText), received: isCount, attempt: optional(isCount) },
  reclaim: {
    v: isCount, session: textUpTo(128), key, token: optional(isText), instance: textUpTo(128), parts: optional(isFlag), attempt: optional(isCount),
  },
  bye: { backWithinMs: optional(isCount) },
  ping: { id: optional(isCount) },
  pong: { id: optional(isCount) },
  ack: { received: isCount },
  invite: { n, call, to: isAddress, media: (value) => isMediaWish(value) && isOpaque(value), metadata: isOpaque, replaces: optional(isReplaces) },
  ring: { n, call },
  accept: { n, call },
  end: {
    n,
    call,
    // The areas of the codes with which a call may end.
    code: (value) => typeof value === 'string' && /^(call|ice|media|peer|signaling|usage)\/[a-z-]{1,40}$/.test(value),
    text: optional(textUpTo(1_000)),
  },
  leg: { n, call, message: isOpaqueObject },
  control: { n, call, message: isOpaqueObject },
  sync: { n, calls: Array.isArray },
  part: {
    n,
    id: isCount,
    to: isAddress,
    key,
    part: (value) => n(value) && countUpTo(MAX_PARTS)(value),
    parts: countUpTo(MAX_PARTS),
    data: textUpTo(MAX_PART_BYTES),
  },
  message: { n, id: isCount, to: isAddress, data: isOpaque },
  watch: { n, id: isCount, ids: (value) => Array.isArray(value) },
  presence: { n, id: isCount, status: oneOf('online', 'away', 'busy', 'offline') },
}
