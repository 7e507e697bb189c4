import { RtcError } from '../base/errors'
import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import { Serial } from '../base/serial'
import { quietly } from '../base/wait'
import { IceBox } from './ice-box'
import { isModest, type PeerDescription, type PeerMessage, readMessage, ufragsOf } from './message'
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
  readonly after: Runtime['after']
  send(message: PeerMessage): void
  described(message: unknown, type: 'offer' | 'answer'): void
}

/** How long the first candidate may take: it takes a few milliseconds, and there may be none. */
const GATHERING_MS = 1_000

/**
 * Perfect negotiation (W3C webrtc-pc, 10.7) for one connection. Descriptions and candidates go through one queue, so that
 * the signaling state read at the start of a step tells whether two offers collided; the flags of the specification's
 * example are not needed.
 */
export class Negotiator {
  readonly #context: NegotiatorContext
  readonly #connection: RTCPeerConnection
  readonly #counters: PeerCounters
  readonly #queue = new Serial()
  readonly #box: IceBox
  #wanted = false
  /** A candidate of ours was found, of any generation. */
  #found = false
  #lastGeneration: string | undefined

  constructor(context: NegotiatorContext) {
    const { connection, counters, slots } = context
    this.#context = context
    this.#connection = connection
    this.#counters = counters
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

  /** Takes in what came, whatever it is. */
  receive(whole: unknown): Promise<void> {
    const message = readMessage(whole)
    return this.#queue.run(async () => {
      if (this.#state === 'closed') return
      if (!message) this.#counters.invalidMessages++
      else if ('description' in message) {
        await this.#describe(message.description, whole)
        await this.#offer()
      } else if (this.#box.take(message.candidate)) await this.#add(message.candidate)
    })
  }

  get #state(): RTCSignalingState {
    return this.#connection.signalingState
  }

  async #offer(): Promise<void> {
    const { answersFirst, logger } = this.#context
    if (!this.#wanted || this.#state !== 'stable' || (answersFirst && !this.#connection.remoteDescription)) return
    this.#wanted = false
    try {
      await this.#setLocal()
    } catch (error) {
      logger.error('no offer could be made', { error: String(error) })
    }
  }

  async #describe(description: PeerDescription, whole: unknown): Promise<void> {
    const { polite, slots, described } = this.#context
    const { type, sdp } = description
    const isOffer = type === 'offer'
    const ours = this.#state === 'have-local-offer'
    if (!isOffer && !ours) {
      this.#counters.invalidMessages++
      return
    }
    if (isOffer && ours && !polite) {
      this.#counters.ignoredOffers++
      return this.#box.ignore(sdp)
    }
    const known = new Set(this.#connection.getTransceivers())
    try {
      if (!isModest(sdp)) throw new Error('It has too many media sections.')
      await this.#setRemote(description, isOffer && ours)
      if (this.#state === 'closed') return
      if (isOffer) {
        if (ours) this.#counters.rollbacks++
        // A need that the browser was about to tell must not drown in the noise that begins here.
        if (slots.adopt(known) || ours) this.#wanted = true
      }
      described(whole, type)
      if (isOffer) {
        // The answer says whatever was wished for by now; where it cannot, the browser asks for another negotiation, if
        // it still does so with reason.
        this.#wanted &&= slots.orphaned
        await this.#setLocal(polite)
      }
    } catch (cause) {
      // Back to where we can negotiate: Firefox has taken our own offer back by then, Chromium has not.
      if (this.#state === 'have-remote-offer')
        await this.#connection.setRemoteDescription({ type: 'rollback' }).catch(() => undefined)
      this.#wanted ||= ours
      await this.#offer()
      throw new RtcError('peer/invalid-description', `The browser refused the remote ${type}.`, { cause })
    }
    for (const candidate of this.#box.open(sdp)) await this.#add(candidate)
  }

  /** Where an offer of ours is open and gives way, this rolls it back in the same step. */
  async #setRemote(description: PeerDescription, givesWay: boolean): Promise<void> {
    const connection = this.#connection
    // Chromium 156 never gathers again where an offer is rolled back before anything was found for it.
    if (givesWay && !this.#found) await this.#finding()
    try {
      await connection.setRemoteDescription(description)
    } catch (error) {
      // Firefox 153 rolls ours back, then still measures the other side's ICE restart against it. One of our own helps.
      if (!givesWay || this.#state !== 'stable' || !this.#box.isNew(description.sdp)) throw error
      connection.restartIce()
      await connection.setLocalDescription()
      await connection.setRemoteDescription(description)
    }
  }

  /** Gathering bears its first fruit, or bears none. */
  #finding(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#context.after(GATHERING_MS, resolve)
      const done = (): void => {
        stop()
        resolve()
      }
      this.#connection.addEventListener('icecandidate', done, { once: true })
    })
  }

  /**
   * Makes the description that is due and sends it, at once: whoever adds to it reads mids that are still true.
   *
   * An answer that a rollback may follow is set provisionally first. Chromium 156 takes the senders to which an answer was
   * the first to give an SSRC for a part of our next offer: where that is rolled back it clears their transceivers, and what
   * they receive is decoded again but never shown. The second time the answer is the first for none of them. Firefox 153 has
   * no provisional answers, and no need of them.
   */
  async #setLocal(answersTwice = false): Promise<void> {
    const connection = this.#connection
    const answer = answersTwice ? await connection.createAnswer() : undefined
    if (answer) quietly(connection.setLocalDescription({ ...answer, type: 'pranswer' }))
    await connection.setLocalDescription(answer)
    const { type, sdp } = connection.localDescription ?? {}
    if (type && sdp) this.#context.send({ description: { type: type as 'offer', sdp } })
  }

  async #add(candidate: RTCIceCandidateInit): Promise<void> {
    try {
      await this.#connection.addIceCandidate(candidate)
    } catch {
      this.#counters.candidatesDropped++
    }
  }

  /** Firefox ends a generation with `''` and then `null`, Chromium with `null` alone; the other side always gets one `''`. */
  #gathered(found: RTCIceCandidate | null): void {
    this.#found = true
    const sdp = this.#connection.localDescription?.sdp ?? ''
    const { candidate = '', sdpMid = /^a=mid:(\S+)/m.exec(sdp)?.[1] ?? null, sdpMLineIndex = 0 } = found ?? {}
    const usernameFragment = found?.usernameFragment ?? [...ufragsOf(sdp)][0] ?? null
    if (!candidate) {
      if (usernameFragment === null || usernameFragment === this.#lastGeneration) return
      this.#lastGeneration = usernameFragment
    }
    this.#context.send({ candidate: { candidate, sdpMid, sdpMLineIndex, usernameFragment } })
  }
}
