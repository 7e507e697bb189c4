import { Emitter } from '../base/emitter'
import { isRtcError, RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { next, type Table } from '../base/machine'
import { isRecord } from '../base/record'
import type { Runtime } from '../base/runtime'
import { Serial } from '../base/serial'
import { quietly } from '../base/wait'
import type { LocalTrack } from '../media/local-track'
import type { RemoteTrack, RemoteTrackInfo } from '../media/remote-track'
import type { IceConfig } from '../peer/ice-servers'
import type { PeerMessage } from '../peer/message'
import { Peer, type PeerState } from '../peer/peer'
import type { LegMessage, SymmetricLeg } from '../signaling/port'
import { Inbox } from './inbox'
import { LinkOutlet } from './link-outlet'
import { RemoteTracks, type RemoteTracksEvents } from './remote-tracks'
import { readTracks, TRACK_LIMITS } from './track-map'

/** Where a link is. `interrupted`: connected before, and the path is lost for now. */
export type LinkState = 'new' | 'connecting' | 'connected' | 'interrupted' | 'failed' | 'closed'

/** new -> connecting -> connected <-> interrupted; failed and closed are ends. What moves a link is the state of its peer. */
export const LINK_STATES: Table<LinkState, PeerState> = {
  new: { connecting: 'connecting', connected: 'connected', failed: 'failed', closed: 'closed' },
  connecting: { connected: 'connected', failed: 'failed', closed: 'closed' },
  connected: { disconnected: 'interrupted', failed: 'failed', closed: 'closed' },
  interrupted: { connected: 'connected', failed: 'failed', closed: 'closed' },
  failed: { closed: 'closed' },
  closed: {},
}

/** What a {@link Link} tells. */
export interface LinkEvents extends RemoteTracksEvents {
  stateChanged: { readonly from: LinkState; readonly to: LinkState }
  /** The other side closed the link, or its page is gone. */
  left: object
  /** The link cannot go on. */
  failed: { readonly error: RtcError }
}

/** What a {@link Link} needs. */
export interface LinkOptions {
  /** Asked once per connection. */
  readonly ice: () => Promise<IceConfig>
  readonly runtime: Pick<Runtime, 'createPeerConnection' | 'createMediaStream'>
  readonly logger: Logger
}

/** How often the unusual happened on a link, beside what its peer counts. */
export interface LinkCounters {
  duplicates: number
  invalidMessages: number
}

/**
 * All that connects us to one other side: a lineage of peer connections, the tracks that go over them under their names,
 * and what is said beside them. A new peer connection would take the place of the old one with the next epoch; tracks,
 * names and ids stay.
 */
export class Link extends Emitter<LinkEvents> {
  readonly #leg: SymmetricLeg
  readonly #options: LinkOptions
  readonly #inbound = new Serial()
  readonly #outlets = new Map<LocalTrack, LinkOutlet>()
  readonly #groups = new Map<string, MediaStream>()
  readonly #remote = new RemoteTracks((event, payload) => this.emit(event, payload))
  readonly #counters = { duplicates: 0, invalidMessages: 0 }
  #state: LinkState = 'new'
  #peer: Peer | undefined
  #sent = 0

  constructor(leg: SymmetricLeg, options: LinkOptions) {
    super()
    this.#leg = leg
    this.#options = options
    const inbox = new Inbox(
      leg.epoch,
      (message) => quietly(this.#inbound.run(() => this.#apply(message))),
      (why) => this.#counters[why === 'duplicate' ? 'duplicates' : 'invalidMessages']++,
    )
    // First in the queue: whatever arrives meanwhile waits for the connection.
    quietly(this.#inbound.run(() => this.#open()))
    leg.bind((message) => inbox.push(message))
  }

  get state(): LinkState {
    return this.#state
  }

  /** What the other side publishes, by id. */
  get remoteTracks(): ReadonlyMap<string, RemoteTrack> {
    return this.#remote.tracks
  }

  /** The connection now; `undefined` until the ICE servers are known. */
  get peer(): Peer | undefined {
    return this.#peer
  }

  get counters(): Readonly<LinkCounters> {
    return this.#counters
  }

  /**
   * Sends a track until it is unpublished. At once, also before it has media: its place is reserved and named.
   * @throws {@link RtcError} `usage/invalid-state` for more tracks than the other side would believe.
   */
  publish(track: LocalTrack): void {
    if (this.#over || this.#outlets.has(track)) return
    if (this.#outlets.size >= TRACK_LIMITS.tracks)
      throw new RtcError('usage/invalid-state', `A link carries at most ${TRACK_LIMITS.tracks} tracks.`)
    const outlet = new LinkOutlet(track, {
      tell: (control) => this.#send({ control }),
      removed: () => this.#outlets.delete(track),
    })
    this.#outlets.set(track, outlet)
    if (this.#peer) this.#attach(outlet, this.#peer)
  }

  /** Ends the link. Tracks of ours go on elsewhere. Idempotent. */
  close(): void {
    if (this.#state === 'closed') return
    for (const outlet of this.#outlets.values()) outlet.detach()
    this.#outlets.clear()
    this.#remote.close()
    this.#peer?.close()
    this.#move('closed')
  }

  get #over(): boolean {
    return this.#state === 'closed' || this.#state === 'failed'
  }

  async #open(): Promise<void> {
    try {
      const { servers, policy } = await this.#options.ice()
      if (!this.#over) this.#connect(servers, policy)
    } catch (error) {
      this.#fail(isRtcError(error) ? error : new RtcError('ice/servers-unavailable', 'No connection could be made.', { cause: error }))
    }
  }

  /** The one place where a connection is made. */
  #connect(iceServers: readonly RTCIceServer[], iceTransportPolicy: RTCIceTransportPolicy): void {
    const { runtime, logger } = this.#options
    // The first offer is the impolite side's: it always has one to make, for the channel below.
    const { polite } = this.#leg
    const peer = new Peer({ polite, answersFirst: polite, iceServers, iceTransportPolicy, runtime, logger })
    this.#peer = peer
    peer.on('signal', ({ message }) => this.#signal(message))
    peer.on('described', ({ message }) => this.#described(message as LegMessage, peer))
    peer.on('stateChanged', ({ to }) => {
      if (to === 'failed') this.#fail(new RtcError('ice/failed', 'There is no path to the other side, or no longer.'))
      else this.#move(to)
    })
    // Made by both sides alike, so that a link without media connects too.
    const channel = peer.createChannel('tsunagu', { negotiated: true, id: 0 })
    // The other side closed its end or its page went away, where signaling may not have been able to say so any more.
    channel.addEventListener('close', () => {
      if (!this.#over && this.#peer === peer) this.emit('left', {})
    })
    for (const outlet of this.#outlets.values()) this.#attach(outlet, peer)
  }

  #attach(outlet: LinkOutlet, peer: Peer): void {
    const { group } = outlet.track
    const stream = this.#groups.get(group) ?? this.#options.runtime.createMediaStream()
    this.#groups.set(group, stream)
    outlet.attach(peer, stream)
  }

  async #apply(message: LegMessage): Promise<void> {
    const peer = this.#peer
    if (!peer || this.#over) return
    if (isRecord(message.control)) return this.#heard(message.control)
    try {
      await peer.receive(message)
    } catch (error) {
      this.#counters.invalidMessages++
      const established = peer.connection.remoteDescription !== null
      this.#options.logger.warn('a description was refused', { established })
      if (!established && isRtcError(error)) this.#fail(error)
    }
  }

  #heard(control: Readonly<Record<string, unknown>>): void {
    const { kind, id, muted } = control
    if (kind === 'muted' && typeof id === 'string' && typeof muted === 'boolean') this.#remote.mute(id, muted)
    else this.#counters.invalidMessages++
  }

  #described(message: LegMessage, { connection }: Peer): void {
    const infos = readTracks(message.tracks, () => this.#counters.invalidMessages++)
    const transceivers = connection.getTransceivers()
    this.#remote.apply(infos, (mid) => transceivers.find((one) => one.mid === mid)?.receiver.track)
  }

  #signal(message: PeerMessage): void {
    if (!('description' in message)) return this.#send(message)
    const tracks: Record<string, RemoteTrackInfo> = {}
    for (const outlet of this.#outlets.values()) if (outlet.mid) tracks[outlet.mid] = outlet.describe()
    this.#send({ ...message, tracks })
  }

  #send(content: LegMessage): void {
    if (this.#over) return
    const { epoch } = this.#leg
    // The other side waits for this number: without the message nothing after it would ever be heard.
    this.#leg.send({ epoch, n: ++this.#sent, ...content }).catch((error: unknown) => {
      if (isRtcError(error) && error.code !== 'usage/closed') this.#fail(error)
    })
  }

  #fail(error: RtcError): void {
    if (this.#over) return
    this.#move('failed')
    this.emit('failed', { error })
  }

  #move(event: PeerState): void {
    const from = this.#state
    const to = next(LINK_STATES, from, event)
    if (!to) return
    this.#state = to
    this.emit('stateChanged', { from, to })
  }
}
