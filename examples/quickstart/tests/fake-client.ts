import { type Call, type CallEvents, type CallOptions, type CallState, type Client, type ClientEvents, Emitter, type EndCode, type EndReason, type PresenceUpdate, RtcError } from 'tsunagu'

/** Somebody's call, moved by the test. */
export class FakeCall extends Emitter<CallEvents> {
  readonly local = { tracks: [] as unknown[], publish: async (): Promise<void> => undefined }
  readonly remote: { id: string; name: string; tracks: unknown[] }
  readonly media: { audio: boolean; video: boolean }
  readonly accepts: CallOptions[] = []
  readonly rejections: string[] = []
  state: CallState
  reason: EndReason | undefined
  hungUp = 0
  /** What the next `accept` fails with. */
  refusal: RtcError | undefined
  readonly #active: Promise<void>
  #resolve = (): void => undefined
  #reject: (error: RtcError) => void = () => undefined

  constructor(
    readonly direction: 'outgoing' | 'incoming',
    name: string,
    { audio, video }: CallOptions,
  ) {
    super()
    this.remote = { id: name, name, tracks: [] }
    this.media = { audio: !!audio, video: !!video }
    this.state = direction === 'outgoing' ? 'inviting' : 'ringing'
    this.#active = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#active.catch(() => undefined)
  }

  move(to: CallState, code?: EndCode, by: EndReason['by'] = 'remote', cause?: unknown): void {
    const from = this.state
    this.state = to
    if (code) this.reason = { code, by }
    this.emit('stateChanged', { from, to, ...(this.reason && { reason: this.reason }) })
    if (to === 'active') this.#resolve()
    if (code) this.#reject(new RtcError(code, 'The call ended.', { cause }))
  }

  tell(name: 'trackAdded' | 'trackRemoved' | 'trackMuted' | 'trackUnmuted', track: unknown): void {
    this.emit(name, { track } as CallEvents[typeof name])
  }

  whenActive(): Promise<void> {
    return this.#active
  }

  async accept(options: CallOptions): Promise<void> {
    this.accepts.push(options)
    const { refusal } = this
    this.refusal = undefined
    if (refusal) throw refusal
    this.move('connecting')
  }

  async reject(reason = 'rejected'): Promise<void> {
    this.rejections.push(reason)
    this.move('ended', `call/${reason}` as EndCode, 'local')
  }

  async hangUp(): Promise<void> {
    this.hungUp += 1
    this.move('ended', 'call/hung-up', 'local')
  }
}

/** A client without a server: the test says who is there and who calls. */
export class FakeClient extends Emitter<ClientEvents> {
  readonly calls: FakeCall[] = []
  readonly statuses: string[] = []
  /** What `connect` fails with. */
  refusal: RtcError | undefined
  closed = false
  #watcher: ((update: PresenceUpdate) => void) | undefined

  constructor(readonly id: string) {
    super()
  }

  readonly presence = {
    watch: (_ids: readonly string[], watcher: (update: PresenceUpdate) => void): (() => void) => {
      this.#watcher = watcher
      return () => undefined
    },
    set: (status: string): void => void this.statuses.push(status),
  }

  async connect(): Promise<void> {
    if (this.refusal) throw this.refusal
  }

  async close(): Promise<void> {
    this.closed = true
  }

  call(to: string, options: CallOptions): Call {
    const call = new FakeCall('outgoing', to, options)
    this.calls.push(call)
    return call as unknown as Call
  }

  see(id: string, status: PresenceUpdate['status'] = 'online'): void {
    this.#watcher?.({ id, name: id, status })
  }

  ring(name: string, options: CallOptions = { audio: true, video: true }): FakeCall {
    const call = new FakeCall('incoming', name, options)
    this.calls.push(call)
    this.emit('callReceived', { call: call as unknown as Call })
    return call
  }

  /** Ends what a test left running, so that its keys are not listened to in the next one. */
  end(): void {
    for (const call of this.calls) if (call.state !== 'ended') call.move('ended', 'call/hung-up', 'local')
  }

  server(to: 'online' | 'waiting' | 'offline', error?: RtcError): void {
    this.emit('stateChanged', { from: 'online', to, ...(error && { error }) })
  }

  get client(): Client {
    return this as unknown as Client
  }
}
