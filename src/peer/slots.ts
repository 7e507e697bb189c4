import { quietly } from '../base/wait'

/** What a slot needs from the peer around it. @internal */
export interface SlotOwner {
  readonly closed: boolean
  /** Settles as the promise does, or resolves when the connection is closed first. */
  orClosed(promise: Promise<void>): Promise<void>
  freed(slot: Slot): void
}

/**
 * A place for one track in a connection: a transceiver whose sender is ours until the slot is released.
 *
 * @example
 * ```ts
 * import { Peer } from 'tsunagu/peer'
 * const swap = async (peer: Peer, first: MediaStreamTrack, second: MediaStreamTrack) => {
 *   const slot = peer.addTrack(first)
 *   await slot.replace(second)
 *   await slot.release()
 * }
 * ```
 */
export class Slot {
  readonly #owner: SlotOwner
  readonly #streams: readonly MediaStream[]
  #transceiver: RTCRtpTransceiver
  #track: MediaStreamTrack | null
  #released = false

  /** @internal */
  constructor(owner: SlotOwner, transceiver: RTCRtpTransceiver, track: MediaStreamTrack | null, streams: readonly MediaStream[]) {
    this.#owner = owner
    this.#transceiver = transceiver
    this.#track = track
    this.#streams = streams
  }

  /** The transceiver the track is sent by now; it changes when our offer gives way to the other side's. */
  get transceiver(): RTCRtpTransceiver {
    return this.#transceiver
  }

  /** Sends another track of the same kind, or nothing, without negotiating. Rejects with what the browser says. */
  replace(track: MediaStreamTrack | null): Promise<void> {
    if (this.#released) return Promise.resolve()
    this.#track = track
    const transceiver = this.#transceiver
    return this.#owner.orClosed(
      fill(transceiver, track, () => this.#track).catch((error: unknown) => {
        // Moved meanwhile: the new transceiver got the track. Released or closed: there is nothing to send any more.
        if (transceiver === this.#transceiver && !this.#released && !this.#owner.closed) throw error
      }),
    )
  }

