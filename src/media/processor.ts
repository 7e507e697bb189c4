/** What a {@link TrackProcessor} is told about one run of it. */
export interface ProcessContext {
  /** Aborts when the result is not needed any more: the media is replaced or released, the processor taken away, the track unpublished. Stop whatever makes it. */
  readonly signal: AbortSignal
  /** Says that the result is worth nothing any more: the track is muted at once, and `processFailed` tells. */
  readonly failed: (error: unknown) => void
}

/**
 * Makes another track of a captured one: a blurred picture, a changed voice. It runs anew for all media that the track
 * gets: after `replace`, after a device was released and taken again. Give the same track back to change nothing.
 */
export type TrackProcessor = (
  track: MediaStreamTrack,
  context: ProcessContext,
) => MediaStreamTrack | Promise<MediaStreamTrack>

/** A stream that pictures or sounds go through: what is written has to be closed by the stream, or come out again. */
export type FrameTransform =
  | ReadableWritablePair<VideoFrame, VideoFrame>
  | ReadableWritablePair<AudioData, AudioData>
