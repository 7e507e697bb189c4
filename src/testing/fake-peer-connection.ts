import { FakeDataChannel, otherEnd, type WireEnd } from './fake-data-channel'
import { FakeTransceiver, type TransceiverOwner } from './fake-peer-connection-transceiver'
import { type Applied, type FakeEngine, Jsep } from './fake-peer-connection-jsep'
import { candidatesOf, directionOf, receives } from './fake-peer-connection-sdp'
import type { FakeTasks } from './fake-peer-connection-tasks'

const invalidState = (message: string): DOMException => new DOMException(message, 'InvalidStateError')

/** How a {@link FakePeerConnection} is made. */
export interface FakePeerConnectionOptions {
  /** Names the connection: its task queue and its ICE generations. */
  readonly name: string
  /** Where its steps wait. */
  readonly tasks: FakeTasks
  /**
   * Whose deviations from the specification it has. `firefox` ends a generation with a candidate `''`, refuses candidates
   * of an unknown generation, and an ICE restart that meets an offer of ours which asked for none. `chromium` reads a
   * remote offer before it rolls ours back, never gathers after a rollback before a candidate was found, cannot answer where the
   * data section of its first offer was rolled back and moved, and finds the transceiver of a new section by the index it
   * last had. @defaultValue `firefox`
   */
  readonly engine?: FakeEngine
}

/**
 * An `RTCPeerConnection` without media and without network, which keeps to JSEP: signaling states and their errors,
 * implicit and explicit rollback, association of transceivers, mids, directions, `negotiationneeded` and its timing, ICE
 * generations (RFC 9429; W3C webrtc-pc, 4.4 and 4.7.3). Both browsers were seen to do the same, walk by walk. Nothing
 * happens by itself: each step is a task of {@link FakeTasks}.
 *
 * @example
 * ```ts
 * import { FakePeerConnection, FakeTasks } from 'tsunagu/testing'
 * const tasks = new FakeTasks()
 * const connection = new FakePeerConnection({ name: 'a', tasks })
 * connection.addEventListener('negotiationneeded', () => console.log('needed'))
 * connection.addTransceiver('audio')
 * tasks.run('a')
 * ```
 */
export class FakePeerConnection extends EventTarget implements TransceiverOwner, WireEnd {
  connectionState: RTCPeerConnectionState = 'new'
  iceGatheringState: RTCIceGatheringState = 'new'
  /** The data channels made here. */
  readonly channels: FakeDataChannel[] = []
  /** Nothing that is said over a channel leaves or arrives, not even the end. */
  cut = false
  /** It is DTLS that failed, and not ICE, where the connection did. */
  dtlsFailed = false
  readonly #name: string
  readonly #tasks: FakeTasks
  readonly #engine: FakeEngine
  readonly #jsep: Jsep
  /** Generations whose candidates were told, and those of the other side of which we have some. */
  readonly #gathered = new Set<string>()
  readonly #reachable = new Set<string>()
  #closed = false
  #deaf = false
  /** A candidate was told, of any generation. */
  #fruitful = false
  /** What `createAnswer` made last. */
  #answer: Applied | undefined
  #operations = 0
  #tail: Promise<unknown> = Promise.resolve()
  #needed = false
  #checkOnEmptyChain = false

  constructor({ name, tasks, engine = 'firefox' }: FakePeerConnectionOptions) {
    super()
    this.#name = name
    this.#tasks = tasks
    this.#engine = engine
    this.#jsep = new Jsep(name, engine)
    this.#jsep.add = (kind, direction) => this.#add(new FakeTransceiver(this, kind, { direction }))
    tasks.ends.add(this)
  }

  /** The same, typed as the code under test wants it. */
  get connection(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection
  }

  get signalingState(): RTCSignalingState {
    return this.#closed ? 'closed' : this.#jsep.state
  }

  get localDescription(): Applied | null {
    return this.#jsep.local
  }

  get remoteDescription(): Applied | null {
    return this.#jsep.remote
  }

  get currentLocalDescription(): Applied | null {
    return this.#jsep.current.local ?? null
  }

  get currentRemoteDescription(): Applied | null {
    return this.#jsep.current.remote ?? null
  }

  get iceConnectionState(): RTCPeerConnectionState {
    if (this.dtlsFailed) return 'connected'
    return this.#engine === 'chromium' && this.connectionState === 'failed' ? 'disconnected' : this.connectionState
  }

  get sctp(): object | null {
    return this.#jsep.current.local?.sections.some(({ kind }) => kind === 'application') ? {} : null
  }

  /** Whether a candidate of the other side's current generation was added. */
  get reachable(): boolean {
    const ufrag = this.#jsep.current.remote?.sections[0]?.ufrag
    return ufrag !== undefined && this.#reachable.has(ufrag)
  }

