import type { LocalTrack, Outlet } from '../media/local-track'
import type { RemoteTrackInfo } from '../media/remote-track'
import type { Peer } from '../peer/peer'
import type { Slot } from '../peer/slots'
import type { ControlMessage } from '../signaling/port'
import { infoOf } from './track-map'

/** What the outlets of a link report to. @internal */
export interface OutletOwner {
  /** The whole link is held: nothing is sent. */
  readonly held: boolean
  tell(control: ControlMessage): void
  removed(track: LocalTrack): void
}

/** Sends one local track over one link, whichever connection that has now. */
export class LinkOutlet implements Outlet {
  readonly track: LocalTrack
  readonly #owner: OutletOwner
  readonly #unhook: () => void
  #slot: Slot | undefined
  /** The other side does not want it now. */
  #paused = false
  /** What the other side heard last beside the descriptions; `undefined` where a description has spoken since. */
  #toldMuted: boolean | undefined

  constructor(track: LocalTrack, owner: OutletOwner) {
    this.track = track
    this.#owner = owner
    this.#toldMuted = this.#muted
    this.#unhook = track.addOutlet(this)
  }

  /** Where the other side finds the track; `undefined` while that is not negotiated. */
  get mid(): string | undefined {
    return this.#slot?.transceiver.mid ?? undefined
  }

  /** What a description says of the track. */
  describe(): RemoteTrackInfo {
    this.#toldMuted = undefined
    return infoOf(this.track, this.#muted)
  }

  /** The other side says again what it does not want on the next connection, perhaps before there is one. */
  forget(): void {
    this.#paused = false
  }

  /** Goes over a connection, which is new. */
  attach(peer: Peer, stream: MediaStream): void {
    const { kind } = this.track
    this.#toldMuted = this.#muted
    this.#slot = peer.addTrack(this.#sending, { kind, streams: [stream] })
  }

  /** The other side wants the track, or does not. */
  pause(paused: boolean): Promise<void> {
    this.#paused = paused
    return this.update()
  }

  async update(): Promise<void> {
    queueMicrotask(() => this.#tell())
    await this.#slot?.replace(this.#sending)
  }

  get #muted(): boolean {
    return this.track.muted || this.#owner.held
  }

  get #sending(): MediaStreamTrack | null {
    return this.#owner.held || this.#paused ? null : this.track.sending
  }

  /** A microtask later, so that many changes at once are told as the one that they come to. */
  #tell(): void {
    const muted = this.#muted
    if (!this.#slot || muted === this.#toldMuted) return
    this.#toldMuted = muted
    this.#owner.tell({ kind: 'muted', id: this.track.id, muted })
  }

  async remove(): Promise<void> {
    this.#owner.removed(this.track)
    await this.#slot?.release()
  }

  /** The link is over: the track does not know it any more. */
  detach(): void {
    this.#unhook()
  }
}
