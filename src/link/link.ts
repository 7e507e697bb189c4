import { Emitter } from '../base/emitter'
import { isRtcError, RtcError } from '../base/errors'
import { next } from '../base/machine'
import { isRecord } from '../base/record'
import { Serial } from '../base/serial'
import { quietly } from '../base/wait'
import type { LocalTrack } from '../media/local-track'
import type { RemoteTrack } from '../media/remote-track'
import type { IceConfig } from '../peer/ice-servers'
import type { PeerMessage } from '../peer/message'
import { Peer, type PeerState } from '../peer/peer'
import type { LegMessage, SymmetricLeg } from '../signaling/port'
import { Letters, readHeading } from './letters'
import { Lifeline } from './lifeline'
import { LINK_STATES, type LinkState } from './link-states'
import type { LinkCounters, LinkOptions } from './link-options'
import { LocalTracks } from './local-tracks'
import { RemoteTracks, type RemoteTracksEvents } from './remote-tracks'
import { readTracks } from './track-map'

/** Whoever is gone without a word and does not come back may have told signaling; after so long it has left. */
const LEFT_MS = 6_000

/** What a {@link Link} tells. */
export interface LinkEvents extends RemoteTracksEvents {
  stateChanged: { readonly from: LinkState; readonly to: LinkState }
  /** The other side closed the link, or its page is gone and will not come back. */
  left: object
  /** The other side says something that is not about the link. */
  control: { readonly message: LegMessage }
  /** The link cannot go on. */
  failed: { readonly error: RtcError }
}

/**
 * All that connects us to one other side: a lineage of peer connections, the tracks that go over them under their names,
 * and what is said beside them. A new peer connection takes the place of the old one with a higher epoch; tracks, names
 * and ids stay.
 */
