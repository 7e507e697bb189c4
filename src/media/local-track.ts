import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { Serial } from '../base/serial'
import { logged, quietly } from '../base/wait'
import { captureOf, type TrackSource } from './facts'

/** What a {@link LocalTrack} tells. */
export interface LocalTrackEvents {
  /** Nothing is sent now. */
  muted: { readonly track: LocalTrack }
  /** Media is sent again. */
  unmuted: { readonly track: LocalTrack }
  /** The media was replaced, captured anew, or is gone for now: released or ended. */
  mediaStreamTrackChanged: { readonly mediaStreamTrack: MediaStreamTrack | undefined }
  /** The media ended by itself: the device was unplugged, or the person stopped the capture in the browser. */
  ended: { readonly track: LocalTrack }
  /** The track is gone, for good. */
  unpublished: { readonly track: LocalTrack }
}

/** Where a local track is sent. @internal */
export interface Outlet {
  /** Sends what `sending` says now, and tells the other side of a change of `muted`. */
  update(): Promise<void>
  /** The track was unpublished. */
  remove(): Promise<void>
}

/** What a {@link LocalTrack} is made of. @internal */
export interface LocalTrackInit {
  readonly id: string
  /** At most 256 characters. */
  readonly name: string
  readonly kind: 'audio' | 'video'
  readonly source: TrackSource
  readonly group: string
  /** Left out, the track is muted until `replace` brings media. */
  readonly track?: MediaStreamTrack | undefined
  /** Whether `track` is ours to stop. */
  readonly stop?: boolean | undefined
  readonly logger?: Logger | undefined
}

const MAX_NAME_CHARS = 256

const every = (promises: readonly Promise<void>[]): Promise<void> => quietly(Promise.all(promises).then(() => undefined))

/**
 * A track that we publish: it keeps its id and name while its media is muted, replaced or captured anew.
 *
 * The last wish holds: `mute`, `unmute` and `replace` may be called at any time, without waiting for one another.
 *
 * @example
 * ```ts
 * import { devices, type LocalTrack } from 'tsunagu'
 * const swap = async (shown: LocalTrack) => {
 *   await shown.mute({ release: true })
 *   await shown.unmute()
 *   await shown.replace(await devices.camera({ facingMode: 'environment' }))
 * }
 * ```
 */
export class LocalTrack extends Emitter<LocalTrackEvents> {
  readonly id: string
  readonly name: string
  readonly kind: 'audio' | 'video'
  readonly source: TrackSource
  /** Tracks of one group play in sync on the other side. */
  readonly group: string

  readonly #logger: Logger
  readonly #outlets = new Set<Outlet>()
  readonly #devices = new Serial()
  readonly #abort = new AbortController()
  #media: MediaStreamTrack | undefined
  /** Ours to stop: captured by us, or given with `stop`. */
  #owned: MediaStreamTrack | undefined
  /** Media that is gone, and may be captured again. */
  #lost: MediaStreamTrack | undefined
  #wantMuted = false
  #wantReleased = false
  #saidMuted = true
  #closed = false
  #unlisten = (): void => undefined

  /** @internal */
  constructor({ id, name, kind, source, group, track, stop = false, logger = DEFAULT_LOGGER }: LocalTrackInit) {
    super()
    if (name.length > MAX_NAME_CHARS)
      throw new RtcError('usage/invalid-argument', `A name has at most ${MAX_NAME_CHARS} characters.`)
    this.id = id
    this.name = name
    this.kind = kind
    this.source = source
    this.group = group
    this.#logger = logger
    if (track) this.#supply(track, stop)
    this.#saidMuted = this.muted
  }

  /** Nothing is sent: muted, or no media yet, or no media any more. */
  get muted(): boolean {
    return this.#wantMuted || !this.#media
  }

