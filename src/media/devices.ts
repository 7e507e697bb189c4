import { Emitter, type Listener, type ListenerOptions } from '../base/emitter'
import { DEFAULT_LOGGER } from '../base/log'
import { permissionOf, RUNTIME, type Runtime } from '../base/runtime'
import { logged } from '../base/wait'
import {
  type CameraOptions,
  type CaptureWait,
  type CaptureWish,
  type MicrophoneOptions,
  type ScreenCapture,
  type ScreenOptions,
  capture,
  captureScreen,
} from './capture'

/** What a device is for. */
export type DeviceKind = 'camera' | 'microphone' | 'speaker'

/** One camera, microphone or speaker. */
export interface MediaDevice {
  /** For the `deviceId` options. Stays the same for this site until the person clears its data; empty before the first permission. */
  readonly id: string
  /** For people. Empty before the first permission. */
  readonly label: string
  readonly kind: DeviceKind
  /** Devices of one piece of hardware share it: a headset's microphone and speaker. */
  readonly groupId: string
  /** What a capture without a `deviceId` takes. */
  readonly isDefault: boolean
}

/** Events of {@link devices}. */
export interface DevicesEvents {
  /** Something was plugged in or out, or another device became the default. */
  changed: {
    readonly added: readonly MediaDevice[]
    readonly removed: readonly MediaDevice[]
    /** All there are now. */
    readonly devices: readonly MediaDevice[]
  }
}

const KINDS = { videoinput: 'camera', audioinput: 'microphone', audiooutput: 'speaker' } as const

// Pulling out one headset makes Chromium fire up to three times, once per kind of device.
const SETTLE_MS = 50

/**
 * Chromium lists the default device twice, once under the id `default` (and on Windows again as `communications`): only the
 * real entry stays, marked. Elsewhere the default is the first of its kind (Media Capture and Streams, 9.2.1).
 */
const tidy = (infos: readonly MediaDeviceInfo[]): MediaDevice[] => {
  const listed: MediaDevice[] = []
  for (const info of infos) {
    const { deviceId, label, groupId } = info
    const same = infos.filter(({ kind }) => kind === info.kind)
    const alias = same.find((one) => one.deviceId === 'default')
    const isAliased = (one: MediaDeviceInfo): boolean =>
      one !== alias && one.groupId === alias?.groupId && alias.label.endsWith(one.label)
    if (deviceId === 'communications' || (info === alias && same.some(isAliased))) continue
    const isDefault = alias ? info === alias || isAliased(info) : info === same[0] && info.kind !== 'audiooutput'
    listed.push({ id: deviceId, label, kind: KINDS[info.kind], groupId, isDefault })
  }
  return listed
}

/** Those of one list that are not in the other, as far as ids are known: before the first permission they are not. */
const missingFrom = (other: readonly MediaDevice[], list: readonly MediaDevice[]): MediaDevice[] =>
  list.filter(({ id, kind }) => id && !other.some((one) => one.kind === kind && (!one.id || one.id === id)))

/**
 * The cameras, microphones, speakers and screens of this computer: use it as {@link devices}.
 */
export class Devices extends Emitter<DevicesEvents> {
  readonly #runtime: Runtime
  readonly #permissionOf: typeof permissionOf
  #unwatch: (() => void) | undefined

  /** @internal */
  constructor(runtime: Runtime, ask = permissionOf) {
    super()
    this.#runtime = runtime
    this.#permissionOf = ask
  }

