/** One picture, or a bit of sound. Whoever has it last closes it. */
export type Frame = VideoFrame | AudioData

/** A track taken apart into frames, and another one made of frames. */
export interface TrackEnds {
  /** The next frame; `undefined` when there will be none. */
  read(): Promise<Frame | undefined>
  /** Takes the frame over. */
  write(frame: Frame): Promise<void>
  /** What is made of the frames that were written. */
  readonly track: MediaStreamTrack
  close(): void
}
