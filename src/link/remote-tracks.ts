import { RemoteTrack, type RemoteTrackInfo } from '../media/remote-track'

/** What happens to the tracks of the other side. */
export interface RemoteTracksEvents {
  trackAdded: { readonly track: RemoteTrack }
  trackRemoved: { readonly track: RemoteTrack }
  trackMuted: { readonly track: RemoteTrack }
  trackUnmuted: { readonly track: RemoteTrack }
}

type Tell = (event: keyof RemoteTracksEvents, payload: { readonly track: RemoteTrack }) => void

/** Asks the other side to send a track, or not to. */
type Want = (track: RemoteTrack) => Promise<void>

/** The tracks of the other side: keeps each the same object by its id, whatever happens to mids and connections below. */
export class RemoteTracks {
  readonly tracks = new Map<string, RemoteTrack>()
  readonly #tell: Tell
  readonly #want: Want

  constructor(tell: Tell, want: Want) {
    this.#tell = tell
    this.#want = want
  }

  /** The other side goes on over another connection: it is told again what we do not want. */
  moved(): void {
    for (const track of this.tracks.values()) if (track.paused) void this.#want(track)
  }

  /** Takes a description's map as the whole truth. Events come when all of it is true. */
  apply(infos: ReadonlyMap<string, RemoteTrackInfo>, mediaOf: (mid: string) => MediaStreamTrack | undefined): void {
    const gone = new Map(this.tracks)
    const added: RemoteTrack[] = []
    const events: (() => void)[] = []
    for (const [mid, info] of infos) {
      const media = mediaOf(mid)
      if (media?.kind !== info.kind) continue
      const known = this.tracks.get(info.id)
      if (known?.kind === info.kind) {
        gone.delete(info.id)
        events.push(() => {
          known.setMedia(media)
          this.#mute(known, info.muted)
        })
      } else added.push(new RemoteTrack(info, media, this.#want))
    }
    for (const id of gone.keys()) this.tracks.delete(id)
    for (const track of added) this.tracks.set(track.id, track)
    for (const track of gone.values()) {
      track.end()
      this.#tell('trackRemoved', { track })
    }
    for (const track of added) this.#tell('trackAdded', { track })
    for (const event of events) event()
  }

  /** Between two descriptions. An id that is not known was in an offer that we ignored; the next one says it again. */
  mute(id: string, muted: boolean): void {
    const track = this.tracks.get(id)
    if (track) this.#mute(track, muted)
  }

  /** The link is over: every track ends. */
  close(): void {
    this.apply(new Map(), () => undefined)
  }

  #mute(track: RemoteTrack, muted: boolean): void {
    if (track.setMuted(muted)) this.#tell(muted ? 'trackMuted' : 'trackUnmuted', { track })
  }
}
