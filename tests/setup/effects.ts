// Runs in the browser: processors whose work can be told from what they were given.
import { audioGraph, canvasFilter } from '../../src/dom'
import type { TrackProcessor } from '../../src'

/** Red becomes cyan. */
export const invert = (): TransformStream<VideoFrame, VideoFrame> =>
  canvasFilter((frame, pen) => {
    pen.globalCompositeOperation = 'copy'
    pen.drawImage(frame, 0, 0)
    pen.globalCompositeOperation = 'difference'
    pen.fillStyle = 'white'
    pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height)
  })

/** Multiplies the voice with a tone: of a sine that leaves the sum and the difference of the two. */
export const ringModulation = (hz: number): TrackProcessor =>
  audioGraph((context, input) => {
    const ring = new GainNode(context, { gain: 0 })
    const oscillator = new OscillatorNode(context, { frequency: hz })
    oscillator.connect(ring.gain)
    oscillator.start()
    return input.connect(ring)
  })
