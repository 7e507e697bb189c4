import { RtcError } from '../base/errors'
import type { TrackProcessor } from '../media/processor'
import { audioGraph } from './audio-graph'

const checked = (gain: number): number => {
  if (!Number.isFinite(gain) || gain < 0) throw new RtcError('usage/invalid-argument', 'A volume is a number from 0 upwards.')
  return gain
}

/** A processor that makes a sound louder or softer, changed by its `value` as it runs. */
export interface Volume extends TrackProcessor {
  /**
   * 1 leaves the sound as it is, 0 is silence, 2 is twice the amplitude.
   * @throws {@link RtcError} `usage/invalid-argument` for what is no number, or below 0; the sound stays as it is then.
   */
  value: number
}

// Without a click, and before the next syllable.
const GLIDE_SECONDS = 0.02

/**
 * Makes a sound louder or softer before it is sent. Give it to `process` or to the `process` option of `publish`, of as many tracks as you like.
 *
 * @throws {@link RtcError} `usage/invalid-argument` for what is no number, or below 0.
 *
 * @example
 * ```ts
 * import type { Call } from 'tsunagu'
 * import { volume } from 'tsunagu/dom'
 * const fade = async (call: Call, slider: HTMLInputElement) => {
 *   const microphone = call.local.tracks.find(({ source }) => source === 'microphone')
 *   const loudness = volume(1)
 *   await microphone?.process(loudness)
 *   slider.oninput = () => (loudness.value = slider.valueAsNumber)
 * }
 * ```
 */
export const volume = (value = 1): Volume => {
  checked(value)
  const gains = new Set<GainNode>()
  const processor = audioGraph((context, input, { signal }) => {
    const gain = new GainNode(context, { gain: value })
    gains.add(gain)
    signal.addEventListener('abort', () => gains.delete(gain))
    return input.connect(gain)
  })
  return Object.defineProperty(processor as Volume, 'value', {
    get: () => value,
    set: (next: number) => {
      value = checked(next)
      for (const { gain, context } of gains) gain.setTargetAtTime(next, context.currentTime, GLIDE_SECONDS)
    },
  })
}
