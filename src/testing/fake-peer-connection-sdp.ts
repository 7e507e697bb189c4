/** One m-section as far as negotiation goes. */
export interface Section {
  readonly kind: 'audio' | 'video' | 'application'
  readonly mid: string
  readonly direction: RTCRtpTransceiverDirection
  readonly ufrag: string
  readonly streams: readonly string[]
  /** Port 0 (RFC 3264, 6). */
  readonly rejected: boolean
}

/** A description that was read, or is about to be written. */
export interface Description {
  readonly type: 'offer' | 'answer'
  readonly sections: readonly Section[]
}

/** Writes as much of an SDP as the SDK reads of one. @internal */
export const writeSdp = ({ sections }: Description): string =>
  [
    'v=0',
    ...sections.flatMap(({ kind, mid, direction, ufrag, streams, rejected }) => [
      `m=${kind} ${rejected ? 0 : 9}`,
      `a=mid:${mid}`,
      `a=ice-ufrag:${ufrag}`,
      ...(kind === 'application' ? [] : [`a=${direction}`]),
      ...streams.map((id) => `a=msid:${id}`),
    ]),
    '',
  ].join('\r\n')

const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const

/** Reads what {@link writeSdp} wrote; `undefined` for anything else. @internal */
export const readSdp = (type: 'offer' | 'answer', sdp: string): Description | undefined => {
  const [head, ...parts] = sdp.split('m=')
  if (!head?.startsWith('v=0')) return undefined
  const sections = parts.map((part): Section => {
    const value = (name: string): string => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(part)?.[1] ?? ''
    return {
      kind: (/^\w+/.exec(part)?.[0] ?? '') as Section['kind'],
      mid: value('mid'),
      direction: DIRECTIONS.find((one) => part.includes(`a=${one}\r\n`)) ?? 'sendrecv',
      ufrag: value('ice-ufrag'),
      streams: Array.from(part.matchAll(/^a=msid:(\S+)/gm), ([, id]) => id as string),
      rejected: /^\w+ 0\r\n/.test(part),
    }
  })
  return { type, sections }
}

/** Whether a direction sends. @internal */
export const sends = (direction: string): boolean => direction === 'sendrecv' || direction === 'sendonly'

/** Whether a direction receives. @internal */
export const receives = (direction: string): boolean => direction === 'sendrecv' || direction === 'recvonly'

/** The direction that does these two things. @internal */
export const directionOf = (send: boolean, receive: boolean): RTCRtpTransceiverDirection =>
  send ? (receive ? 'sendrecv' : 'sendonly') : receive ? 'recvonly' : 'inactive'

/** A direction as the other side sees it. @internal */
export const reversed = (direction: string): RTCRtpTransceiverDirection =>
  directionOf(receives(direction), sends(direction))

/** What an answer may do: what we want and the offer lets us (RFC 3264, 6.1). @internal */
export const answered = (wanted: string, offered: string): RTCRtpTransceiverDirection =>
  directionOf(sends(wanted) && receives(offered), receives(wanted) && sends(offered))

/** What is gathered for a generation: two candidates, `''` where the engine ends one so, and the end of all. @internal */
export const candidatesOf = (ufrag: string, sdpMid: string, endsEach: boolean): (RTCIceCandidateInit | null)[] => {
  const lines = [1, 2].map((number) => `candidate:${number} 1 udp 1 192.0.2.${number} 9 typ host ufrag ${ufrag}`)
  const found = [...lines, ...(endsEach ? [''] : [])]
  return [...found.map((candidate) => ({ candidate, sdpMid, sdpMLineIndex: 0, usernameFragment: ufrag })), null]
}