export class Link extends Emitter<LinkEvents> {
  readonly #leg: SymmetricLeg
  readonly #options: LinkOptions
  readonly #local: LocalTracks
  readonly #remote = new RemoteTracks(
    (event, payload) => this.emit(event, payload),
    ({ id, paused }) => this.#send({ control: { kind: 'paused', id, paused } }),
  )
  readonly #counters = { duplicates: 0, invalidMessages: 0, staleMessages: 0 }
  /** What the other side can do: answer whether it is there, come back after a reload. */
  readonly #theirs = { answers: false, keeps: false }
  #state: LinkState = 'new'
  #inbound = new Serial()
  #letters = new Letters(0)
  #ice: IceConfig | undefined
  #peer: Peer | undefined
  #lifeline: Lifeline | undefined
  /** Left by a rebuild of ours, and kept until the other side follows: its end would look like our own. */
  #retired: Peer | undefined

  constructor(leg: SymmetricLeg, options: LinkOptions) {
    super()
    this.#leg = leg
    this.#options = options
    this.#local = new LocalTracks((control) => void this.#send({ control }), options.runtime.createMediaStream)
    const { epoch, polite } = leg
    this.#begin(epoch)
    // We come back: the other side, which offers, does not know yet that it has to.
    if (polite && epoch) this.#askForOffer()
    leg.bind((message) => this.#take(message))
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

  /** Sends a track until it is unpublished. At once, also before it has media: its place is reserved and named. Whoever publishes counts them: the other side believes no more than `TRACK_LIMITS`. */
  publish(track: LocalTrack): void {
    if (!this.#over) this.#local.add(track)
  }

  /** Sends nothing while held, and says that it is muted; what the app wishes for its tracks is kept. */
  hold(held: boolean): void {
    this.#local.hold(held)
  }

  /** The other side may be gone: asks it. Without an answer within 2 s the link is interrupted, until there is one. */
  suspect(): void {
    if (this.#state === 'connected' && this.#theirs.answers) this.#lifeline?.ask({ ...this.#letters.received, ask: true })
  }

  /** Signaling may have lost messages: says what we have, so that the other side repeats the rest. */
  restored(): void {
    if (!this.#over) void this.#post(this.#letters.received)
  }

  /** Says something to the other side that is not about the link, where signaling does not any more. */
  tell(control: LegMessage): Promise<void> {
    return this.#send({ control })
  }

  /** Puts a new connection in the place of this one. */
  rebuild(): void {
    if (this.#over) return
    const peer = this.#peer
    this.#begin(this.#letters.epoch + 1)
    // One that the other side never followed to is of no concern to it.
    if (this.#retired) peer?.close()
    else this.#retired = peer
    if (this.#leg.polite) this.#askForOffer()
  }

  /** Ends the link, and the call on the other side, unless without a good-bye. Tracks of ours go on elsewhere. Idempotent. */
  close(bye = true): void {
    if (this.#state === 'closed') return
    if (bye) this.#lifeline?.say({ bye })
    this.#local.close()
    this.#remote.close()
    this.#lifeline?.close()
    this.#peer?.close()
    this.#retired?.close()
    this.#move('closed')
  }

  get #over(): boolean {
    return this.#state === 'closed' || this.#state === 'failed'
  }

  /** The next connection: numbers from 1, and nothing of the last one matters any more. */
  #begin(epoch: number): void {
    this.#letters = new Letters(epoch)
    this.#inbound = new Serial()
    this.#lifeline?.close()
    this.#peer = this.#lifeline = undefined
    this.#local.forget()
    // First in the queue: whatever arrives meanwhile waits for the connection.
    quietly(this.#inbound.run(() => this.#open(epoch)))
    this.#remote.moved()
    this.#move('disconnected')
  }

  #askForOffer(): void {
    void this.#send({ control: { kind: 'rebuild' } })
  }

  async #open(epoch: number): Promise<void> {
    try {
      // Where the servers cannot be asked again, those of the last connection may still do.
      const ice = await this.#options.ice().catch((error: unknown) => {
        if (this.#ice) return this.#ice
        throw error
      })
      if (!this.#over && epoch === this.#letters.epoch) this.#connect((this.#ice = ice))
    } catch (error) {
      this.#fail(isRtcError(error) ? error : new RtcError('ice/servers-unavailable', 'No connection could be made.', { cause: error }))
    }
  }

  /** The one place where a connection is made. */
  #connect({ servers, policy }: IceConfig): void {
    const { runtime, logger } = this.#options
    // The first offer is the impolite side's: it always has one to make, for the channel below.
    const { polite } = this.#leg
    const peer = new Peer({ polite, answersFirst: polite, iceServers: servers, iceTransportPolicy: policy, runtime, logger })
    const current = (): boolean => this.#peer === peer && !this.#over
    this.#peer = peer
    peer.on('signal', ({ message }) => {
      if (current()) this.#signal(message)
    })
    peer.on('described', ({ message, type }) => {
      if (current()) this.#described(message as LegMessage, type, peer)
    })
    peer.on('stateChanged', ({ to }) => {
      if (current()) this.#moved(to)
    })
    this.#lifeline = new Lifeline(peer.createChannel('tsunagu', { negotiated: true, id: 0 }), runtime.after, {
      opened: () => this.#confirm(),
      said: (message) => this.#said(message),
      silent: () => this.#move('disconnected'),
      gone: () => this.#gone(),
    })
    // The polite side's go where the offer has room for them: sections of its own would give way to those of the offer.
    if (!polite) this.#local.attach(peer)
  }

  /** The connection moved. */
  #moved(to: PeerState): void {
    if (to !== 'failed') return this.#move(to)
    if (this.#state === 'new' || this.#state === 'connecting')
      return this.#fail(new RtcError('ice/failed', 'There is no path to the other side.'))
    // Once there was a path: whoever has the link knows how long to wait for another.
    this.#move('disconnected')
    // A path, but nothing gets over it: what failed is DTLS, and stays so (W3C webrtc-pc, 5.5). In Firefox 153 it may where ICE restarts follow each other closely.
    // Where ICE failed, Firefox says `failed` here and Chromium 156 `disconnected`.
    if (/^co/.test(this.#peer?.connection.iceConnectionState ?? '')) this.rebuild()
    else if (!this.#leg.polite) this.#peer?.restartIce()
  }

  #said(message: unknown): void {
    // It was silent, and is back.
    if (this.#peer?.state === 'connected') this.#move('connected')
    if (!isRecord(message)) return this.#take(message)
    if (message.ask) this.#confirm()
    if (message.bye) this.#left()
    else this.#take(message, true)
  }

  /** The channel was closed without a word: the other side's page crashed, was left before it could speak, or is loaded again and comes back. */
  #gone(): void {
    if (!this.#theirs.answers) return this.#left()
    this.#move('disconnected')
    if (!this.#theirs.keeps) this.#lifeline?.wait(LEFT_MS, () => this.#left())
  }

  #left(): void {
    this.#lifeline?.close()
    this.emit('left', {})
  }

  /** Says over the channel what we have, so that the other side need not keep it. */
  #confirm(): void {
    this.#lifeline?.say(this.#letters.received)
  }

  /** Something came, by signaling or over the channel. */
  #take(value: unknown, direct = false): void {
    if (this.#over) return
    const heading = readHeading(value)
    if (!heading) return void this.#counters.invalidMessages++
    const { epoch, n, received, message } = heading
    // Whoever does not say what it has is too old to answer.
    this.#theirs.answers ||= received !== undefined
    if (!n) return this.#asked(epoch, received ?? 0, direct)
    if (epoch < this.#letters.epoch) return void this.#counters.staleMessages++
    const left = [this.#retired]
    this.#retired = undefined
    if (epoch > this.#letters.epoch) {
      left.push(this.#peer)
      this.#begin(epoch)
    }
    // Both sides are past these now.
    for (const peer of left) peer?.close()
    const { inbox, outbox } = this.#letters
    if (received !== undefined) outbox.confirm(received)
    const ready = inbox.push(n, message)
    if (typeof ready === 'string') this.#counters[ready === 'invalid' ? 'invalidMessages' : 'duplicates']++
    else for (const one of ready) quietly(this.#inbound.run(() => this.#apply(one)))
  }

  /** The other side says what it has of us. */
  #asked(theirs: number, received: number, direct: boolean): void {
    const { epoch, outbox } = this.#letters
    // It is further than we are: told so, it repeats what we need.
    if (theirs > epoch) return void this.#post(this.#letters.received)
    if (theirs === epoch) outbox.confirm(received)
    if (direct) return
    const missing = outbox.again()
    if (!missing) return this.rebuild()
    for (const message of missing) void this.#post(message)
  }

  async #apply(message: LegMessage): Promise<void> {
    // Of all that answer one offer, the caller must meet one alone: Chromium keeps the first DTLS hello that it gets before it knows the answer, and never
    // connects where that was somebody else's. An answer by itself reaches nobody.
    if (!message.description) await this.#leg.ours
    const peer = this.#peer
    if (!peer || this.#over || message.epoch !== this.#letters.epoch) return
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

  #heard(message: LegMessage): void {
    const { kind, id, muted, paused } = message
    // It came with its epoch, and that was all it had to say.
    if (kind === 'rebuild') return
    if (typeof id === 'string') {
      if (kind === 'muted' && typeof muted === 'boolean') return this.#remote.mute(id, muted)
      if (kind === 'paused' && typeof paused === 'boolean') return this.#local.pause(id, paused)
    }
    if (/^(held|dtmf|mute-request)$/.test(String(kind))) return this.emit('control', { message })
    this.#counters.invalidMessages++
  }

  #described({ tracks, keeps }: LegMessage, type: 'offer' | 'answer', peer: Peer): void {
    this.#theirs.keeps = keeps === true
    if (type === 'answer') this.#confirm()
    this.#local.attach(peer)
    const infos = readTracks(tracks, () => this.#counters.invalidMessages++)
    const transceivers = peer.connection.getTransceivers()
    this.#remote.apply(infos, (mid) => transceivers.find((one) => one.mid === mid)?.receiver.track)
  }

  #signal(message: PeerMessage): void {
    if (!('description' in message)) return void this.#send(message)
    void this.#send({ ...message, tracks: this.#local.describe(), ...(this.#options.keeps && { keeps: true }) })
  }

  #send(content: LegMessage): Promise<void> {
    if (this.#over) return Promise.resolve()
    return this.#post(this.#letters.write(content))
  }

  #post(message: LegMessage): Promise<void> {
    return quietly(
      this.#leg.send(message).catch((error: unknown) => {
        // Signaling is over for this call, or has no room for so much; the channel may do.
        if (this.#lifeline?.say(message)) return
        // The other side waits for this number: without the message nothing after it would ever be heard.
        if (isRtcError(error) && error.code !== 'usage/closed') this.#fail(error)
        throw error
      }),
    )
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
