import { type Call, type DeviceKind, devices, isRtcError, type LocalTrack, type PublishedScreen, type TrackSource } from 'tsunagu'
import type { Background } from './blur/background'
import type { Wish } from './remedies'

/** The picture to ask for: a wish, so a lesser camera is as welcome. */
export const VIDEO = { width: 1280, height: 720 } as const

/** Who wants to know. */
export interface OwnMediaOptions {
  /** Something is sent that was not, or the other way round. */
  readonly onChange: () => void
  readonly onProblem: (error: unknown, wish: Wish) => void
  readonly onTrack: (track: LocalTrack) => void
  readonly background: Background
  /** Aborts when the call is over. */
  readonly signal: AbortSignal
}

/** What we send in one call: microphone, camera and screen, each on or off. */
export class OwnMedia {
  readonly #call: Call
  readonly #options: OwnMediaOptions
  readonly #busy = new Set<Wish>()
  readonly #known = new Set<LocalTrack>()
  #screen: PublishedScreen | undefined
  #blurred: boolean
  /** The camera was on, and waits for its pictures to be blurred; where they cannot be, for going on without. */
  #resting = false

  constructor(call: Call, options: OwnMediaOptions) {
    this.#call = call
    this.#options = options
    this.#blurred = options.background.isOn
    call.local.on('trackPublished', () => this.#follow(), { signal: options.signal })
    options.background.on('changed', ({ on }) => void this.#blur(on), { signal: options.signal })
    this.#follow()
  }

  get microphone(): boolean {
    return this.#isSent('microphone')
  }

  get camera(): boolean {
    return this.#isSent('camera')
  }

  get screen(): boolean {
    return this.#isSent('screen')
  }

  /** A camera that looks away from us is not shown as in a mirror. */
  get mirrored(): boolean {
    return this.#track('camera')?.mediaStreamTrack?.getSettings().facingMode !== 'environment'
  }

  /** The id of the camera or microphone in use. */
  deviceId(source: 'camera' | 'microphone'): string | undefined {
    return this.#track(source)?.mediaStreamTrack?.getSettings().deviceId
  }

  toggleMicrophone(): Promise<void> {
    const track = this.#track('microphone')
    if (!track) return this.#once('microphone', async () => this.#publish(await devices.microphone()))
    return this.#try('microphone', () => (track.muted ? track.unmute() : track.mute()))
  }

  /** Off means off: the device is given back, and its light goes out. */
  toggleCamera(): Promise<void> {
    const track = this.#track('camera')
    if (!track) return this.#once('camera', async () => this.#publish(await devices.camera(VIDEO)))
    // It is being blurred: nothing may be shown before.
    if (this.#busy.has('camera')) return Promise.resolve()
    return this.#try('camera', async () => {
      this.#resting = false
      if (!track.muted) return track.mute({ release: true })
      // A filter that has failed once does not work again; another one may.
      if (this.#options.background.isOn) await track.process(this.#options.background.filter())
      await track.unmute()
    })
  }

  toggleScreen(): Promise<void> {
    return this.#once('screen', async () => {
      if (this.#screen && this.screen) return this.#screen.unpublish()
      this.#screen = await this.#call.local.publish(await devices.screen({ audio: true }), { stop: true })
    })
  }

  /** Goes on to the next camera, round and round. */
  async swapCamera(): Promise<void> {
    const cameras = await devices.list('camera')
    const now = cameras.findIndex(({ id }) => id === this.deviceId('camera'))
    const next = cameras[(now + 1) % cameras.length]
    if (next) await this.choose('camera', next.id)
  }

  /** Takes another camera or microphone; the other side notices nothing but another picture or sound. */
  choose(kind: Exclude<DeviceKind, 'speaker'>, deviceId: string): Promise<void> {
    return this.#once(kind, async () => {
      const track = this.#track(kind)
      const take = (): Promise<MediaStreamTrack> => (kind === 'camera' ? devices.camera({ ...VIDEO, deviceId }) : devices.microphone({ deviceId }))
      if (!track) return this.#publish(await take())
      const wasMuted = track.muted
      const taken = await take().catch(async (error: unknown) => {
        // Most phones open one camera at a time.
        if (kind !== 'camera' || !isRtcError(error) || error.code !== 'media/in-use') throw error
        await track.mute({ release: true })
        return take()
      })
      // The one before was the call's to stop as well.
      await track.replace(taken, { stop: true })
      if (!wasMuted) await track.unmute()
    })
  }

  /** Blurs what is behind us, or no longer. Not one picture leaves sharp meanwhile: nothing is sent until the first blurred one is there. */
  async #blur(on: boolean): Promise<void> {
    const track = this.#track('camera')
    if (this.#blurred === on || !track) return void (this.#blurred = on)
    this.#blurred = on
    await this.#once('camera', async () => {
      if (on) {
        if (!track.muted) {
          this.#resting = true
          await track.mute()
        }
        await track.process(this.#options.background.filter())
      } else await track.process(null)
      if (this.#resting) await track.unmute()
      this.#resting = false
    })
    // Pressed again meanwhile.
    if (this.#options.background.isOn !== this.#blurred) await this.#blur(this.#options.background.isOn)
  }

  async #publish(media: MediaStreamTrack): Promise<void> {
    const { background } = this.#options
    const process = background.isOn && media.kind === 'video' ? background.filter() : undefined
    // Nobody else has it: the call lets go of the device when it is replaced, taken away, or the call ends.
    await this.#call.local.publish(media, { stop: true, ...(process && { process }) })
  }

  #track(source: TrackSource): LocalTrack | undefined {
    return this.#call.local.tracks.find((track) => track.source === source)
  }

  #isSent(source: TrackSource): boolean {
    return this.#track(source)?.muted === false
  }

  /** Listens to tracks that are new. */
  #follow(): void {
    const { onChange, onTrack } = this.#options
    for (const track of this.#call.local.tracks) {
      if (this.#known.has(track)) continue
      this.#known.add(track)
      track.on('processFailed', ({ error }) => this.#options.onProblem(error, 'camera'))
      for (const event of ['muted', 'unmuted', 'mediaStreamTrackChanged', 'unpublished'] as const) track.on(event, onChange)
      onTrack(track)
    }
    onChange()
  }

  /** Runs one thing of a kind at a time: a second press while the browser asks the person does nothing. */
  async #once(wish: Wish, run: () => Promise<void>): Promise<void> {
    if (this.#busy.has(wish)) return
    this.#busy.add(wish)
    await this.#try(wish, run)
    this.#busy.delete(wish)
  }

  /** What fails is shown. Mute and unmute may overlap: of those the last wish holds. */
  async #try(wish: Wish, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      // Closing the browser's own question for a screen is an answer, not a problem.
      if (!isRtcError(error) || error.code !== 'media/screen-cancelled') this.#options.onProblem(error, wish)
    }
    this.#options.onChange()
  }
}
