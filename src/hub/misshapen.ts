import { isRecord } from '../base/record'
import { isCallId } from '../protocol/client-frames'
import { isCount } from '../protocol/decode'
import type { ServerMessage } from '../protocol/messages'

/** What whoever sent a malformed frame hears of it, where it asked for an answer: nobody waits for ever. */
export const answerToMisshapen = (text: string): ServerMessage | undefined => {
  let frame: unknown
  try {
    frame = JSON.parse(text)
  } catch {
    // `frame` stays undefined, which is no record.
  }
  if (!isRecord(frame)) return undefined
  const { type, id, call } = frame
  const code = 'signaling/invalid-message'
  if (type === 'invite' && isCallId(call)) return { type: 'ended', call: String(call), code, by: 'system' }
  const asks = type === 'message' || type === 'part' || type === 'watch' || type === 'presence'
  return asks && isCount(id) ? { type: 'result', id, code } : undefined
}
