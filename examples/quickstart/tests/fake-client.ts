import { setMaxListeners } from 'node:events'
import { type Call, type CallEvents, type CallOptions, type CallState, type Client, type ClientEvents, Emitter, type EndCode, type EndReason, type PresenceUpdate, RtcError } from 'tsunagu'

// One signal takes the many listeners of a screen off; Node would take that for a leak.
setMaxListeners(50)

/** Our side of a fake call. */
class FakeLocal extends Emitter<{ trackPublished: { readonly track: unknown } }> {
  readonly tracks: unknown[] = []
  readonly publish = async (): Promise<void> => undefined

  announce(track: unknown): void {
    this.emit('trackPublished', { track })
  }
}

/** Somebody's call, moved by the test. */
export class FakeCall extends Emitter<CallEvents> {
  static count = 0
  readonly id = `call-${++FakeCall.count}`
  readonly local = new FakeLocal()
  readonly remote: { id: string; name: string; tracks: unknown[] }
  readonly media: { audio: boolean; video: boolean }
  readonly accepts: CallOptions[] = []
  readonly rejections: string[] = []
  /** Keys that were pressed, and whom the other side was put through to. */
  readonly keys: string[] = []
  readonly transfers: (string | FakeCall)[] = []
  held = { local: false, remote: false }
  /** Settles the last transfer. */
  transferred: (error?: RtcError) => void = () => undefined
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

  /** Anything else that happens to a call. */
  happen<Name extends 'transferred' | 'dtmfReceived'>(name: Name, payload: CallEvents[Name]): void {
    this.emit(name, payload as never)
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

  async hold(): Promise<void> {
    this.hear({ local: true })
  }

  async resume(): Promise<void> {
    this.hear({ local: false })
  }

  /** Who holds the call changes. */
  hear(held: Partial<FakeCall['held']>): void {
    this.held = { ...this.held, ...held }
    this.emit('holdChanged', this.held)
  }

  async sendDtmf(keys: string): Promise<void> {
    this.keys.push(keys)
  }

  transfer(to: string | FakeCall): Promise<void> {
    this.transfers.push(to)
    return new Promise((resolve, reject) => {
      this.transferred = (error) => {
        if (error) return reject(error)
        for (const call of typeof to === 'string' ? [this] : [this, to]) call.move('ended', 'call/transferred', 'local')
        resolve()
      }
    })
  }

  async hangUp(): Promise<void> {
    this.hungUp += 1
    if (this.state !== 'ended') this.move('ended', 'call/hung-up', 'local')
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

  /** A call from before a reload, told of while it connects. */
  waiting: FakeCall | undefined

  async connect(): Promise<void> {
    if (this.refusal) throw this.refusal
    if (this.waiting) this.emit('callReclaimed', { call: this.waiting as unknown as Call })
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
