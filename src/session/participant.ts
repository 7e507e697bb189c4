import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import { logged } from '../base/wait'
import type { Link } from '../link/link'
import { type Captured, type CaptureWish, captureOf, type ScreenCapture, type TrackSource } from '../media/capture'
import { LocalTrack } from '../media/local-track'
import type { RemoteTrack } from '../media/remote-track'
import type { PeerIdentity } from '../signaling/port'

/** How a track is published. */
export interface PublishOptions {
  /** What the other side sees as its name. @defaultValue the source */
  readonly name?: string | undefined
  /** What it shows or plays. @defaultValue known for what `devices` captured, else `'custom'` */
  readonly source?: TrackSource
  /** Stops the track as soon as it is not needed here any more: replaced, unpublished, or the call is over. @defaultValue false: it stays yours */
  readonly stop?: boolean | undefined
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
  readonly #tracks = new Set<LocalTrack>()
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
    return [...this.#tracks]
  }

  /**
   * Publishes any track; resolves when it is on its way. The track stays yours, to use elsewhere and to stop, unless you say `stop`.
   * @throws {@link RtcError} `media/ended` for a track that has ended, `usage/closed` after the call's end, `usage/invalid-argument` for what is no track.
   */
  publish(media: MediaStreamTrack, options?: PublishOptions): Promise<LocalTrack>
  /** Publishes a captured screen, and its sound as a track of its own; stopped in the browser's own bar, both go. */
  publish(media: ScreenCapture, options?: PublishOptions): Promise<PublishedScreen>
  publish(media: MediaStreamTrack | ScreenCapture, options: PublishOptions = {}): Promise<LocalTrack | PublishedScreen> {
    return logged('publish', this.#publishAny(media, options), this.#context.logger)
  }

  async #publishAny(media: MediaStreamTrack | ScreenCapture, options: PublishOptions): Promise<LocalTrack | PublishedScreen> {
    const { name, stop } = options
    if (!('video' in media)) return this.#publish(media, options)
    const video = this.#publish(media.video, { source: 'screen', ...options })
    const sound = { source: 'screen-audio', name: name && `${name} sound`, stop } as const
    const audio = media.audio && this.#publish(media.audio, sound)
    const unpublish = async (): Promise<void> => {
      media.stop()
      await Promise.all([video.unpublish(), audio?.unpublish()])
    }
    video.once('unpublished', unpublish)
    return { video, audio, unpublish }
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
      return media && (captured.owned.includes(media) ? track?.adopt(media) : track?.replace(media))
    }
    await Promise.all([give('audio'), give('video')])
  }

  /** Sends what is published, now and later, over a link. @internal */
  attach(link: Link): void {
    this.#link = link
    for (const track of this.#tracks) link.publish(track)
  }

  /** The call is over: what we captured is stopped. @internal */
  close(): void {
    this.#closed = true
    for (const track of this.tracks) track.close()
  }

  #publish(track: MediaStreamTrack, { source, ...options }: PublishOptions): LocalTrack {
    // Types do not stop everybody, and a stream in place of its tracks is what people try first.
    if (!('readyState' in track))
      throw new RtcError('usage/invalid-argument', 'Only a MediaStreamTrack can be published: of a stream, each of getTracks().')
    return this.#add(track.kind as LocalTrack['kind'], source ?? captureOf(track)?.source ?? 'custom', { ...options, track })
  }

  #add(
    kind: LocalTrack['kind'],
    source: TrackSource,
    { name = source, track, stop }: Omit<PublishOptions, 'source'> & { readonly track?: MediaStreamTrack } = {},
  ): LocalTrack {
    if (this.#closed) {
      // Given to be stopped by a call that ended while the camera was asked for.
      if (stop) track?.stop()
      throw new RtcError('usage/closed', 'The call is over.')
    }
    const { runtime, logger } = this.#context
    const id = runtime.randomId()
    const local = new LocalTrack({ id, name, kind, source, group: this.#groupOf(kind, source, id), track, stop, logger })
    // First, for it may refuse one too many.
    this.#link?.publish(local)
    this.#tracks.add(local)
    local.once('unpublished', () => {
      this.#tracks.delete(local)
      this.emit('trackUnpublished', { track: local })
    })
    this.emit('trackPublished', { track: local })
    return local
  }

  /** Microphone and the first camera play in sync, the screen with its sound; whatever else comes plays for itself. */
  #groupOf(kind: LocalTrack['kind'], source: TrackSource, id: string): string {
    const group = source.startsWith('screen') ? 'screen' : source === 'custom' ? id : 'main'
    return this.tracks.some((track) => track.group === group && track.kind === kind) ? id : group
  }
}

/** What a track from `devices` is known to be, where the app passed one. */
const sourceOf = (wish: CaptureWish['audio'] | CaptureWish['video']): TrackSource | undefined =>
  typeof wish === 'object' && 'readyState' in wish ? captureOf(wish)?.source : undefined

interface Announced {
  readonly audio: LocalTrack | undefined
  readonly video: LocalTrack | undefined
}

/** The other side of a call: who it is and what it publishes. */
export class RemoteParticipant {
  readonly #who: { readonly peer: PeerIdentity }
  readonly #link: () => Link | undefined

  /** @internal */
  constructor(who: { readonly peer: PeerIdentity }, link: () => Link | undefined) {
    this.#who = who
    this.#link = link
  }

  /** As the server vouches for it; before an outgoing call is answered, the address that was called. */
  get id(): string {
    return this.#who.peer.id
  }

  /** A name to show; the id where there is none. */
  get name(): string {
    return this.#who.peer.name ?? this.id
  }

  /** What it publishes now. */
  get tracks(): readonly RemoteTrack[] {
    return [...(this.#link()?.remoteTracks.values() ?? [])]
  }
}
