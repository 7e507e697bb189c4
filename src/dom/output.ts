import { RtcError, type RtcErrorCode } from '../base/errors'

const FAILURES: Readonly<Record<string, RtcErrorCode>> = {
  NotFoundError: 'media/not-found',
  NotAllowedError: 'media/permission-denied',
}

/**
 * Plays an element's sound on a speaker from `devices.list('speaker')`; the empty id is the system's default.
 * It stays so for the element, whatever is attached to it.
 *
 * @throws {@link RtcError} `media/not-found`, `media/permission-denied`, `media/unsupported` in a browser without output devices, `media/failed`.
 *
 * @example
 * ```ts
 * import { devices } from 'tsunagu'
 * import { setOutput } from 'tsunagu/dom'
 * const useLast = async (element: HTMLMediaElement) => {
 *   const speaker = (await devices.list('speaker')).at(-1)
 *   if (speaker) await setOutput(element, speaker.id)
 * }
 * ```
 */
export const setOutput = async (element: HTMLMediaElement, deviceId: string): Promise<void> => {
  if (!('setSinkId' in element))
    throw new RtcError('media/unsupported', 'This browser cannot choose a speaker: HTMLMediaElement has no setSinkId.')
  try {
    await element.setSinkId(deviceId)
  } catch (cause) {
    const { name, message } = cause as Error
    throw new RtcError(FAILURES[name] ?? 'media/failed', `No speaker: ${message}`, { cause })
  }
}
