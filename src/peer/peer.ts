import { Emitter } from '../base/emitter'
import { RtcError } from '../base/errors'
import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { after, createPeerConnection, type Runtime } from '../base/runtime'
import type { PeerMessage } from './message'
import { Negotiator, type PeerCounters } from './negotiator'
import { type Slot, Slots } from './slots'

/** Where a connection is, in the browser's own words. `disconnected` may mend by itself; `failed` needs an ICE restart. */
export type PeerState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

/** What a {@link Peer} tells. */
export interface PeerEvents {
  /** Bring this to the other side, in order; synchronously after the browser's own state changed. */
  signal: { readonly message: PeerMessage }
  stateChanged: { readonly from: PeerState; readonly to: PeerState }
  /** The other side sends a track; the browser's own event. */
  trackReceived: {
    readonly track: MediaStreamTrack
    readonly streams: readonly MediaStream[]
    readonly transceiver: RTCRtpTransceiver
  }
  /** The other side opened a data channel. */
  channelReceived: { readonly channel: RTCDataChannel }
  /** A remote description was applied; an offer is not answered yet. `message` is what {@link Peer.receive} was given. */
  described: { readonly message: unknown; readonly type: 'offer' | 'answer' }
}

/** What a peer takes from the world around it. */
export type PeerRuntime = Pick<Runtime, 'createPeerConnection' | 'after'>

/** How a {@link Peer} is made. */
export interface PeerOptions {
  /** Gives way when both sides offer at once. Exactly one of the two must be polite. */
  readonly polite: boolean
  /** @defaultValue `[]`: the local network alone */
  readonly iceServers?: readonly RTCIceServer[]
  /** `relay`: only through a TURN server. @defaultValue `'all'` */
  readonly iceTransportPolicy?: RTCIceTransportPolicy
  /**
   * Leaves the very first offer to the other side, which must then have something to negotiate. Set it on the polite
   * side where both may start at once: Chromium 156 cannot offer again after a first offer that was rolled back and
   * whose media differ from the other side's. @defaultValue false
   */
  readonly answersFirst?: boolean
  /** @defaultValue the browser's */
  readonly runtime?: PeerRuntime
  /** @defaultValue warnings and errors go to the console */
  readonly logger?: Logger
}

/**
 * One `RTCPeerConnection` that negotiates by itself, whoever changes what and when (W3C perfect negotiation).
 *
 * It works over any way to bring messages to the other side in order.
 *
 * @example
 * ```ts
 * import { Peer } from 'tsunagu/peer'
 * const start = (polite: boolean, socket: WebSocket, camera: MediaStreamTrack) => {
 *   const peer = new Peer({ polite, iceServers: [{ urls: 'stun:stun.example.com' }] })
 *   peer.on('signal', ({ message }) => socket.send(JSON.stringify(message)))
 *   socket.onmessage = ({ data }) => peer.receive(JSON.parse(data))
 *   peer.on('trackReceived', ({ track }) => console.log(track.kind))
 *   peer.addTrack(camera)
 *   return peer
 * }
 * ```
 */
export class Peer extends Emitter<PeerEvents> {
  /**
   * The browser's own connection, for what is not wrapped here. Leave its descriptions and candidates alone, and call
   * {@link Peer.negotiate} after a change to its transceivers.
   */
  readonly connection: RTCPeerConnection
  readonly counters: Readonly<PeerCounters>
  readonly #negotiator: Negotiator
  readonly #slots: Slots
  #state: PeerState = 'new'
  /** Whether a data channel was ever made: that is something to negotiate. */
  #channels = false

  constructor({
    polite,
    iceServers = [],
    iceTransportPolicy = 'all',
    answersFirst = false,
    runtime = { createPeerConnection, after },
    logger = DEFAULT_LOGGER,
  }: PeerOptions) {
    super()
    const connection = runtime.createPeerConnection({
      iceServers: [...iceServers],
      iceTransportPolicy,
      bundlePolicy: 'max-bundle',
    })
    const counters = { rollbacks: 0, ignoredOffers: 0, candidatesDropped: 0, invalidMessages: 0 }
    this.connection = connection
    this.counters = counters
    const slots = new Slots(connection, () => this.negotiate())
    this.#slots = slots
    this.#negotiator = new Negotiator({
      connection,
      polite,
      answersFirst,
      slots,
      counters,
      logger,
      after: runtime.after,
      send: (message) => this.emit('signal', { message }),
      described: (message, type) => this.emit('described', { message, type }),
    })
    connection.addEventListener('connectionstatechange', () => this.#move(connection.connectionState))
    connection.addEventListener('track', (event) => this.emit('trackReceived', event))
    connection.addEventListener('datachannel', ({ channel }) => this.emit('channelReceived', { channel }))
  }

  get state(): PeerState {
    return this.#state
  }

  /**
   * Takes in what the other side's `signal` event gave there. A wrong shape is counted and dropped.
   * @throws {@link RtcError} `peer/invalid-description` where the browser refuses a description.
   */
  receive(message: unknown): Promise<void> {
    return this.#slots.orClosed(this.#negotiator.receive(message))
  }

  /**
   * Sends a track, or reserves a place for one that comes later: with `null`, `kind` is needed. Tracks that share one
   * of `streams` play in sync.
   * @throws {@link RtcError} `usage/closed`; `usage/invalid-argument` without a track and without a kind.
   */
  addTrack(
    track: MediaStreamTrack | null,
    { kind = track?.kind, streams = [] }: { readonly kind?: string | undefined; readonly streams?: readonly MediaStream[] } = {},
  ): Slot {
    this.#assertOpen()
    if (!kind) throw new RtcError('usage/invalid-argument', 'A place without a track needs a kind.')
    return this.#slots.add(track, kind, streams)
  }

  /**
   * Opens a data channel.
   * @throws {@link RtcError} `usage/closed`.
   */
  createChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    this.#assertOpen()
    const channel = this.connection.createDataChannel(label, init)
    this.#channels = true
    if (!this.connection.sctp) this.negotiate()
    return channel
  }

  /** Offers even where the browser sees no need, for example because only names changed. */
  negotiate(): void {
    // An offer of nothing is refused by Chromium for good, and Firefox never gathers for it.
    if (!this.#channels && !this.connection.getTransceivers().length) return
    this.#negotiator.negotiate()
  }

  /** Looks for a path anew, with new ICE credentials. */
  restartIce(): void {
    if (this.#state === 'closed') return
    this.connection.restartIce()
    this.negotiate()
  }

  /** Ends the connection. Idempotent. */
  close(): void {
    this.connection.close()
    this.#slots.end()
    this.#move('closed')
  }

  #assertOpen(): void {
    if (this.#state === 'closed') throw new RtcError('usage/closed', 'This peer is closed.')
  }

  #move(to: PeerState): void {
    const from = this.#state
    // The browser says `new` again after a rollback of the first offer: no step in a life cycle. And `closed` is its end.
    if (to === from || to === 'new' || from === 'closed') return
    this.#state = to
    this.emit('stateChanged', { from, to })
  }
}
