import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { Serial } from '../base/serial'
import { logged, quietly } from '../base/wait'
import { type CameraOptions, captureOf, demands, type MicrophoneOptions, type TrackSource } from './capture'
import { assertProcessor, Processing } from './process'
import type { FrameTransform, TrackProcessor } from './processor'

/** What a {@link LocalTrack} tells. */
export interface LocalTrackEvents {
  /** Nothing is sent now. */
  muted: { readonly track: LocalTrack }
  /** Media is sent again. */
  unmuted: { readonly track: LocalTrack }
  /** What is sent was replaced, captured anew or processed in another way, or is gone for now: released or ended. */
  mediaStreamTrackChanged: { readonly mediaStreamTrack: MediaStreamTrack | undefined }
  /** The media ended by itself: the device was unplugged, or the person stopped the capture in the browser. */
  ended: { readonly track: LocalTrack }
  /** What processed the media broke: nothing is sent until `process` or `unmute` is called. */
  processFailed: { readonly track: LocalTrack; readonly error: RtcError }
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
  /** What the media goes through from the first picture on. */
  readonly process?: TrackProcessor | FrameTransform | null | undefined
  readonly logger?: Logger | undefined
}

const MAX_NAME_CHARS = 256

const assertLive = ({ readyState }: MediaStreamTrack): void => {
  if (readyState === 'ended') throw new RtcError('media/ended', 'This track has ended.')
}

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
  readonly #processing = new Processing((output, error) => this.#produced(output, error))
  #processor: TrackProcessor | FrameTransform | null
  /** What is captured. */
  #media: MediaStreamTrack | undefined
  /** What is sent of it. */
  #output: MediaStreamTrack | undefined
  /** What was asked of the device since it was captured. */
  #change: MediaTrackConstraints = {}
  /** Ours to stop: captured by us, or given with `stop`. */
  #owned: MediaStreamTrack | undefined
  /** Was ours to stop, and is until nothing that is made of it is sent any more. */
  readonly #replaced = new Set<MediaStreamTrack>()
  /** Media that is gone, and may be captured again. */
  #lost: MediaStreamTrack | undefined
  #wantMuted = false
  #wantReleased = false
  /** What we pass on rests where it comes from. */
  #resting = false
  #saidMuted = true
  #closed = false
  #unlisten = (): void => undefined

  /** @internal */
  constructor({ id, name, kind, source, group, track, stop = false, process = null, logger = DEFAULT_LOGGER }: LocalTrackInit) {
    super()
    if (name.length > MAX_NAME_CHARS)
      throw new RtcError('usage/invalid-argument', `A name has at most ${MAX_NAME_CHARS} characters.`)
    this.id = id
    this.name = name
    this.kind = kind
    this.source = source
    this.group = group
    this.#logger = logger
    this.#processor = assertProcessor(process)
    if (track) {
      assertLive(track)
      void this.give(track, stop)
    }
    this.#saidMuted = this.muted
  }

  /** Nothing is sent: muted, no media yet or no media any more, or the processing failed. */
  get muted(): boolean {
    return this.#wantMuted || this.#resting || !this.#output
  }

  /**
   * What others see or hear when the track is not muted: the captured media as `process` changed it. `undefined` before there is media, after it ended,
   * and while the device is released.
   */
  get mediaStreamTrack(): MediaStreamTrack | undefined {
    return this.#output
  }

  /** What the browser really does with the device now: which one it is, its size and rate, whether it cleans the sound. */
  get settings(): MediaTrackSettings {
    return this.#media?.getSettings() ?? {}
  }

  /** What senders send now. @internal */
  get sending(): MediaStreamTrack | null {
    return this.muted ? null : (this.#output ?? null)
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

  /**
   * Sends what the transform makes of the media from now on, whatever media comes; `null` sends the media itself again. Resolves when the result is
   * sent; what was sent before goes on until then. A transform that fails, or gives no live track of the same kind, leaves the track muted: unprocessed media is
   * never sent in its place.
   *
   * A stream serves one track at a time and only pictures everywhere: sounds go through a stream in Chromium alone, through a function in every browser.
   * @throws {@link RtcError} `media/process-failed`, `media/unsupported` where the browser cannot take the media apart, `usage/invalid-argument` for what is
   * neither (and what processed before goes on), `usage/closed`.
   *
   * @example
   * ```ts
   * import type { LocalTrack } from 'tsunagu'
   * import { volume } from 'tsunagu/dom'
   * const speakUp = async (microphone: LocalTrack) => {
   *   const louder = volume(1.5)
   *   await microphone.process(louder)
   *   louder.value = 2
   *   await microphone.process(null)
   * }
   * ```
   */
  process(transform: TrackProcessor | FrameTransform | null): Promise<void> {
    return logged('process', this.#process(transform), this.#logger)
  }

  /**
   * Changes how the device captures: noise suppression, echo cancellation, gain control, size, rate, or which device it is. Where the browser cannot change
   * it as it runs, the device is captured again; a track of yours that was captured so stays yours to stop. It holds until other media comes.
   * @throws {@link RtcError} `media/not-recapturable` where we do not know how, `media/overconstrained` where the device cannot, any other `media/...` of the
   * capture, `usage/invalid-argument` for settings of another kind of device, `usage/invalid-state` where there is no media yet, `usage/closed`.
   */
  configure(options: MicrophoneOptions & CameraOptions): Promise<void> {
    return logged('configure', this.#configure(options), this.#logger)
  }

  /** Takes the media that this track was announced for; `owned` was captured for it and is stopped with it. @internal */
  async adopt(track: MediaStreamTrack, owned: boolean): Promise<void> {
    if (!this.#closed && !this.#wantReleased && !this.#media) {
      if (track.readyState === 'live') return this.give(track, owned)
      // Meanwhile, while the person was asked for something else.
      this.#media = track
      return this.#ended(track)
    }
    // Nobody wants it any more; released before it came, it can be captured again.
    if (owned || this.#wantReleased) track.stop()
    this.#lost = this.#media ? undefined : track
  }

  /** Muted as long as the track that we pass on is. @internal */
  rest(resting: boolean): Promise<void> {
    this.#resting = resting
    return this.#changed()
  }

  /** Takes media that no method of the app brought: nobody but an event can say that its processing fails. @internal */
  give(track: MediaStreamTrack, owned: boolean): Promise<void> {
    return quietly(this.#replace(track, owned).catch((error: unknown) => this.#produced(undefined, error as RtcError)))
  }

  async #unmute(): Promise<void> {
    this.#assertOpen()
    this.#wantMuted = this.#wantReleased = false
    const sent = this.#changed()
    await this.#devices.run(() => this.#restore())
    await sent
  }

  async #replace(track: MediaStreamTrack, owned: boolean): Promise<void> {
    if (owned && (this.#closed || track.kind !== this.kind)) track.stop()
    this.#assertOpen()
    if (track.kind !== this.kind)
      throw new RtcError('usage/invalid-argument', `This track sends ${this.kind}, not ${track.kind}.`)
    await this.#supply(track, owned)
  }

  async #process(transform: TrackProcessor | FrameTransform | null): Promise<void> {
    this.#assertOpen()
    this.#processor = assertProcessor(transform)
    await this.#produce()
  }

  async #configure(options: MicrophoneOptions & CameraOptions): Promise<void> {
    this.#assertOpen()
    await this.#devices.run(async () => {
      const media = this.#media
      const known = media ?? this.#lost
      if (!known) throw new RtcError('usage/invalid-state', 'There is no media yet.')
      const change = { ...this.#change, ...demands(options, this.kind) }
      try {
        // What is not said again is forgotten (Media Capture and Streams, 5.2).
        await media?.applyConstraints({ ...media.getConstraints(), ...change })
        // Other media that came meanwhile was asked for nothing.
        if (this.#media === media) this.#change = change
      } catch (cause) {
        // Chromium changes no microphone that runs, and no browser changes which device it is.
        await this.#capture(known, change, cause)
      }
    })
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
    this.#processing.stop()
    this.#outlets.clear()
    this.emit('unpublished', { track: this })
  }

  /** Sends the track in one more place; returns the undo. @internal */
  addOutlet(outlet: Outlet): () => void {
    if (!this.#closed) this.#outlets.add(outlet)
    return () => this.#outlets.delete(outlet)
  }

  async #supply(track: MediaStreamTrack, owned: boolean): Promise<void> {
    assertLive(track)
    this.#unlisten()
    if (this.#owned) this.#replaced.add(this.#owned)
    this.#owned = this.#replaced.delete(track) || owned ? track : undefined
    this.#lost = undefined
    this.#change = {}
    this.#media = track
    this.#wantReleased = false
    const ended = (): void => this.#ended(track)
    track.addEventListener('ended', ended)
    this.#unlisten = () => track.removeEventListener('ended', ended)
    await this.#produce()
  }

  /** Sends what is to become of the media: at once where nothing has to be made of it. */
  #produce(): Promise<void> {
    const media = this.#media
    const made = media && this.#processing.run(media, this.#processor)
    return made && this.#processor ? made.finally(() => this.#changed()) : this.#changed()
  }

  #produced(output: MediaStreamTrack | undefined, error?: RtcError): void {
    // What we captured is nobody else's: it would keep its device busy for nothing. Senders get the next one first.
    const replaced = [...this.#replaced]
    this.#replaced.clear()
    queueMicrotask(() => replaced.forEach((track) => track.stop()))
    if (this.#closed) return
    if (output !== this.#output) {
      this.#output = output
      this.emit('mediaStreamTrackChanged', { mediaStreamTrack: output })
    }
    if (!error) return
    void this.#changed()
    this.#logger.warn(error.message, { code: error.code })
    this.emit('processFailed', { track: this, error })
  }

  #drop(): void {
    this.#unlisten()
    this.#lost = this.#media ?? this.#lost
    this.#media = undefined
    this.#processing.stop()
  }

  #ended(track: MediaStreamTrack): void {
    if (track !== this.#media) return
    this.#drop()
    void this.#changed()
    this.emit('ended', { track: this })
    if (this.source.startsWith('screen')) void this.unpublish()
  }

  /** Captures again what is gone, and processes again what failed, unless that is no longer wished for when its turn comes. */
  async #restore(): Promise<void> {
    // Stopped by the app, a track says nothing.
    if (this.#media?.readyState === 'ended') this.#drop()
    if (this.#wantMuted || this.#closed) return
    if (this.#lost) await this.#capture(this.#lost, this.#change)
    else if (this.#processing.idle) await this.#produce()
  }

  /** Captures again what was captured before. */
  async #capture(known: MediaStreamTrack, change: MediaTrackConstraints, cause?: unknown): Promise<void> {
    const recapture = captureOf(known)?.recapture
    if (!recapture)
      throw new RtcError('media/not-recapturable', 'Only a camera or microphone from devices can be captured again.', { cause })
    const fresh = await recapture({ signal: this.#abort.signal, change })
    // Closed, replaced or released once more while the person was asked: the device is not wanted.
    if (this.#closed || this.#wantReleased || (this.#media ?? this.#lost) !== known) return fresh.stop()
    await this.#supply(fresh, true)
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
