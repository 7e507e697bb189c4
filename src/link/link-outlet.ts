import type { LocalTrack, Outlet } from '../media/local-track'
import type { RemoteTrackInfo } from '../media/remote-track'
import type { Peer } from '../peer/peer'
import type { Slot } from '../peer/slots'
import type { ControlMessage } from '../signaling/port'
import { infoOf } from './track-map'

/** What an outlet reports to. @internal */
export interface OutletOwner {
  tell(control: ControlMessage): void
  removed(): void
}

/** Sends one local track over one link, whichever connection that has now. */
export class LinkOutlet implements Outlet {
  readonly track: LocalTrack
  readonly #owner: OutletOwner
  readonly #unhook: () => void
  #slot: Slot | undefined
  /** What the other side heard last beside the descriptions; `undefined` where a description has spoken since. */
  #toldMuted: boolean | undefined

  constructor(track: LocalTrack, owner: OutletOwner) {
    this.track = track
    this.#owner = owner
    this.#toldMuted = track.muted
    this.#unhook = track.addOutlet(this)
  }

  /** Where the other side finds the track; `undefined` while that is not negotiated. */
  get mid(): string | undefined {
    return this.#slot?.transceiver.mid ?? undefined
  }

  /** What a description says of the track. */
  describe(): RemoteTrackInfo {
    this.#toldMuted = undefined
    return infoOf(this.track)
  }

  attach(peer: Peer, stream: MediaStream): void {
    const { kind, sending, muted } = this.track
    this.#toldMuted = muted
    this.#slot = peer.addTrack(sending, { kind, streams: [stream] })
  }

  async update(): Promise<void> {
    queueMicrotask(() => this.#tell())
    await this.#slot?.replace(this.track.sending)
  }

  /** A microtask later, so that many changes at once are told as the one that they come to. */
  #tell(): void {
    const { id, muted } = this.track
    if (!this.#slot || muted === this.#toldMuted) return
    this.#toldMuted = muted
    this.#owner.tell({ kind: 'muted', id, muted })
  }

  async remove(): Promise<void> {
    this.#owner.removed()
    await this.#slot?.release()
  }

  /** The link is over: the track does not know it any more. */
  detach(): void {
    this.#unhook()
  }
}
