import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import { quietly } from '../base/wait'
import type { TrackSource } from './facts'

/** What a {@link RemoteTrack} tells. */
export interface RemoteTrackEvents {
  /** The other side sends nothing now. */
  muted: { readonly track: RemoteTrack }
  unmuted: { readonly track: RemoteTrack }
  /** The media comes as another object now, because the connection was rebuilt or rearranged. */
  mediaStreamTrackChanged: { readonly mediaStreamTrack: MediaStreamTrack }
  /** The other side took the track away, or left. */
  ended: { readonly track: RemoteTrack }
}

/** How the other side describes a track. */
export interface RemoteTrackInfo {
  readonly id: string
  readonly name: string
  readonly kind: 'audio' | 'video'
  readonly source: TrackSource
  readonly group: string
  readonly muted: boolean
}

/**
 * A track that the other side publishes; the same object, with the same id, for as long as it is published.
 *
 * @example
 * ```ts
 * import type { RemoteTrack } from 'tsunagu'
 * const watch = (track: RemoteTrack, video: HTMLVideoElement) => {
 *   track.on('muted', () => (video.hidden = true))
 *   track.on('unmuted', () => (video.hidden = false))
 * }
 * ```
 */
export class RemoteTrack extends Emitter<RemoteTrackEvents> {
  readonly id: string
  /** As the other side calls it: text to show, not to trust. */
  readonly name: string
  readonly kind: 'audio' | 'video'
  readonly source: TrackSource
  /** Tracks of one group play in sync. */
  readonly group: string
  readonly #want: (track: RemoteTrack) => Promise<void>
  #mediaStreamTrack: MediaStreamTrack
  #muted: boolean
  #paused = false
  #ended = false

  /** `want` asks the other side to do as `paused` says. @internal */
  constructor(
    { id, name, kind, source, group, muted }: RemoteTrackInfo,
    mediaStreamTrack: MediaStreamTrack,
    want: (track: RemoteTrack) => Promise<void> = async () => undefined,
  ) {
    super()
    this.#want = want
    this.id = id
    this.name = name
    this.kind = kind
    this.source = source
    this.group = group
    this.#muted = muted
    this.#mediaStreamTrack = mediaStreamTrack
  }

  /** The other side sends nothing: show an avatar, not a frozen picture. */
  get muted(): boolean {
    return this.#muted
  }

  /** We asked the other side not to send it to us; `muted` is its own business. */
  get paused(): boolean {
    return this.#paused
  }

  /** It comes no more: the other side took it away, or the call is over. */
  get ended(): boolean {
    return this.#ended
  }

  get mediaStreamTrack(): MediaStreamTrack {
    return this.#mediaStreamTrack
  }

  /**
   * Asks the other side to send this track to us no more, so that its packets stop; whoever else gets it notices nothing.
   * Resolves when signaling took the request.
   * @throws {@link RtcError} `usage/closed` for a track that has ended.
   */
  pause(): Promise<void> {
    return this.#pause(true)
  }

  /**
   * Asks for the track again after {@link RemoteTrack.pause}.
   * @throws {@link RtcError} `usage/closed` for a track that has ended.
   */
  resume(): Promise<void> {
    return this.#pause(false)
  }

  #pause(paused: boolean): Promise<void> {
    if (this.#ended) return quietly(Promise.reject(new RtcError('usage/closed', 'This track has ended.')))
    if (paused === this.#paused) return Promise.resolve()
    this.#paused = paused
    return this.#want(this)
  }

  /** Tells whether this changed anything. @internal */
  setMuted(muted: boolean): boolean {
    if (muted === this.#muted || this.#ended) return false
    this.#muted = muted
    this.emit(muted ? 'muted' : 'unmuted', { track: this })
    return true
  }

  /** @internal */
  setMedia(mediaStreamTrack: MediaStreamTrack): void {
    if (mediaStreamTrack === this.#mediaStreamTrack) return
    this.#mediaStreamTrack = mediaStreamTrack
    this.emit('mediaStreamTrackChanged', { mediaStreamTrack })
  }

  /** @internal */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.emit('ended', { track: this })
  }
}
