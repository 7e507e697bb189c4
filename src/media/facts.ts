/** Where a track comes from, as the other side sees it. */
export type TrackSource = 'camera' | 'microphone' | 'screen' | 'screen-audio' | 'custom'

/** How long to wait for the person's answer. */
export interface CaptureWait {
  /** Stops waiting when it aborts; what the browser gives afterwards is stopped at once. */
  readonly signal?: AbortSignal | undefined
}

/** How media is captured again. */
export interface Recapture extends CaptureWait {
  /** What to ask of the device beside what was asked of it before. */
  readonly change?: MediaTrackConstraints | undefined
}

/** What we know of a track that we captured. */
export interface CaptureFacts {
  readonly source: TrackSource
  /** Tracks of one group play in sync: `main`, `screen`, or a name. A second camera in a call needs a group of its own: whoever publishes it knows. */
  readonly group: string
  /**
   * Takes the same device again with the same options, after the track was stopped to turn its light off. Where the app
   * had not chosen that device itself and it is gone, another of its kind will do. Absent for screens: only a person can choose one.
   */
  readonly recapture?: (how?: Recapture) => Promise<MediaStreamTrack>
}

// A symbol on the track, not a WeakMap: another copy of the SDK in the page (a CDN's beside a bundled one) reads it too.
const FACTS = Symbol.for('tsunagu.capture.v1')

/** Hangs what we know of a track on it. A clone of the track has none of it. */
export const note = (track: MediaStreamTrack, facts: CaptureFacts): MediaStreamTrack =>
  Object.defineProperty(track, FACTS, { value: facts })

/** What we know of a track: `undefined` for one that the app made itself. */
export const captureOf = (track: MediaStreamTrack): CaptureFacts | undefined =>
  (track as { [FACTS]?: CaptureFacts })[FACTS]
