import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import { logged, quietly } from '../base/wait'
import type { Link } from '../link/link'
import { TRACK_LIMITS } from '../link/track-map'
import { type Captured, type CaptureWish, captureOf, type ScreenCapture, type TrackSource } from '../media/capture'
import { note } from '../media/facts'
import { LocalTrack } from '../media/local-track'
import type { FrameTransform, TrackProcessor } from '../media/processor'
import type { RemoteTrack } from '../media/remote-track'
import type { PeerIdentity } from '../signaling/port'
import type { Controls } from './controls'
import { late } from './late'
import type { Lines } from './lines'

/** How a track is published. */
export interface PublishOptions {
  /** What the other side sees as its name. @defaultValue the source */
  readonly name?: string | undefined
  /** What it shows or plays. @defaultValue known for what `devices` captured, else `'custom'` */
  readonly source?: TrackSource
  /** Stops the track as soon as it is not needed here any more: replaced, unpublished, or the call is over. @defaultValue false: it stays yours */
  readonly stop?: boolean | undefined
  /** Like `process` of the published track, from the first picture on: nothing is sent before the processed one is there. @defaultValue none */
  readonly process?: TrackProcessor | FrameTransform | undefined
}

/** What a {@link LocalParticipant} tells. */
export interface LocalParticipantEvents {
  /** A track of ours is published, perhaps before it has media. */
  trackPublished: { readonly track: LocalTrack }
  /** A track of ours was taken away, also by the end of the call. */
  trackUnpublished: { readonly track: LocalTrack }
}

/** A published screen: its picture and, where the browser gave it, its sound. */
export interface PublishedScreen {
  readonly video: LocalTrack
  readonly audio?: LocalTrack | undefined
  /** Takes both away and ends the capture. */
  unpublish(): Promise<void>
}

/** How many calls publish a track: while one takes the place of another, two. */
const owners = new WeakMap<LocalTrack, number>()

/**
 * Our side of a call: what we publish.
 *
 * @example
 * ```ts
 * import { devices, type Call } from 'tsunagu'
 * const showRear = async (call: Call) => {
 *   const rear = await devices.camera({ facingMode: 'environment' })
 *   const shown = await call.local.publish(rear, { name: 'rear', stop: true })
 *   await shown.mute()
 * }
 * ```
 */
export class LocalParticipant extends Emitter<LocalParticipantEvents> {
  /** Each with the undo of listening to it. */
  readonly #tracks = new Map<LocalTrack, () => void>()
  readonly #context: { readonly runtime: Runtime; readonly logger: Logger }
  #link: Link | undefined
  #closed = false

  /** @internal */
  constructor(context: { readonly runtime: Runtime; readonly logger: Logger }) {
    super()
    this.#context = context
  }

