import { isRecord } from '../base/record'
import {
  type Check, type Shapes,
  isAnything, isCount, isFlag, isMediaWish, isPerson, isText, oneOf, optional,
} from './decode'
import type { ServerFrame } from './messages'

const isLimits: Check = (value) => isRecord(value) && isCount(value.pingMs)

const welcome = {
  session: isText,
  key: isText,
  epoch: isCount,
  graceMs: isCount,
  self: isPerson,
  limits: isLimits,
}

const isReclaimed: Check = (value) =>
  isRecord(value) && isText(value.call) && isText(value.key) && isPerson(value.peer) && isMediaWish(value.media) && isCount(value.epoch)

/** What a client understands of a server. */
export const SERVER_FRAMES: Shapes<ServerFrame> = {
  welcome,
  reclaimed: { ...welcome, calls: (value) => Array.isArray(value) && value.every(isReclaimed) },
  resumed: { received: isCount, epoch: isCount },
  gone: { reason: isText },
  refused: { code: isText, retry: oneOf('yes', 'never'), retryWithinMs: optional(isCount), text: optional(isText) },
  superseded: {},
  draining: { retryWithinMs: isCount },
  ping: { id: optional(isCount) },
  pong: { id: optional(isCount) },
  ack: { received: isCount },
  invited: { n: isCount, call: isText, from: isPerson, media: isMediaWish, metadata: isAnything, replaces: optional(isRecord), epoch: optional(isCount) },
  ringing: { n: isCount, call: isText },
  accepted: { n: isCount, call: isText, from: isPerson, key: optional(isText) },
  synced: { n: isCount, call: isText },
  ended: { n: isCount, call: isText, code: isText, by: oneOf('remote', 'system'), text: optional(isText) },
  leg: { n: isCount, call: isText, message: isRecord },
  control: { n: isCount, call: isText, message: isRecord },
  link: { n: isCount, call: isText, up: isFlag },
  message: { n: isCount, from: isPerson, data: isAnything },
  part: { n: isCount, from: isPerson, key: isText, part: isCount, parts: isCount, data: isText },
  presence: { n: isCount, id: isText, name: optional(isText), status: oneOf('online', 'away', 'busy', 'offline') },
  result: { n: isCount, id: isCount, code: optional(isText) },
}
