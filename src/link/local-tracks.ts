import type { Runtime } from '../base/runtime'
import { quietly } from '../base/wait'
import type { LocalTrack } from '../media/local-track'
import type { RemoteTrackInfo } from '../media/remote-track'
import type { Peer } from '../peer/peer'
import type { ControlMessage } from '../signaling/port'
import { LinkOutlet, type OutletOwner } from './link-outlet'

/** What we send over one link, whichever connection that has now. */
export class LocalTracks implements OutletOwner {
  readonly #outlets = new Map<LocalTrack, LinkOutlet>()
  readonly #groups = new Map<string, MediaStream>()
  readonly #createMediaStream: Runtime['createMediaStream']
  readonly tell: (control: ControlMessage) => void
  held = false
  /** The connection that our tracks go over. */
  #peer: Peer | undefined

  constructor(tell: (control: ControlMessage) => void, createMediaStream: Runtime['createMediaStream']) {
    this.tell = tell
    this.#createMediaStream = createMediaStream
  }

  /** Sends a track until it is unpublished. */
  add(track: LocalTrack): void {
    if (this.#outlets.has(track)) return
    const outlet = new LinkOutlet(track, this)
    this.#outlets.set(track, outlet)
    if (this.#peer) this.#attach(outlet, this.#peer)
  }

  removed(track: LocalTrack): void {
    this.#outlets.delete(track)
  }

  /** All rest, or go on. */
  hold(held: boolean): void {
    this.held = held
    for (const outlet of this.#outlets.values()) quietly(outlet.update())
  }

  /** The other side does not want one of them, or does again. */
  pause(id: string, paused: boolean): void {
    for (const outlet of this.#outlets.values()) if (outlet.track.id === id) quietly(outlet.pause(paused))
  }

  /** What a description says of them, by mid. */
  describe(): Readonly<Record<string, RemoteTrackInfo>> {
    const infos: Record<string, RemoteTrackInfo> = {}
    for (const outlet of this.#outlets.values()) if (outlet.mid) infos[outlet.mid] = outlet.describe()
    return infos
  }

  /** They go over a connection, and those that come later too; where they do already, nothing happens. */
  attach(peer: Peer): void {
    if (this.#peer) return
    this.#peer = peer
    for (const outlet of this.#outlets.values()) this.#attach(outlet, peer)
  }

  /** The connection is no more. */
  forget(): void {
    this.#peer = undefined
    for (const outlet of this.#outlets.values()) outlet.forget()
  }

  /** The link is over; our tracks go on elsewhere. */
  close(): void {
    for (const outlet of this.#outlets.values()) outlet.detach()
    this.#outlets.clear()
  }

  #attach(outlet: LinkOutlet, peer: Peer): void {
    const { group, id } = outlet.track
    // A group of one needs no stream that is kept.
    const stream = this.#groups.get(group) ?? this.#createMediaStream()
    if (group !== id) this.#groups.set(group, stream)
    outlet.attach(peer, stream)
  }
}
