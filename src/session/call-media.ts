import type { CaptureWish } from '../media/capture'

/** What to send in a call. */
export interface CallMedia {
  /** `true` for the default microphone, options to choose one, or a track of your own. @defaultValue false */
  readonly audio?: CaptureWish['audio']
  /** `true` for the default camera, options to choose one, or a track of your own. @defaultValue false */
  readonly video?: CaptureWish['video']
}
