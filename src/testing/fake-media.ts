import { deferred } from '../base/wait'

/** A track that shows nothing, for tests without a browser. */
export class FakeTrack extends EventTarget {
  readyState: MediaStreamTrackState = 'live'
  contentHint = ''
  readonly id: string
  readonly kind: 'audio' | 'video'
  readonly deviceId: string | undefined

  constructor(kind: 'audio' | 'video', deviceId?: string) {
    super()
    this.kind = kind
    this.deviceId = deviceId
    this.id = `${kind}-${deviceId ?? 'none'}`
  }

  /** What was asked of it last. */
  constraints: MediaTrackConstraints = {}
  /** What it refuses to change as it runs. */
  refuses: readonly string[] = []

  getSettings(): MediaTrackSettings {
    return { ...(this.deviceId && { deviceId: this.deviceId }) }
  }

  getConstraints(): MediaTrackConstraints {
    return this.constraints
  }

  async applyConstraints(constraints: MediaTrackConstraints): Promise<void> {
    if (this.refuses.some((name) => name in constraints)) throw new DOMException('It runs.', 'OverconstrainedError')
    this.constraints = constraints
  }

  stop(): void {
    this.readyState = 'ended'
  }

  /** Ends as by the browser's own bar or a pulled plug. */
  end(): void {
    this.stop()
    this.dispatchEvent(new Event('ended'))
  }

  /** The same, typed as the code under test wants it. */
  get track(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack
  }
}

/** One question to the person that waits for its answer. */
export interface Question {
  readonly method: 'getUserMedia' | 'getDisplayMedia'
  readonly constraints: MediaStreamConstraints
  allow(...tracks: readonly FakeTrack[]): void
  /** The browser says no: by name as a DOMException does, and for an over-constrained request the constraint. */
  refuse(name: string, message?: string, constraint?: string): void
}

/** Cameras, microphones and the person who is asked for them, under the test's control. */
export class FakeMediaDevices extends EventTarget {
  /** What is plugged in. */
  infos: MediaDeviceInfo[] = []
  /** Every question so far. */
  readonly questions: Question[] = []
  /** How many listeners wait for `devicechange`. */
  watchers = 0

  async enumerateDevices(): Promise<MediaDeviceInfo[]> {
    return [...this.infos]
  }

  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.#ask('getUserMedia', constraints)
  }

  getDisplayMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
    return this.#ask('getDisplayMedia', constraints)
  }

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.watchers++
    super.addEventListener(...args)
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.watchers--
    super.removeEventListener(...args)
  }

  /** Changes what is plugged in and says so. */
  plug(...infos: readonly MediaDeviceInfo[]): void {
    this.infos = [...infos]
    this.dispatchEvent(new Event('devicechange'))
  }

  /** The same, typed as the code under test wants it. */
  get devices(): MediaDevices {
    return this as unknown as MediaDevices
  }

  #ask(method: Question['method'], constraints: MediaStreamConstraints): Promise<MediaStream> {
    const answer = deferred<MediaStream>()
    this.questions.push({
      method,
      constraints,
      allow: (...tracks) => answer.resolve({ getTracks: () => [...tracks] } as unknown as MediaStream),
      refuse: (name, message = '', constraint) =>
        answer.reject(
          name === 'TypeError' ? new TypeError(message) : Object.assign(new DOMException(message, name), { constraint }),
        ),
    })
    return answer.promise
  }
}

/** One line of `enumerateDevices()`. */
export const deviceInfo = (kind: MediaDeviceKind, deviceId: string, label = deviceId, groupId = ''): MediaDeviceInfo => ({
  kind,
  deviceId,
  label,
  groupId,
  toJSON: () => ({}),
})
