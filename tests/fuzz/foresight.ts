import { isRecord } from '../../src/base/record'
import { CLIENT_FRAMES, isCallId } from '../../src/protocol/client-frames'
import { decode, isCount } from '../../src/protocol/decode'
import { byteLength, MAX_FRAME_BYTES } from '../../src/protocol/limits'

/** What becomes of a frame on a link that has a session. */
export interface Foreseen {
  /** `ends`: the link, and with it what would come after. `taken`: its number counts as received. */
  readonly fate: 'ends' | 'taken' | 'dropped'
  /** Somebody waits for a `result` with this id. */
  readonly request?: number
  /** A part of a message with this id: one result comes for all of them. */
  readonly part?: number
  /** Somebody waits to hear of this call. */
  readonly invite?: string
}

const REQUESTS: readonly unknown[] = ['message', 'watch', 'presence']

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Says what docs/protocol.md has a server do with a text, after `last` numbers were taken. */
export const foresee = (text: string, last: number): Foreseen => {
  if (text.length > MAX_FRAME_BYTES || byteLength(text) > MAX_FRAME_BYTES) return { fate: 'ends' }
  const raw = parse(text)
  if (!isRecord(raw)) return { fate: 'dropped' }
  const { type, n, id, call } = raw
  const read = decode(CLIENT_FRAMES, text)
  // A type without a number is what it is, also where somebody wrote one into it.
  if ('frame' in read && !('n' in read.frame)) return { fate: read.frame.type === 'bye' ? 'ends' : 'dropped' }
  if (!isCount(n) || n === 0 || n <= last) return { fate: 'dropped' }
  if (n > last + 1) return { fate: 'ends' }
  if (REQUESTS.includes(type) && isCount(id)) return { fate: 'taken', request: id }
  if (type === 'part' && isCount(id)) return { fate: 'taken', part: id }
  if (type === 'invite' && isCallId(call)) return { fate: 'taken', invite: String(call) }
  return { fate: 'taken' }
}
