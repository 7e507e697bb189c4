import { createElement } from '../base/element'
import type { Runtime } from '../base/runtime'
import type { Frame, TrackEnds } from './track-ends'

/** A hidden page shows no pictures, but its timers run, about once a second. */
const PATIENCE_MS = 100

/**
 * Takes a picture apart with an element that plays it and makes another one of a canvas: for browsers whose pages cannot do it
 * directly (Firefox 153, Safari).
 */
export const canvasEnds = (track: MediaStreamTrack, { now, after }: Pick<Runtime, 'now' | 'after'>): TrackEnds => {
  const video = createElement('video')
  video.muted = true
  // Without it iOS opens a video in full screen.
  video.setAttribute('playsinline', '')
  video.srcObject = new MediaStream([track])
  const canvas = createElement('canvas')
  const pen = canvas.getContext('2d')
  const [output] = canvas.captureStream().getVideoTracks() as [MediaStreamTrack]
  let closed = false
  // Rejects where the media ends or changes first: then no picture comes.
  video.play().catch(() => undefined)

  const nextPicture = (): Promise<void> =>
    new Promise((resolve) => {
      const cancel = after(PATIENCE_MS, resolve)
      if ('requestVideoFrameCallback' in video)
        video.requestVideoFrameCallback(() => {
          cancel()
          resolve()
        })
    })

  return {
    track: output,
    read: async () => {
      while (!closed && track.readyState === 'live') {
        await nextPicture()
        if (!closed && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA)
          return new VideoFrame(video, { timestamp: now() * 1_000 })
      }
      return undefined
    },
    write: async (frame: Frame) => {
      const { displayWidth, displayHeight } = frame as VideoFrame
      if (canvas.width !== displayWidth) canvas.width = displayWidth
      if (canvas.height !== displayHeight) canvas.height = displayHeight
      pen?.drawImage(frame as VideoFrame, 0, 0)
      frame.close()
    },
    close: () => {
      closed = true
      video.srcObject = null
    },
  }
}
