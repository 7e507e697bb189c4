import { isRecord } from '../base/record'
import {
  type Shapes,
  isAnything, isCount, isFlag, isMediaWish, isPerson, isText, oneOf, optional,
} from './decode'
import type { ServerFrame } from './messages'

/** What a client understands of a server. */
export const SERVER_FRAMES: Shapes<ServerFrame> = {
  welcome: {
    session: isText,
    key: isText,
    epoch: isCount,
    graceMs: isCount,
    self: isPerson,
    limits: (value) => isRecord(value) && isCount(value.pingMs),
  },
  resumed: { received: isCount, epoch: isCount },
  gone: { reason: isText },
  refused: { code: isText, retry: oneOf('yes', 'never'), retryWithinMs: optional(isCount), text: optional(isText) },
  superseded: {},
  ping: { id: optional(isCount) },
  pong: { id: optional(isCount) },
  ack: { received: isCount },
  invited: { n: isCount, call: isText, from: isPerson, media: isMediaWish, metadata: isAnything },
  ringing: { n: isCount, call: isText },
  accepted: { n: isCount, call: isText, from: isPerson },
  ended: { n: isCount, call: isText, code: isText, by: oneOf('remote', 'system'), text: optional(isText) },
  leg: { n: isCount, call: isText, message: isRecord },
  control: { n: isCount, call: isText, message: isRecord },
  link: { n: isCount, call: isText, up: isFlag },
  message: { n: isCount, from: isPerson, data: isAnything },
  presence: { n: isCount, id: isText, name: optional(isText), status: oneOf('online', 'away', 'busy', 'offline') },
  result: { n: isCount, id: isCount, code: optional(isText) },
}
