import { isRecord } from '../base/record'

/** A session description on its way. */
export interface PeerDescription {
  readonly type: 'offer' | 'answer'
  readonly sdp: string
}

/** What two peers tell each other, as plain JSON. A candidate `''` says that its generation has no more. */
export type PeerMessage = { readonly description: PeerDescription } | { readonly candidate: RTCIceCandidateInit }

/** Longer than any candidate line; what is longer is not one. */
const MAX_CANDIDATE_CHARS = 2_048

/** RFC 8839, 5.4: an ice-ufrag has at most 256 characters; mids are far shorter. */
const MAX_NAME_CHARS = 256

/** Far more than any page needs, and few enough for a browser to read without a pause. */
const MAX_SECTIONS = 160

const text = (value: unknown): string | null => (typeof value === 'string' && value.length <= MAX_NAME_CHARS ? value : null)

/** Reads what the other side sent: a message with nothing in it but what we know, or `undefined` where the shape is wrong. */
export const readMessage = (value: unknown): PeerMessage | undefined => {
  if (!isRecord(value)) return undefined
  const { description, candidate } = value
  if (isRecord(description)) {
    const { type, sdp } = description
    return (type === 'offer' || type === 'answer') && typeof sdp === 'string' ? { description: { type, sdp } } : undefined
  }
  if (!isRecord(candidate)) return undefined
  const line = candidate.candidate
  if (typeof line !== 'string' || line.length > MAX_CANDIDATE_CHARS) return undefined
  const index = candidate.sdpMLineIndex
  const sdpMid = text(candidate.sdpMid)
  const sdpMLineIndex = typeof index === 'number' ? index : null
  if (sdpMid === null && sdpMLineIndex === null) return undefined
  const usernameFragment = text(candidate.usernameFragment) ?? ufragOfLine(line)
  return { candidate: { candidate: line, sdpMid, sdpMLineIndex, ...(usernameFragment !== undefined && { usernameFragment }) } }
}

/** The generation a candidate names in its own line; Chromium writes it there. */
export const ufragOfLine = (line: string): string | undefined => / ufrag (\S+)/.exec(line)?.[1]

/** Whether a description has no more media sections than a browser can take in its stride. */
export const isModest = (sdp: string): boolean => sdp.split(/^m=/m, MAX_SECTIONS + 2).length <= MAX_SECTIONS + 1

/** The ICE generations of a description (RFC 8839, 5.4). */
export const ufragsOf = (sdp: string): Set<string> =>
  new Set(Array.from(sdp.matchAll(/^a=ice-ufrag:(\S+)/gm), ([, ufrag]) => ufrag as string))
