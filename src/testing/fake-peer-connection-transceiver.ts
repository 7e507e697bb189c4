import { FakeTrack } from './fake-media'
import { sends } from './fake-peer-connection-sdp'

const failure = (name: string, message: string): DOMException => new DOMException(message, name)

/** What a transceiver asks of its connection. */
export interface TransceiverOwner {
  readonly signalingState: RTCSignalingState
  changed(): void
  chain<T>(operation: () => Promise<T>): Promise<T>
  task<T>(step: () => T): Promise<T>
}

/** A sender of the fake. */
export class FakeSender {
  track: MediaStreamTrack | null
  streams: readonly string[]
  readonly #transceiver: FakeTransceiver
  readonly #owner: TransceiverOwner

  constructor(transceiver: FakeTransceiver, owner: TransceiverOwner, track: MediaStreamTrack | null, streams: readonly string[]) {
    this.#transceiver = transceiver
    this.#owner = owner
    this.track = track
    this.streams = streams
  }

  replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    if (track && track.kind !== this.#transceiver.kind) return Promise.reject(new TypeError('The kinds differ.'))
    return this.#owner.chain(async () => {
      if (this.#transceiver.stopping) throw failure('InvalidStateError', 'The transceiver is stopped.')
      return this.#owner.task(() => {
        this.track = track
      })
    })
  }

  /** Whether what the track gives is sent. */
  active = true

  getParameters(): RTCRtpSendParameters {
    return { encodings: [{ active: this.active }], codecs: [], headerExtensions: [], rtcp: {}, transactionId: '' }
  }

  async setParameters({ encodings }: RTCRtpSendParameters): Promise<void> {
    await Promise.resolve()
    if (this.#transceiver.stopping) throw failure('InvalidStateError', 'The transceiver is stopped.')
    this.active = encodings.every(({ active }) => active !== false)
  }

  setStreams(...streams: readonly MediaStream[]): void {
    if (this.#owner.signalingState === 'closed') throw failure('InvalidStateError', 'The connection is closed.')
    this.streams = streams.map(({ id }) => id)
    this.#owner.changed()
  }
}

/** A transceiver of the fake. */
export class FakeTransceiver {
  mid: string | null = null
  currentDirection: RTCRtpTransceiverDirection | null = null
  stopping = false
  stopped = false
  /** Media went out at some time: `addTrack` takes another one then. */
  hasSent = false
  /** Index of the m-section this was last offered in; Chromium keeps it beyond a rollback. */
  index = -1
  readonly kind: 'audio' | 'video'
  readonly sender: FakeSender
  readonly receiver: { readonly track: MediaStreamTrack }
  /** Made by `addTrack`: a remote offer may take it (RFC 9429, 5.10). */
  addTracked: boolean
  /** Tracks are received now, as far as `track` events told. */
  receiving = false
  #direction: RTCRtpTransceiverDirection
  readonly #owner: TransceiverOwner

  constructor(
    owner: TransceiverOwner,
    kind: 'audio' | 'video',
    { direction, track = null, streams = [], addTracked = false }: {
      readonly direction: RTCRtpTransceiverDirection
      readonly track?: MediaStreamTrack | null
      readonly streams?: readonly string[]
      readonly addTracked?: boolean
    },
  ) {
    this.#owner = owner
    this.#direction = direction
    this.kind = kind
    this.addTracked = addTracked
    this.sender = new FakeSender(this, owner, track, streams)
    this.receiver = { track: new FakeTrack(kind).track }
  }

  get direction(): RTCRtpTransceiverDirection {
    return this.stopping ? 'stopped' : this.#direction
  }

  set direction(direction: RTCRtpTransceiverDirection) {
    if (this.#owner.signalingState === 'closed' || this.stopping)
      throw failure('InvalidStateError', 'The transceiver is stopped.')
    if (direction === this.#direction) return
    this.#direction = direction
    this.#owner.changed()
  }

  /** An answer settled what goes which way. */
  settle(direction: RTCRtpTransceiverDirection): void {
    this.currentDirection = direction
    this.hasSent ||= sends(direction)
  }

  stop(): void {
    if (this.#owner.signalingState === 'closed') throw failure('InvalidStateError', 'The connection is closed.')
    if (this.stopping) return
    this.stopping = true
    this.#owner.changed()
  }
}