  getTransceivers(): FakeTransceiver[] {
    return [...this.#jsep.transceivers]
  }

  addTransceiver(
    given: MediaStreamTrack | string,
    { direction = 'sendrecv', streams = [] }: { direction?: RTCRtpTransceiverDirection; streams?: readonly MediaStream[] } = {},
  ): FakeTransceiver {
    this.#assertOpen()
    const track = typeof given === 'string' ? null : given
    const kind = (track?.kind ?? given) as 'audio' | 'video'
    const transceiver = new FakeTransceiver(this, kind, { direction, track, streams: streams.map(({ id }) => id) })
    this.changed()
    return this.#add(transceiver)
  }

  addTrack(track: MediaStreamTrack, ...streams: readonly MediaStream[]): FakeTransceiver['sender'] {
    this.#assertOpen()
    const ids = streams.map(({ id }) => id)
    const kind = track.kind as 'audio' | 'video'
    this.changed()
    const free = this.#jsep.transceivers.find((one) => one.kind === kind && !one.sender.track && !one.stopping && !one.hasSent)
    if (!free)
      return this.#add(new FakeTransceiver(this, kind, { direction: 'sendrecv', track, streams: ids, addTracked: true })).sender
    Object.assign(free.sender, { track, streams: ids })
    Object.assign(free, { addTracked: true, direction: directionOf(true, receives(free.direction)) })
    return free.sender
  }

  createDataChannel(label: string): FakeDataChannel {
    this.#assertOpen()
    if (!this.#jsep.data) this.changed()
    this.#jsep.data = true
    const channel = new FakeDataChannel(label, this)
    this.channels.push(channel)
    return channel
  }

  /** Whom it talks to; `undefined` while it is not connected. */
  get wire(): WireEnd['wire'] {
    const { local, remote } = this.#jsep.current
    if (this.#closed || this.cut || this.connectionState !== 'connected' || !local || !remote) return undefined
    return { local: local.sections[0]?.ufrag ?? '', remote: remote.sections[0]?.ufrag ?? '' }
  }

  /** Fires an event at the other side's channel of the label, as a task. */
  carry(label: string, event: Event): void {
    const other = otherEnd(this.#tasks.ends, this)
    this.#tasks.post(`to ${this.#name}`, () => {
      if (!this.cut) other?.channels.find((one) => one.label === label)?.receive(event)
    })
  }

  restartIce(): void {
    this.#jsep.replace = this.#jsep.current.local?.sections[0]?.ufrag
    this.changed()
  }

  createAnswer(): Promise<{ readonly type: 'answer'; readonly sdp: string }> {
    return this.chain(async () => {
      if (this.#jsep.state !== 'have-remote-offer') throw invalidState(`An answer in ${this.#jsep.state}.`)
      this.#answer = await this.task(() => this.#jsep.createAnswer())
      return { type: 'answer', sdp: this.#answer.sdp }
    })
  }

  setLocalDescription({ type: given, sdp = '' }: { readonly type?: RTCSdpType; readonly sdp?: string } = {}): Promise<void> {
    return this.chain(async () => {
      const jsep = this.#jsep
      const type = given ?? (jsep.state === 'have-remote-offer' ? 'answer' : 'offer')
      if (type === 'rollback') return this.#rollBack()
      // As Firefox says; Chromium knows them.
      if (type === 'pranswer') throw new DOMException('There are no provisional answers.', 'NotSupportedError')
      if ((type === 'answer') !== (jsep.state === 'have-remote-offer')) throw invalidState(`${type} in ${jsep.state}`)
      if (sdp && sdp !== this.#answer?.sdp) throw new DOMException('Not what was made.', 'InvalidModificationError')
      const made = (sdp && this.#answer) || (await this.task(() => (type === 'offer' ? jsep.createOffer() : jsep.createAnswer())))
      await this.#apply(() => jsep.applyLocal(made))
      this.#gather()
    })
  }

  setRemoteDescription({ type, sdp = '' }: { readonly type: string; readonly sdp?: string }): Promise<void> {
    return this.chain(async () => {
      const jsep = this.#jsep
      if (type === 'rollback') return this.#rollBack()
      if (type !== 'offer' && type !== 'answer') throw new TypeError(type)
      if (type === 'answer' && jsep.state !== 'have-local-offer') throw invalidState(`${type} in ${jsep.state}`)
      const read = await this.#apply(() => jsep.receive(type, sdp))
      await this.#apply(() => jsep.applyRemote(read, (transceiver) => this.#tellTrack(transceiver)))
    })
  }

  addIceCandidate({ sdpMid = null, usernameFragment = null }: RTCIceCandidateInit): Promise<void> {
    return this.chain(async () => {
      const { remote, current, pending } = this.#jsep
      if (!remote) throw invalidState('There is no remote description.')
      return this.task(() => {
        if (sdpMid !== null && !remote.sections.some(({ mid }) => mid === sdpMid))
          throw new DOMException('Unknown section.', 'OperationError')
        const ufrag = usernameFragment ?? remote.sections[0]?.ufrag ?? ''
        if ([pending.remote, current.remote].some((one) => one?.sections[0]?.ufrag === ufrag)) this.#reachable.add(ufrag)
        else if (this.#engine === 'firefox') throw new DOMException('Unknown generation.', 'OperationError')
        this.#updateConnection()
      })
    })
  }

  close(): void {
    if (this.#closed) return
    for (const channel of this.channels) channel.close()
    this.#closed = true
    this.#tasks.ends.delete(this)
    this.connectionState = 'closed'
    for (const transceiver of this.#jsep.transceivers) transceiver.stopping = transceiver.stopped = true
  }

  /** W3C webrtc-pc, 4.4.1.2: one operation at a time. */
  chain<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(invalidState('The connection is closed.'))
    this.#operations++
    const result = this.#tail.then(operation)
    const done = (): void => {
      if (--this.#operations || !this.#checkOnEmptyChain) return
      this.#checkOnEmptyChain = false
      this.changed()
    }
    this.#tail = result.then(done, done)
    return result
  }

  /** One step of an operation, later; after `close` it never comes. */
  task<T>(step: () => T): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#post(() => {
        try {
          resolve(step())
        } catch (error) {
          reject(error)
        }
      }),
    )
  }

  /** W3C webrtc-pc, 4.7.3: update the negotiation-needed flag. */
  changed(): void {
    if (this.#busy()) return
    this.#post(() => {
      if (this.#busy() || this.signalingState !== 'stable') return
      const { needed } = this.#jsep
      const news = needed && !this.#needed
      this.#needed = needed
      if (news) this.dispatchEvent(new Event('negotiationneeded'))
    })
  }

  #busy(): boolean {
    this.#checkOnEmptyChain ||= this.#operations > 0
    return this.#operations > 0
  }

  #apply<T>(step: () => T): Promise<T> {
    return this.task(() => {
      const before = this.signalingState
      const open = before === 'have-local-offer' && !this.#fruitful && this.#engine === 'chromium'
      try {
        return step()
      } finally {
        if (this.signalingState !== before) this.dispatchEvent(new Event('signalingstatechange'))
        this.#deaf ||= open && !this.localDescription
        if (this.signalingState === 'stable' && before !== 'stable') {
          this.#needed = false
          this.changed()
        }
        this.#updateConnection()
      }
    })
  }

  #rollBack(): Promise<void> {
    if (this.#jsep.state === 'stable') throw invalidState('There is nothing to roll back.')
    return this.#apply(() => this.#jsep.rollBack())
  }

  #add(transceiver: FakeTransceiver): FakeTransceiver {
    this.#jsep.transceivers.push(transceiver)
    return transceiver
  }

  #tellTrack(transceiver: FakeTransceiver): void {
    const { track } = transceiver.receiver
    this.dispatchEvent(Object.assign(new Event('track'), { track, streams: [], transceiver }))
  }

  /** Two candidates for each generation that is new, then its end as the engine says it; begun a while after, by another thread. */
  #gather(): void {
    const { ufrag, mid } = this.#jsep.local?.sections[0] ?? {}
    if (ufrag === undefined || mid === undefined || this.#gathered.has(ufrag)) return
    this.#gathered.add(ufrag)
    this.#post(() => this.#post(() => this.#post(() => this.#found(ufrag, mid))))
  }

  #found(ufrag: string, sdpMid: string): void {
    if (this.#deaf) return
    this.iceGatheringState = 'gathering'
    this.dispatchEvent(new Event('icegatheringstatechange'))
    for (const candidate of candidatesOf(ufrag, sdpMid, this.#engine === 'firefox'))
      this.#post(() => {
        // A generation that was rolled back is no longer gathered.
        if (this.#jsep.local?.sections[0]?.ufrag !== ufrag) return
        this.#fruitful = true
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }))
      })
  }

  #updateConnection(): void {
    const before = this.connectionState
    if (before === 'new' && this.localDescription && this.remoteDescription) this.connectionState = 'connecting'
    if (before === 'connecting' && this.#jsep.state === 'stable' && this.reachable) this.connectionState = 'connected'
    if (this.connectionState === before) return
    this.#post(() => this.dispatchEvent(new Event('connectionstatechange')))
    const other = otherEnd(this.#tasks.ends, this)
    for (const end of other ? [this, other] : [])
      for (const channel of end.channels) this.#tasks.post(this.#name, () => channel.receive(new Event('open')))
  }

  #post(task: () => void): void {
    this.#tasks.post(this.#name, () => {
      if (!this.#closed) task()
    })
  }

  #assertOpen(): void {
    if (this.#closed) throw invalidState('The connection is closed.')
  }
}
