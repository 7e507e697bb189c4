import { isRecord } from '../base/record'
import type { TrackSource } from '../media/facts'
import type { LocalTrack } from '../media/local-track'
import type { RemoteTrackInfo } from '../media/remote-track'

/** How much of what another side says of its tracks is believed. */
export const TRACK_LIMITS = { tracks: 64, nameChars: 256, idChars: 64 } as const

/** mid -> what is sent there: for every track its sender publishes, with each description. */
export type TrackMap = Readonly<Record<string, RemoteTrackInfo>>

const SOURCES: readonly unknown[] = ['camera', 'microphone', 'screen', 'screen-audio', 'custom'] satisfies TrackSource[]

/** What is said of one of our tracks. */
export const infoOf = ({ id, name, kind, source, group }: LocalTrack, muted: boolean): RemoteTrackInfo => ({
  id,
  name,
  kind,
  source,
  group,
  muted,
})

const short = (value: unknown, maxChars: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= maxChars

const isInfo = (value: unknown): value is RemoteTrackInfo =>
  isRecord(value) &&
  short(value.id, TRACK_LIMITS.idChars) &&
  typeof value.name === 'string' &&
  value.name.length <= TRACK_LIMITS.nameChars &&
  (value.kind === 'audio' || value.kind === 'video') &&
  SOURCES.includes(value.source) &&
  short(value.group, TRACK_LIMITS.idChars) &&
  typeof value.muted === 'boolean'

/** Reads another side's map: what cannot be believed is left out and reported. An id counts once. */
export const readTracks = (value: unknown, refused: () => void): Map<string, RemoteTrackInfo> => {
  const tracks = new Map<string, RemoteTrackInfo>()
  if (!isRecord(value)) {
    refused()
    return tracks
  }
  const ids = new Set<string>()
  // The object came out of JSON; looked at one by one, so that a huge one costs no copy.
  for (const mid in value) {
    const info = value[mid]
    if (tracks.size < TRACK_LIMITS.tracks && isInfo(info) && !ids.has(info.id)) {
      ids.add(info.id)
      tracks.set(mid, info)
    } else refused()
  }
  return tracks
}