  /** What is published now. */
  get tracks(): readonly LocalTrack[] {
    return [...this.#tracks.keys()]
  }

  /**
   * Publishes any track; resolves when it is on its way. The track stays yours, to use elsewhere and to stop, unless you say `stop`.
   * @throws {@link RtcError} `media/ended` for a track that has ended, `usage/closed` after the call's end, `usage/invalid-argument` for what is no track, `usage/invalid-state` for the 65th.
   */
  publish(media: MediaStreamTrack, options?: PublishOptions): Promise<LocalTrack>
  /** Publishes a captured screen, and its sound as a track of its own; stopped in the browser's own bar, both go. */
  publish(media: ScreenCapture, options?: PublishOptions): Promise<PublishedScreen>
  /**
   * Passes a received track on, from one call into another: it follows the track through mute and rebuilt connections and ends with it. Name and
   * source stay, unless the options say otherwise.
   */
  publish(media: RemoteTrack, options?: PublishOptions): Promise<LocalTrack>
  publish(
    media: MediaStreamTrack | ScreenCapture | RemoteTrack,
    options: PublishOptions = {},
  ): Promise<LocalTrack | PublishedScreen> {
    return logged('publish', this.#publishAny(media, options), this.#context.logger)
  }

  async #publishAny(
    media: MediaStreamTrack | ScreenCapture | RemoteTrack,
    options: PublishOptions,
  ): Promise<LocalTrack | PublishedScreen> {
    const { name, stop } = options
    // Types do not stop everybody.
    media = Object(media) as typeof media
    if ('mediaStreamTrack' in media) {
      const { passOn } = await late(import('../media/pass-on'))
      return passOn(media, (track) => this.#publish(track, { name: media.name, ...options, stop: true }), note)
    }
    if (!('video' in media)) return this.#publish(media, options)
    let video: LocalTrack | undefined
    let audio: LocalTrack | undefined
    const unpublish = async (): Promise<void> => {
      media.stop()
      await Promise.all([video?.unpublish(), audio?.unpublish()])
    }
    try {
      video = this.#publish(media.video, { source: 'screen', ...options })
      audio = media.audio && this.#publish(media.audio, { source: 'screen-audio', name: name && `${name} sound`, stop })
    } catch (error) {
      quietly(unpublish())
      throw error
    }
    video.once('unpublished', unpublish)
    return { video, audio, unpublish }
  }

  /** No more than the other side believes. @throws {@link RtcError} `usage/invalid-state` @internal */
  assertRoom(more = 1): void {
    if (this.#tracks.size + more > TRACK_LIMITS.tracks) throw new RtcError('usage/invalid-state', `A call has at most ${TRACK_LIMITS.tracks} tracks.`)
  }

  /** Announces what is going to be captured, so that it is negotiated while the person is still asked. @internal */
  announce({ audio, video }: CaptureWish): Announced {
    return {
      audio: audio ? this.#add('audio', sourceOf(audio) ?? 'microphone') : undefined,
      video: video ? this.#add('video', sourceOf(video) ?? 'camera') : undefined,
    }
  }

  /** Gives announced tracks their media. @internal */
  async fill(announced: Announced, captured: Captured): Promise<void> {
    const give = (kind: 'audio' | 'video'): Promise<void> | undefined => {
      const media = captured[kind]
      const track = announced[kind]
      return media && track?.adopt(media, captured.owned.includes(media))
    }
    await Promise.all([give('audio'), give('video')])
  }

  /** Sends what is published, now and later, over a link. @internal */
  attach(link: Link): void {
    this.#link = link
    for (const track of this.tracks) link.publish(track)
  }

  /** Publishes the tracks of another call too, which takes the place of it: whichever of the two ends last stops them. @internal */
  share(other: LocalParticipant): void {
    for (const track of other.tracks) this.#own(track)
    // Until one of the two is over.
    other.on('trackPublished', ({ track }) => this.#closed || this.#full || this.#own(track))
  }

  /** The call is over: what we captured is stopped, unless another call sends it too. @internal */
  close(): void {
    this.#closed = true
    for (const track of this.tracks) {
      const others = (owners.get(track) ?? 1) - 1
      owners.set(track, others)
      if (others) this.#forget(track)
      else track.close()
    }
  }

  #publish(track: MediaStreamTrack, { source, ...options }: PublishOptions): LocalTrack {
    // Types do not stop everybody, and a stream in place of its tracks is what people try first.
    if (!('readyState' in (Object(track) as object)))
      throw new RtcError('usage/invalid-argument', 'Publish a MediaStreamTrack: of a stream, each of getTracks().')
    const facts = captureOf(track)
    const from = source ?? facts?.source ?? 'custom'
    const group = facts?.source === from ? facts.group : undefined
    return this.#add(track.kind as LocalTrack['kind'], from, { ...options, track, group })
  }

  #add(
    kind: LocalTrack['kind'],
    source: TrackSource,
    { name = source, track, group, ...more }: Omit<PublishOptions, 'source'> & {
      readonly track?: MediaStreamTrack
      readonly group?: string | undefined
    } = {},
  ): LocalTrack {
    let local: LocalTrack | undefined
    try {
      if (this.#closed) throw new RtcError('usage/closed', 'The call is over.')
      const { runtime, logger } = this.#context
      const id = runtime.randomId()
      local = new LocalTrack({ id, name, kind, source, group: this.#groupOf(kind, source, id, group), track, logger, ...more })
      this.#own(local)
      return local
    } catch (error) {
      // Given to be stopped: also by a call that ended while the camera was asked for.
      local?.close()
      if (more.stop) track?.stop()
      throw error
    }
  }

  #own(track: LocalTrack): void {
    this.assertRoom()
    this.#link?.publish(track)
    owners.set(track, (owners.get(track) ?? 0) + 1)
    this.#tracks.set(track, track.once('unpublished', () => this.#forget(track)))
    this.emit('trackPublished', { track })
  }

  get #full(): boolean {
    return this.#tracks.size >= TRACK_LIMITS.tracks
  }

  #forget(track: LocalTrack): void {
    this.#tracks.get(track)?.()
    this.#tracks.delete(track)
    this.emit('trackUnpublished', { track })
  }

  /** Microphone and the first camera play in sync, the screen with its sound, a file's two; whatever else comes plays for itself. */
  #groupOf(
    kind: LocalTrack['kind'],
    source: TrackSource,
    id: string,
    group = source.startsWith('screen') ? 'screen' : source === 'custom' ? id : 'main',
  ): string {
    return this.tracks.some((track) => track.group === group && track.kind === kind) ? id : group
  }
}

/** What a track from `devices` is known to be, where the app passed one. */
const sourceOf = (wish: CaptureWish['audio'] | CaptureWish['video']): TrackSource | undefined =>
  captureOf(Object(wish) as MediaStreamTrack)?.source

interface Announced {
  readonly audio: LocalTrack | undefined
  readonly video: LocalTrack | undefined
}

/** The other side of a call: who it is and what it publishes. */
export class RemoteParticipant {
  readonly #lines: Lines
  readonly #controls: Controls

  /** @internal */
  constructor(lines: Lines, controls: Controls) {
    this.#lines = lines
    this.#controls = controls
  }

  /** As the server vouches for it; before an outgoing call is answered, the address that was called. */
  get id(): string {
    return this.#peer.id
  }

  /** A name to show; the id where there is none. */
  get name(): string {
    return this.#peer.name ?? this.id
  }

  /** What it publishes now. */
  get tracks(): readonly RemoteTrack[] {
    return [...(this.#lines.current.link?.remoteTracks.values() ?? [])]
  }

  /**
   * Asks the other side to mute one of its tracks; it hears `muteRequested` and decides. Resolves when signaling took the request.
   * @throws {@link RtcError} `usage/invalid-argument` for what is no track of this side, `usage/closed` after the call's end.
   */
  requestMute(track: RemoteTrack): Promise<void> {
    if (this.tracks.includes(track)) return this.#controls.requestMute(track.id)
    return quietly(Promise.reject(new RtcError('usage/invalid-argument', 'This is no track of the other side.')))
  }

  get #peer(): PeerIdentity {
    return this.#lines.current.dialog.peer
  }
}
