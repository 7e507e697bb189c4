import { createElement } from '../base/element'
import type { ProcessContext, TrackProcessor } from '../media/processor'

const GESTURES = ['pointerdown', 'click', 'keydown'] as const

/**
 * A processor that leads a track's sound through a graph of WebAudio nodes: connect what comes in, give back what goes out. Each run has a context of its own,
 * which is closed when its result is not needed any more.
 *
 * Where the browser lets no sound be made before the person has touched the page, it begins with their first click or key.
 *
 * @example
 * ```ts
 * import type { LocalTrack } from 'tsunagu'
 * import { audioGraph } from 'tsunagu/dom'
 * const soundLikeARobot = (microphone: LocalTrack) =>
 *   microphone.process(
 *     audioGraph((context, input) => {
 *       const ring = new GainNode(context, { gain: 0 })
 *       const tone = new OscillatorNode(context, { frequency: 50 })
 *       tone.connect(ring.gain)
 *       tone.start()
 *       return input.connect(ring)
 *     }),
 *   )
 * ```
 */
export const audioGraph =
  (build: (context: AudioContext, input: AudioNode, run: ProcessContext) => AudioNode | Promise<AudioNode>): TrackProcessor =>
  async (track, run) => {
    const { signal } = run
    const context = new AudioContext()
    const stream = new MediaStream([track])
    // Chromium's sound of a connection flows only while an element plays it (crbug.com/40094084).
    const element = createElement('audio')
    element.muted = true
    element.srcObject = stream
    signal.addEventListener('abort', () => {
      element.srcObject = null
      context.close().catch(() => undefined)
    })
    const output = await build(context, context.createMediaStreamSource(stream), run)
    const destination = context.createMediaStreamDestination()
    output.connect(destination)
    await running(context, element.ownerDocument, signal)
    return destination.stream.getAudioTracks()[0] as MediaStreamTrack
  }

/** Resolves when the context runs, and keeps it running: a phone call interrupts it on iOS. */
const running = (context: AudioContext, page: Document, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const gestures = new AbortController()
    const resume = (): void => {
      if (signal.aborted) return gestures.abort()
      if (context.state !== 'running') return void context.resume().then(resume, () => undefined)
      gestures.abort()
      resolve()
    }
    context.addEventListener('statechange', resume, { signal })
    for (const name of GESTURES) page.addEventListener(name, resume, { capture: true, signal: gestures.signal })
    signal.addEventListener('abort', resume)
    resume()
  })