  /** Stops sending and gives the place back, for this side's next track of the kind. Idempotent. */
  release(): Promise<void> {
    if (this.#released) return Promise.resolve()
    this.#released = true
    const { sender } = this.#transceiver
    this.#owner.freed(this)
    // Rejects once the connection is closed, and then nothing is sent either.
    return this.#owner.orClosed(sender.replaceTrack(null).catch(() => undefined))
  }

  /** Goes on in another transceiver. @internal */
  move(transceiver: RTCRtpTransceiver): void {
    this.#transceiver = transceiver
    occupy(transceiver, this.#streams)
    if (this.#track) quietly(fill(transceiver, this.#track, () => this.#track))
  }
}

/**
 * Gives a sender its track, or takes it away. Without one, Firefox 153 goes on to send the last picture once a second, so
 * that the encodings rest too; `wanted` says at each step what is true by then.
 */
const fill = async (
  transceiver: RTCRtpTransceiver,
  track: MediaStreamTrack | null,
  wanted: () => MediaStreamTrack | null,
): Promise<void> => {
  const { sender } = transceiver
  await sender.replaceTrack(track)
  for (let tries = kindOf(transceiver) === 'video' ? 3 : 0; tries--; ) {
    const parameters = sender.getParameters()
    const active = wanted() !== null
    // None before the first negotiation, and nothing is sent then either.
    if (parameters.encodings.every((encoding) => (encoding.active ?? true) === active)) return
    for (const encoding of parameters.encodings) encoding.active = active
    try {
      return await sender.setParameters(parameters)
    } catch {
      // Another change came between the two (webrtc-pc, 5.2): read again what there is.
    }
  }
}

const occupy = (transceiver: RTCRtpTransceiver, streams: readonly MediaStream[]): void => {
  transceiver.direction = 'sendrecv'
  transceiver.sender.setStreams(...streams)
}

/** Hands out the transceivers of one connection, so that none is added while one is free. */
export class Slots implements SlotOwner {
  readonly #connection: RTCPeerConnection
  readonly #changed: () => void
  /** What settles the promises that wait for the browser. */
  readonly #waiting = new Set<() => void>()
  readonly #used = new Map<RTCRtpTransceiver, Slot>()
  /**
   * A transceiver was stopped that has no m-section. No negotiation will ever bring it to its end, so that the browsers
   * go on to say `negotiationneeded` after each one (webrtc-pc, 4.7.3: [[Stopping]] without [[Stopped]]).
   */
  orphaned = false

  constructor(connection: RTCPeerConnection, changed: () => void) {
    this.#connection = connection
    this.#changed = changed
  }

  get closed(): boolean {
    return this.#connection.signalingState === 'closed'
  }

  orClosed(promise: Promise<void>): Promise<void> {
    // No race with a promise that lives as long as the connection does: it would remember each that ever took part.
    const settled = new Promise<void>((resolve, reject) => {
      if (this.closed) resolve()
      this.#waiting.add(resolve)
      promise.then(resolve, reject).finally(() => this.#waiting.delete(resolve))
    })
    return quietly(settled)
  }

  /**
   * The connection was closed. Firefox and the specification leave promises open that wait then; ours all settle.
   */
  end(): void {
    for (const settle of this.#waiting) settle()
  }

  /** Takes a free transceiver of the kind, whoever made it, or adds one. */
  add(track: MediaStreamTrack | null, kind: string, streams: readonly MediaStream[]): Slot {
    const [free] = this.#free(kind)
    const transceiver = free ?? this.#connection.addTransceiver(track ?? kind, { streams: [...streams] })
    const slot = new Slot(this, transceiver, track, streams)
    this.#used.set(transceiver, slot)
    if (free) {
      occupy(free, streams)
      quietly(slot.replace(track))
    }
    this.#changed()
    return slot
  }

  freed({ transceiver }: Slot): void {
    this.#used.delete(transceiver)
    if (this.closed || stopped(transceiver)) return
    transceiver.direction = 'recvonly'
    this.#changed()
  }

  /**
   * Follows a remote offer. A transceiver of ours that lost its m-section when our own offer gave way would get another
   * one: its track moves into one that the offer brought, as the browser does by itself for `addTrack` alone (RFC 9429, 5.10).
   *
   * Only sections that are new in this offer are taken, one for one: Chromium finds the transceiver of a new section by
   * the index it last had, stopped or not, and more stopped ones than new sections would confuse it.
   *
   * Tells whether there was any.
   */
  adopt(known: ReadonlySet<RTCRtpTransceiver>): boolean {
    let adopted = false
    for (const fresh of this.#connection.getTransceivers()) {
      if (known.has(fresh) || fresh.mid === null || stopped(fresh)) continue
      const homeless = this.#connection
        .getTransceivers()
        .filter((one) => one.mid === null && !stopped(one) && kindOf(one) === kindOf(fresh))
      const moving = homeless.find((one) => this.#used.has(one)) ?? homeless[0]
      if (!moving) continue
      const slot = this.#used.get(moving)
      if (slot) {
        this.#used.delete(moving)
        this.#used.set(fresh, slot)
        slot.move(fresh)
      }
      moving.stop()
      this.orphaned = adopted = true
    }
    return adopted
  }

  #free(kind: string): RTCRtpTransceiver[] {
    return this.#connection
      .getTransceivers()
      .filter((one) => kindOf(one) === kind && !stopped(one) && !this.#used.has(one))
      // Those that have an m-section first.
      .sort((a, b) => Number(a.mid === null) - Number(b.mid === null))
  }
}

const kindOf = ({ receiver }: RTCRtpTransceiver): string => receiver.track.kind

// `direction` says so at once, `currentDirection` only after the next negotiation.
const stopped = ({ direction }: RTCRtpTransceiver): boolean => direction === 'stopped'
