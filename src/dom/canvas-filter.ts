/**
 * A transform that draws each picture anew: blur the background, invert the colours, write a name. Give it to `process` of one track, or to the `process` option of
 * `publish`. `draw` gets the picture, which is closed when it is done, and a canvas of the picture's size that still shows what it drew before; it may take
 * its time: pictures that come meanwhile are left out.
 *
 * @example
 * ```ts
 * import type { LocalTrack } from 'tsunagu'
 * import { canvasFilter } from 'tsunagu/dom'
 * const blurAll = (camera: LocalTrack) =>
 *   camera.process(
 *     canvasFilter((picture, pen) => {
 *       pen.filter = 'blur(12px)'
 *       pen.drawImage(picture, 0, 0)
 *     }),
 *   )
 * ```
 */
export const canvasFilter = (
  draw: (picture: VideoFrame, pen: OffscreenCanvasRenderingContext2D) => unknown,
): TransformStream<VideoFrame, VideoFrame> => {
  const canvas = new OffscreenCanvas(1, 1)
  const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D
  return new TransformStream({
    transform: async (picture, controller) => {
      try {
        const { displayWidth, displayHeight, timestamp } = picture
        // Setting either clears the canvas.
        if (canvas.width !== displayWidth) canvas.width = displayWidth
        if (canvas.height !== displayHeight) canvas.height = displayHeight
        await draw(picture, pen)
        controller.enqueue(new VideoFrame(canvas, { timestamp }))
      } finally {
        picture.close()
      }
    },
  })
}
