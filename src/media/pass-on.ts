import { createElement } from '../base/element'
import type { note } from './facts'
import type { LocalTrack } from './local-track'
import type { RemoteTrack } from './remote-track'

/**
 * Publishes a received track: what is sent follows it, rests while it is muted and ends with it. Clones are sent, which are ours to stop;
 * the received one goes on wherever it is played.
 */
export const passOn = (
  remote: RemoteTrack,
  publish: (media: MediaStreamTrack) => LocalTrack,
  /** Given, so that it needs no file of its own beside the core's. */
  hang: typeof note,
): LocalTrack => {
  const { source, group, kind } = remote
  // Chromium's sound of a connection flows only while an element has it (crbug.com/40094084).
  const element = kind === 'audio' ? createElement('audio') : undefined
  const take = (): MediaStreamTrack => {
    const { mediaStreamTrack } = remote
    if (element) {
      element.muted = true
      element.srcObject = new MediaStream([mediaStreamTrack])
    }
    // Beside our own microphone and camera, which it is not in sync with.
    return hang(mediaStreamTrack.clone(), { source, group: `of ${group}`.slice(0, 64), recapture: async () => take() })
  }
  const first = take()
  // Refused then, as any track that has ended.
  if (remote.ended) first.stop()
  const local = publish(first)
  const over = new AbortController()
  const { signal } = over
  const rest = (): void => void local.rest(remote.muted)
  rest()
  remote.on('muted', rest, { signal })
  remote.on('unmuted', rest, { signal })
  remote.on('mediaStreamTrackChanged', () => void local.give(take(), true), { signal })
  remote.on('ended', () => local.unpublish(), { signal })
  local.once('unpublished', () => {
    over.abort()
    if (element) element.srcObject = null
  })
  return local
}
