import { RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import { Serial } from '../base/serial'
import { quietly } from '../base/wait'
import { IceBox } from './ice-box'
import { type PeerDescription, type PeerMessage, ufragsOf } from './message'
import type { Slots } from './slots'

/** How often the unusual happened on a connection. */
export interface PeerCounters {
  /** Our own offers that gave way to the other side's. */
  rollbacks: number
  /** Offers of the other side that gave way to ours. */
  ignoredOffers: number
  /** Remote candidates whose description never came, or that the browser refused. */
  candidatesDropped: number
  /** Messages of a wrong shape, and answers to nothing. */
  invalidMessages: number
}

/** What a negotiator works on and reports to. @internal */
export interface NegotiatorContext {
  readonly connection: RTCPeerConnection
  readonly polite: boolean
  readonly answersFirst: boolean
  readonly slots: Slots
  readonly counters: PeerCounters
  readonly logger: Logger
  send(message: PeerMessage): void
  described(message: unknown, type: 'offer' | 'answer'): void
}

/**
 * Perfect negotiation (W3C webrtc-pc, 10.7) for one connection. Descriptions and candidates go through one queue, so that
 * the signaling state read at the start of a step tells whether two offers collided; the flags of the specification's
 * example are not needed.
 */
export class Negotiator {
  readonly #context: NegotiatorContext
  readonly #queue = new Serial()
  readonly #box: IceBox
  #wanted = false
  #lastGeneration: string | undefined

  constructor(context: NegotiatorContext) {
    this.#context = context
    const { connection, counters, slots } = context
    this.#box = new IceBox((count) => (counters.candidatesDropped += count))
    connection.addEventListener('negotiationneeded', () => {
      if (!slots.orphaned) this.negotiate()
    })
    connection.addEventListener('icecandidate', ({ candidate }) => this.#gathered(candidate))
  }

  /** Offers as soon as the signaling state allows; several wishes at once make one offer. */
  negotiate(): void {
    this.#wanted = true
    quietly(this.#queue.run(() => this.#offer()))
  }

  /** Applies a message of the right shape; `whole` is what came, with whatever else was in it. */
  receive(message: PeerMessage, whole: unknown): Promise<void> {
    return this.#queue.run(async () => {
      if (this.#closed) return
      if ('candidate' in message) {
        if (this.#box.take(message.candidate)) await this.#add(message.candidate)
      } else {
        await this.#describe(message.description, whole)
        await this.#offer()
      }
    })
  }

  get #closed(): boolean {
    return this.#context.connection.signalingState === 'closed'
  }

  async #offer(): Promise<void> {
    const { connection, answersFirst, logger } = this.#context
    if (!this.#wanted || connection.signalingState !== 'stable') return
    if (answersFirst && !connection.remoteDescription) return
    this.#wanted = false
    try {
      await connection.setLocalDescription()
      this.#say()
    } catch (error) {
      if (!this.#closed) logger.error('the browser could not make an offer', { error: String(error) })
    }
  }

  async #describe(description: PeerDescription, whole: unknown): Promise<void> {
    const { connection, polite, slots, counters, described } = this.#context
    const { type, sdp } = description
    const { signalingState } = connection
    const ours = signalingState === 'have-local-offer'
    if (type === 'answer' ? !ours : ours && !polite) {
      if (type === 'answer') counters.invalidMessages++
      else {
        counters.ignoredOffers++
        this.#box.ignore(sdp)
      }
      return
    }
    const known = new Set(connection.getTransceivers())
    try {
      await this.#setRemote(description, ours)
      if (this.#closed) return
      if (type === 'offer') {
        if (ours) counters.rollbacks++
        // A need that the browser was about to tell must not drown in the noise that begins here.
        if (slots.adopt(known) || ours) this.#wanted = true
      }
      described(whole, type)
      if (type === 'offer') {
        // The answer says whatever was wished for by now; where it cannot, the browser asks for another negotiation, if
        // it still does so with reason.
        this.#wanted &&= slots.orphaned
        await connection.setLocalDescription()
        this.#say()
      }
    } catch (cause) {
      if (this.#closed) return
      await this.#recover(ours)
      throw new RtcError('peer/invalid-description', `The browser refused the remote ${type}.`, { cause })
    }
    for (const candidate of this.#box.open(sdp)) await this.#add(candidate)
  }

  /** Where an offer of ours is open and gives way, this rolls it back in the same step. */
  async #setRemote(description: PeerDescription, ours: boolean): Promise<void> {
    const { connection } = this.#context
    // Chromium 156 never gathers again where an offer is rolled back before gathering has begun for it.
    if (ours && connection.iceGatheringState === 'new')
      await new Promise((resolve) => connection.addEventListener('icegatheringstatechange', resolve, { once: true }))
    try {
      await connection.setRemoteDescription(description)
    } catch (error) {
      // Firefox 153 rolls ours back, then still measures the other side's ICE restart against it. One of our own helps.
      if (!ours || connection.signalingState !== 'stable' || !this.#box.isNew(description.sdp)) throw error
      connection.restartIce()
      await connection.setLocalDescription()
      await connection.setRemoteDescription(description)
    }
  }

  /** After a refused offer: back to where we can negotiate. Firefox has taken our own offer back by then, Chromium has not. */
  async #recover(ours: boolean): Promise<void> {
    const { connection } = this.#context
    if (connection.signalingState === 'have-remote-offer')
      await connection.setRemoteDescription({ type: 'rollback' }).catch(() => undefined)
    if (ours && connection.signalingState === 'stable') this.#wanted = true
    await this.#offer()
  }

  #say(): void {
    const { connection, send } = this.#context
    const description = connection.localDescription
    if (description && !this.#closed) send({ description: { type: description.type as 'offer', sdp: description.sdp } })
  }

  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    const { connection, counters } = this.#context
    try {
      await connection.addIceCandidate(candidate)
    } catch {
      if (!this.#closed) counters.candidatesDropped++
    }
  }

  /** Firefox ends a generation with `''` and then `null`, Chromium with `null` alone; the other side always gets one `''`. */
  #gathered(found: RTCIceCandidate | null): void {
    const sdp = this.#context.connection.localDescription?.sdp ?? ''
    const { candidate = '', sdpMid = /^a=mid:(\S+)/m.exec(sdp)?.[1] ?? null, sdpMLineIndex = 0 } = found ?? {}
    const usernameFragment = found?.usernameFragment ?? [...ufragsOf(sdp)][0] ?? null
    if (!candidate) {
      if (usernameFragment === null || usernameFragment === this.#lastGeneration) return
      this.#lastGeneration = usernameFragment
    }
    this.#context.send({ candidate: { candidate, sdpMid, sdpMLineIndex, usernameFragment } })
  }
}
