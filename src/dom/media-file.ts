import { RtcError } from '../base/errors'
import { createElement } from '../base/element'
import { note } from '../media/facts'

/** A film or a piece of music that plays into tracks. */
export interface MediaFile {
  /** Its sound, where it has any. */
  readonly audio: MediaStreamTrack | undefined
  /** Its picture, where it has any. */
  readonly video: MediaStreamTrack | undefined
  /** What plays it: `pause()`, `currentTime`, `loop` and the like do as ever; `muted` is for this page alone, and set. */
  readonly element: HTMLVideoElement
  /** Ends the tracks and lets the file go. */
  stop(): void
}

/** Firefox's name of the same, before it had the standard's. */
interface Capturing extends HTMLVideoElement {
  captureStream?(): MediaStream
  mozCaptureStream?(): MediaStream
}

let files = 0

/**
 * Plays a media file (a `Blob` or a url) into tracks that can be published; resolves when it plays. The tracks end with the file, unless `element.loop` is set. Sound and picture of one file play in sync on the other side. The server of a url on another origin has to allow it (CORS).
 *
 * @throws {@link RtcError} `media/unsupported` in a browser that cannot capture an element (Safari), `media/failed` for what cannot be loaded or decoded,
 * `media/playback-blocked` where the page may not play yet; the signal's reason when that aborts first.
 *
 * @example
 * ```ts
 * import type { Call } from 'tsunagu'
 * import { mediaFile } from 'tsunagu/dom'
 * const showFilm = async (call: Call, picked: File) => {
 *   const film = await mediaFile(picked)
 *   for (const track of [film.video, film.audio]) if (track) await call.local.publish(track, { name: picked.name, stop: true })
 *   call.on('stateChanged', ({ to }) => to === 'ended' && film.stop())
 * }
 * ```
 */
export const mediaFile = async (
  file: Blob | string | URL,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<MediaFile> => {
  signal?.throwIfAborted()
  const element = createElement('video') as Capturing
  const capture = element.captureStream ?? element.mozCaptureStream
  if (!capture)
    throw new RtcError('media/unsupported', 'This browser cannot send a media file: HTMLMediaElement has no captureStream.')
  const url = file instanceof Blob ? URL.createObjectURL(file) : String(file)
  const tracks: MediaStreamTrack[] = []
  const stop = (): void => {
    for (const track of tracks) track.stop()
    element.removeAttribute('src')
    // Lets go of what was loaded (HTML, 4.8.11.14).
    element.load()
    if (file instanceof Blob) URL.revokeObjectURL(url)
  }
  element.setAttribute('playsinline', '')
  element.muted = true
  element.crossOrigin = 'anonymous'
  element.src = url
  signal?.addEventListener('abort', stop)
  try {
    await element.play()
    const stream = capture.call(element)
    tracks.push(...stream.getTracks())
  } catch (cause) {
    stop()
    if (signal?.aborted) throw signal.reason
    const { name, message } = cause as Error
    const code = name === 'NotAllowedError' ? 'media/playback-blocked' : 'media/failed'
    throw new RtcError(code, `The file does not play: ${message}`, { cause })
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  const group = `file ${++files}`
  for (const track of tracks) note(track, { source: 'custom', group })
  const find = (kind: string): MediaStreamTrack | undefined => tracks.find((track) => track.kind === kind)
  return { audio: find('audio'), video: find('video'), element, stop }
}