  /**
   * Lists what there is. Before the person has given a first permission, the browser hides ids and labels, and all but one of each kind.
   * Speakers are listed once a microphone was allowed, and not by every browser.
   *
   * @throws {@link RtcError} `media/insecure-context`
   */
  async list(kind?: DeviceKind): Promise<readonly MediaDevice[]> {
    const all = tidy(await this.#runtime.mediaDevices().enumerateDevices())
    return kind ? all.filter((device) => device.kind === kind) : all
  }

  /**
   * Tells what would happen on asking for a device: taken at once, refused at once, or a question to the person;
   * `unknown` where the browser does not tell.
   *
   * @throws {@link RtcError} `media/insecure-context`
   */
  async permission(kind: 'camera' | 'microphone'): Promise<PermissionState | 'unknown'> {
    const state = await this.#permissionOf(kind)
    if (state) return state
    // Labels are shown only to a page that may capture.
    return (await this.list(kind)).some(({ label }) => label) ? 'granted' : 'unknown'
  }

  /**
   * Takes a microphone. Its track is yours: stop it when it is not needed any more.
   *
   * @throws {@link RtcError} `media/permission-denied`, `media/not-found`, `media/in-use`, `media/insecure-context`;
   * the signal's reason when that aborts first.
   */
  microphone({ signal, ...options }: MicrophoneOptions & CaptureWait = {}): Promise<MediaStreamTrack> {
    return logged('microphone', this.#capture('audio', { audio: options }, signal), DEFAULT_LOGGER)
  }

  /**
   * Takes a camera; call it again with another `deviceId` for another one at the same time. Its track is yours: stop it
   * when it is not needed any more.
   *
   * @throws {@link RtcError} `media/permission-denied`, `media/not-found`, `media/in-use`, `media/overconstrained`,
   * `media/insecure-context`; the signal's reason when that aborts first.
   */
  camera({ signal, ...options }: CameraOptions & CaptureWait = {}): Promise<MediaStreamTrack> {
    return logged('camera', this.#capture('video', { video: options }, signal), DEFAULT_LOGGER)
  }

  /**
   * Lets the person choose a screen, window or tab; call it from a click. Publish what it gives as a whole.
   *
   * @throws {@link RtcError} `media/screen-cancelled`, `media/permission-denied`, `media/unsupported`,
   * `usage/invalid-state` outside a click, `media/insecure-context`; the signal's reason when that aborts first.
   */
  screen({ signal, ...options }: ScreenOptions & CaptureWait = {}): Promise<ScreenCapture> {
    return logged('screen', captureScreen(options, this.#runtime, signal), DEFAULT_LOGGER)
  }

  override on<Name extends keyof DevicesEvents>(
    name: Name,
    listener: Listener<DevicesEvents[Name]>,
    options?: ListenerOptions,
  ): () => void {
    const undo = super.on(name, listener, options)
    if (!this.#unwatch && this.listenerCount('changed')) this.#watch()
    return undo
  }

  override off<Name extends keyof DevicesEvents>(name: Name, listener: Listener<DevicesEvents[Name]>): void {
    super.off(name, listener)
    if (this.listenerCount('changed')) return
    this.#unwatch?.()
    this.#unwatch = undefined
  }

  async #capture(kind: 'audio' | 'video', wish: CaptureWish, signal: AbortSignal | undefined): Promise<MediaStreamTrack> {
    return (await capture(wish, this.#runtime, signal))[kind] as MediaStreamTrack
  }

  #watch(): void {
    let target: MediaDevices
    try {
      target = this.#runtime.mediaDevices()
    } catch {
      return // Where a page may not capture, nothing ever changes; a capture says why.
    }
    const list = (): Promise<readonly MediaDevice[]> => this.list().catch(() => [])
    let known = list()
    let cancel: (() => void) | undefined
    const compare = async (): Promise<void> => {
      cancel = undefined
      const before = known
      known = list()
      const [old, now] = await Promise.all([before, known])
      if (JSON.stringify(old) === JSON.stringify(now)) return
      this.emit('changed', { added: missingFrom(old, now), removed: missingFrom(now, old), devices: now })
    }
    const settle = (): void => {
      cancel ??= this.#runtime.after(SETTLE_MS, compare)
    }
    target.addEventListener('devicechange', settle)
    this.#unwatch = () => {
      cancel?.()
      target.removeEventListener('devicechange', settle)
    }
  }
}

/**
 * The cameras, microphones, speakers and screens of this computer. Importing it touches nothing.
 *
 * @example
 * ```ts
 * import { devices, type Call } from 'tsunagu'
 * const showRoom = async (call: Call) => {
 *   const [first] = await devices.list('camera')
 *   const camera = await devices.camera({ ...(first && { deviceId: first.id }), width: 1280 })
 *   await call.local.publish(camera, { name: 'room' })
 *   devices.on('changed', ({ added }) => console.log('plugged in', added.map(({ label }) => label)))
 * }
 * ```
 */
export const devices: Devices = /* @__PURE__ */ new Devices(RUNTIME)
