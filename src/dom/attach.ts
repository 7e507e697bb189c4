import { RtcError } from '../base/errors'
import { captureOf } from '../media/facts'
import { playback } from './playback'

/** What a track of either side has, as far as playing it goes. */
export interface Followed<Name extends string> {
  readonly kind: string
  /** What there is to play now. */
  readonly mediaStreamTrack: MediaStreamTrack | undefined
  on(name: Name, listener: () => void, options?: { readonly signal?: AbortSignal }): () => void
}

/** A track that we publish, as far as playing it goes: `LocalTrack` of tsunagu is one. */
export interface PublishedMedia extends Followed<'mediaStreamTrackChanged' | 'unpublished'> {
  unpublish(): Promise<void>
}

/** A track that the other side publishes, as far as playing it goes: `RemoteTrack` of tsunagu is one. */
export type ReceivedMedia = Followed<'mediaStreamTrackChanged' | 'ended'>

/** How a track is played. */
export interface AttachOptions {
  /** Mutes the element as long as the track is attached, so that nobody hears themselves. @defaultValue true for our own tracks */
  readonly muted?: boolean
}

interface Source {
  readonly media: () => MediaStreamTrack | undefined
  readonly muted: boolean
  readonly detach: () => void
}

interface Shown {
  readonly stream: MediaStream
  /** Under `video` the one picture that an element can show; under itself each sound. */
  readonly sources: Map<unknown, Source>
  /** It was us who muted the element. */
  hushed: boolean
}

const SHOWN = /* @__PURE__ */ new WeakMap<HTMLMediaElement, Shown>()

/**
 * Plays a track in an element and follows it: whenever the track's media is replaced, the element shows the new one.
 * Attach sound and picture of one person to the same element, so that they stay in sync; another picture takes the place of the one before.
 *
 * Returns the undo, which may be called at any time and twice; a track that ends or is unpublished undoes it by itself.
 * Where the browser refuses to play, `playback` says so and the element starts at the person's first click.
 *
 * @throws {@link RtcError} `usage/invalid-argument` for what is no track, a stream for one, or no element.
 * @example
 * ```ts
 * import type { Call } from 'tsunagu'
 * import { attach } from 'tsunagu/dom'
 * const show = (call: Call, video: HTMLVideoElement) => call.on('trackAdded', ({ track }) => attach(track, video))
 * ```
 */
export const attach = (
  track: PublishedMedia | ReceivedMedia | MediaStreamTrack,
  element: HTMLMediaElement,
  options: AttachOptions = {},
): (() => void) => {
  // Of what a person wrote without types: a query that found nothing, a stream in place of its tracks.
  if (!track?.kind || !element?.setAttribute)
    throw new RtcError('usage/invalid-argument', 'attach needs a track of a call and an element that exists.')
  const shown: Shown = SHOWN.get(element) ?? { stream: new MediaStream(), sources: new Map(), hushed: false }
  SHOWN.set(element, shown)
  const { sources } = shown
  const key = track.kind === 'video' ? 'video' : track
  const ended = new AbortController()
  const { signal } = ended
  const detach = (): void => {
    ended.abort()
    if (sources.get(key) !== source) return
    sources.delete(key)
    show(element, shown)
  }
  const change = (): void => show(element, shown)
  const raw = 'readyState' in track
  const own = raw ? captureOf(track) !== undefined : 'unpublish' in track
  if (raw) track.addEventListener('ended', detach, { signal })
  else {
    track.on('mediaStreamTrackChanged', change, { signal })
    if ('unpublish' in track) track.on('unpublished', detach, { signal })
    else track.on('ended', detach, { signal })
  }
  const source: Source = {
    media: () => ('readyState' in track ? track : track.mediaStreamTrack),
    muted: options.muted ?? own,
    detach,
  }
  const before = sources.get(key)
  sources.set(key, source)
  before?.detach()
  // Without it iOS opens a video in full screen (WebKit, "New video policies for iOS").
  element.setAttribute('playsinline', '')
  show(element, shown, true)
  return detach
}

/** Brings an element in line with what is attached to it. */
const show = (element: HTMLMediaElement, shown: Shown, fresh = false): void => {
  const { stream, sources } = shown
  // Paused although there is something to play: whoever did that wants it to stay so.
  const resting = !fresh && element.paused && stream.active
  // Firefox starts an element with this attribute whenever its stream comes to life, and only such an element.
  element.autoplay = !resting
  const wanted: MediaStreamTrack[] = []
  let hush = false
  for (const { media, muted } of sources.values()) {
    const track = media()
    if (track?.readyState === 'live') wanted.push(track)
    hush ||= muted
  }
  // First the old goes: Firefox does not look at a second picture that comes while the first is there.
  for (const track of stream.getTracks()) if (!wanted.includes(track)) stream.removeTrack(track)
  for (const track of wanted) stream.addTrack(track)
  // Only what we muted is unmuted: the person may have muted the element too.
  if (hush && !element.muted) element.muted = shown.hushed = true
  else if (!hush && shown.hushed) element.muted = shown.hushed = false
  if (!sources.size) {
    if (element.srcObject === stream) element.srcObject = null
    playback.forget(element)
    return
  }
  if (element.srcObject !== stream) element.srcObject = stream
  if (!resting) void playback.start(element)
}