  /** What is captured, also while muted; `undefined` before there is media, after it ended, and while the device is released. */
  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.#media
  }

  /** What senders send now. @internal */
  get sending(): MediaStreamTrack | null {
    return this.muted ? null : (this.#media ?? null)
  }

  /**
   * Sends nothing, from this moment on; resolves when the browser has stopped sending. With `release` the device is given
   * back too, so that the camera's light goes off.
   */
  mute({ release = false }: { readonly release?: boolean } = {}): Promise<void> {
    this.#wantMuted = true
    this.#wantReleased ||= release
    if (release && this.#media) {
      this.#media.stop()
      this.#drop()
    }
    return this.#changed()
  }

  /**
   * Sends again; a released or unplugged device is captured again first.
   * @throws {@link RtcError} `media/not-recapturable` where we do not know how; any `media/...` of the capture; `usage/closed`.
   */
  unmute(): Promise<void> {
    return logged('unmute', this.#unmute(), this.#logger)
  }

  /**
   * Sends other media from now on, under the same id and name; muted stays muted. With `stop` the new media is stopped
   * as soon as it is not needed here any more: replaced, unpublished, or the call is over.
   * @throws {@link RtcError} `media/ended`, `usage/invalid-argument` for a track of another kind, `usage/closed`.
   */
  replace(track: MediaStreamTrack, { stop = false }: { readonly stop?: boolean } = {}): Promise<void> {
    return logged('replace', this.#replace(track, stop), this.#logger)
  }

  /** Like `replace`, with media that was captured for this track and is stopped with it. @internal */
  adopt(track: MediaStreamTrack): Promise<void> {
    if (!this.#closed && !this.#wantReleased && !this.#media) return quietly(this.#replace(track, true))
    // Nobody wants it any more; released before it came, it can be captured again.
    track.stop()
    this.#lost = this.#media ? undefined : track
    return Promise.resolve()
  }

  async #unmute(): Promise<void> {
    this.#assertOpen()
    this.#wantMuted = this.#wantReleased = false
    const sent = this.#changed()
    await this.#devices.run(() => this.#recapture())
    await sent
  }

  async #replace(track: MediaStreamTrack, owned: boolean): Promise<void> {
    if (owned && (this.#closed || track.kind !== this.kind)) track.stop()
    this.#assertOpen()
    if (track.kind !== this.kind)
      throw new RtcError('usage/invalid-argument', `This track sends ${this.kind}, not ${track.kind}.`)
    this.#supply(track, owned)
    await this.#changed()
  }

  /** Takes the track away from everybody. Idempotent. */
  unpublish(): Promise<void> {
    const outlets = [...this.#outlets]
    this.close()
    return every(outlets.map((outlet) => outlet.remove()))
  }

  /** Ends the track where nobody has to be told. Media that the app gave stays the app's, unless it said `stop`. @internal */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#abort.abort(new RtcError('usage/closed', 'This track was unpublished.'))
    this.#unlisten()
    this.#owned?.stop()
    this.#outlets.clear()
    this.emit('unpublished', { track: this })
  }

  /** Sends the track in one more place; returns the undo. @internal */
  addOutlet(outlet: Outlet): () => void {
    if (!this.#closed) this.#outlets.add(outlet)
    return () => this.#outlets.delete(outlet)
  }

  #supply(track: MediaStreamTrack, owned: boolean): void {
    if (track.readyState === 'ended') throw new RtcError('media/ended', 'This track has ended.')
    this.#unlisten()
    // What we captured is nobody else's: replaced, it would keep its device busy for nothing.
    if (this.#owned !== track) this.#owned?.stop()
    this.#owned = owned || this.#owned === track ? track : undefined
    this.#lost = undefined
    this.#media = track
    this.#wantReleased = false
    const ended = (): void => this.#ended(track)
    track.addEventListener('ended', ended)
    this.#unlisten = () => track.removeEventListener('ended', ended)
    this.emit('mediaStreamTrackChanged', { mediaStreamTrack: track })
  }

  #drop(): void {
    this.#unlisten()
    this.#lost = this.#media ?? this.#lost
    this.#media = undefined
    this.emit('mediaStreamTrackChanged', { mediaStreamTrack: undefined })
  }

  #ended(track: MediaStreamTrack): void {
    if (track !== this.#media) return
    this.#drop()
    void this.#changed()
    this.emit('ended', { track: this })
    if (this.source.startsWith('screen')) void this.unpublish()
  }

  /** Captures again what is gone, unless that is no longer wished for when its turn comes. */
  async #recapture(): Promise<void> {
    // Stopped by the app, a track says nothing.
    if (this.#media?.readyState === 'ended') this.#drop()
    const lost = this.#lost
    if (!lost || this.#wantMuted || this.#closed) return
    const recapture = captureOf(lost)?.recapture
    if (!recapture)
      throw new RtcError('media/not-recapturable', 'Only a camera or microphone from devices can be captured again.')
    const fresh = await recapture({ signal: this.#abort.signal })
    // Closed, replaced or released once more while the person was asked: the device is not wanted.
    if (this.#closed || this.#lost !== lost || this.#wantReleased) return fresh.stop()
    this.#supply(fresh, true)
    await this.#changed()
  }

  /** Tells everybody what is sent now. */
  #changed(): Promise<void> {
    const { muted } = this
    if (muted !== this.#saidMuted) {
      this.#saidMuted = muted
      this.emit(muted ? 'muted' : 'unmuted', { track: this })
    }
    return every([...this.#outlets].map((outlet) => outlet.update()))
  }

  #assertOpen(): void {
    if (this.#closed) throw new RtcError('usage/closed', 'This track was unpublished.')
  }
}
