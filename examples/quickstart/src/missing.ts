import { devices, isRtcError } from 'tsunagu'
import type { Wish } from './remedies'
import type { CallKind } from './views/lobby'

/** What of a call's devices is to blame. */
export type Missing = Extract<Wish, 'camera' | 'microphone' | 'camera and microphone'>

/**
 * Finds out which device a call failed for. Both are asked for at once, and browsers do not say which of the two they
 * meant: the one that is not allowed, or not there, while the other is.
 */
export const missingFor = async (error: unknown, kind: CallKind): Promise<Missing> => {
  if (kind === 'voice') return 'microphone'
  if (isRtcError(error) && error.code === 'media/permission-denied') {
    const [camera, microphone] = await Promise.all([devices.permission('camera'), devices.permission('microphone')])
    const denied = only(camera === 'denied', microphone === 'denied')
    // Nothing is denied for good where the person only closed the question.
    return denied ?? only(camera !== 'granted', microphone !== 'granted') ?? 'camera and microphone'
  }
  if (isRtcError(error) && error.code === 'media/not-found') {
    const kinds = (await devices.list().catch(() => [])).map((device) => device.kind)
    return only(!kinds.includes('camera'), !kinds.includes('microphone')) ?? 'camera and microphone'
  }
  // Cameras serve one program at a time on many machines; microphones serve all.
  return 'camera'
}

const only = (camera: boolean, microphone: boolean): Missing | undefined =>
  camera === microphone ? undefined : camera ? 'camera' : 'microphone'
