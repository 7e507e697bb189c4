import { RtcError } from '../base/errors'
import type { Runtime } from '../base/runtime'
import { abortable } from '../base/wait'
import { note } from './facts'
import type { Asked, Failure } from './failures'

export { type CaptureFacts, captureOf, type CaptureWait, type TrackSource } from './facts'

/** What a microphone should do; what is left out is the browser's choice (it cleans speech up). */
export interface MicrophoneOptions {
  /** One of `devices.list('microphone')`; no other will do. @defaultValue the browser's choice */
  readonly deviceId?: string
  /** @defaultValue the browser's choice: on */
  readonly noiseSuppression?: boolean
  /** @defaultValue the browser's choice: on */
  readonly echoCancellation?: boolean
  /** @defaultValue the browser's choice: on */
  readonly autoGainControl?: boolean
}

/** What a camera should do. A plain number is a wish; `{ exact }`, `{ min }` and `{ max }` are demands, and can fail. */
export interface CameraOptions {
  /** One of `devices.list('camera')`; no other will do. @defaultValue the browser's choice */
  readonly deviceId?: string
  /** In pixels. @defaultValue the browser's choice, mostly 640 */
  readonly width?: ConstrainULong
  /** In pixels. @defaultValue the browser's choice, mostly 480 */
  readonly height?: ConstrainULong
  /** In frames per second. @defaultValue the browser's choice, mostly 30 */
  readonly frameRate?: ConstrainDouble
  /** Which camera of a phone: toward the person or away. @defaultValue the browser's choice */
  readonly facingMode?: 'user' | 'environment'
}

/** What a screen capture should carry. */
export interface ScreenOptions {
  /** Asks for the sound of what is shown too. Not every browser has it, and the person may leave it out. @defaultValue false */
  readonly audio?: boolean
}

/** A captured screen, window or tab, and its sound where there is one. Publish the whole of it. */
export interface ScreenCapture {
  readonly video: MediaStreamTrack
  readonly audio?: MediaStreamTrack
  /** Ends the capture. */
  stop(): void
}

/** What a call wants to capture: nothing, what the browser picks, what the options say, or a track that the app already has. */
export interface CaptureWish {
  readonly audio?: boolean | MicrophoneOptions | MediaStreamTrack | undefined
  readonly video?: boolean | CameraOptions | MediaStreamTrack | undefined
}

/** What came of a {@link CaptureWish}. */
export interface Captured {
  readonly audio: MediaStreamTrack | undefined
  readonly video: MediaStreamTrack | undefined
  /** Those of the two that we captured ourselves and have to stop. */
  readonly owned: readonly MediaStreamTrack[]
}

type CaptureRuntime = Pick<Runtime, 'mediaDevices' | 'allows'>

const stopAll = (tracks: readonly MediaStreamTrack[]): void => tracks.forEach((track) => track.stop())

/**
 * Waits for the person's answer; an answer that comes after `signal` aborted is not wanted any more and is stopped.
 * A policy that forbids one of two kinds makes Chromium answer with the other alone: that is a refusal too.
 */
const ask = async (
  request: (devices: MediaDevices) => Promise<MediaStream>,
  asked: Asked,
  runtime: CaptureRuntime,
  signal: AbortSignal | undefined,
): Promise<MediaStreamTrack[]> => {
  signal?.throwIfAborted()
  const devices = runtime.mediaDevices()
  // `async`, because a browser may throw a TypeError instead of rejecting with it.
  const answer = (async () => (await request(devices)).getTracks())()
  try {
    const tracks = await abortable(answer, signal)
    if (asked === 'camera and microphone' && tracks.length < 2) throw new DOMException('One was left out.', 'NotAllowedError')
    return tracks
  } catch (error) {
    answer.then(stopAll, () => undefined)
    if (signal?.aborted) throw signal.reason
    // Most captures succeed: what each refusal means, and what helps, loads when there is one.
    const failures = await import('./failures').catch(() => undefined)
    const [code, what, fix]: Failure = failures?.explain(error, asked, runtime) ?? ['media/failed', 'for an unknown reason']
    throw new RtcError(code, `No ${asked}: ${what}.`, { fix, cause: error })
  }
}

const isTrack = (wish: CaptureWish['audio'] | CaptureWish['video']): wish is MediaStreamTrack =>
  'readyState' in (Object(wish) as object)

/** What to ask the browser for; nothing in place of a track that is there. */
const constraints = (wish: CaptureWish['audio'] | CaptureWish['video'], kind: string): boolean | MediaTrackConstraints => {
  if (isTrack(wish)) {
    if (wish.readyState === 'ended') throw new RtcError('media/ended', 'This track has ended.')
    if (wish.kind !== kind) throw new RtcError('usage/invalid-argument', `This is no ${kind}.`)
    return false
  }
  if (!wish || wish === true) return !!wish
  // Types do not stop everybody.
  if (typeof wish !== 'object' || 'getTracks' in wish) throw new RtcError('usage/invalid-argument', `${kind} is true, options or a track.`)
  const { deviceId, ...rest } = wish
  return deviceId ? { ...rest, deviceId: { exact: deviceId } } : rest
}

/** What is asked of a device that is in use already: yes, no and which one are demands, so that the browser refuses what it cannot change. */
export const demands = (options: MicrophoneOptions & CameraOptions, kind: string): MediaTrackConstraints => {
  const entries = Object.entries(Object(options) as object)
  // Those of the other kind a browser would take without a word.
  const foreign = kind === 'audio' ? /^(width|height|f.*)$/ : /noise|echo|gain/i
  if (!options || entries.some(([key]) => foreign.test(key))) throw new RtcError('usage/invalid-argument', `These are no settings of ${kind}.`)
  return Object.fromEntries(
    entries.map(([key, value]: [string, unknown]) => [
      key,
      typeof value === 'boolean' || key === 'deviceId' ? { exact: value } : value,
    ]),
  )
}

/**
 * Captures what a call wants, microphone and camera with one question to the person; all of it or nothing.
 *
 * @throws {@link RtcError} `media/permission-denied`, `media/not-found`, `media/in-use`, `media/overconstrained`,
 * `media/insecure-context`, `usage/invalid-argument`; the signal's reason when that aborts first.
 */
export const capture = async (wish: CaptureWish, runtime: CaptureRuntime, signal?: AbortSignal): Promise<Captured> => {
  const audio = constraints(wish.audio, 'audio')
  const video = constraints(wish.video, 'video')
  const owned: MediaStreamTrack[] = []
  if (audio || video) {
    const asked = audio && video ? 'camera and microphone' : audio ? 'microphone' : 'camera'
    const tracks = await ask((devices) => devices.getUserMedia({ audio, video }), asked, runtime, signal)
    for (const track of tracks) owned.push(noteDevice(track, track.kind === 'audio' ? audio : video, runtime))
  }
  const pick = (kind: 'audio' | 'video'): MediaStreamTrack | undefined => {
    const given = wish[kind]
    return isTrack(given) ? given : owned.find((one) => one.kind === kind)
  }
  return { audio: pick('audio'), video: pick('video'), owned }
}

const noteDevice = (
  track: MediaStreamTrack,
  wanted: boolean | MediaTrackConstraints,
  runtime: CaptureRuntime,
): MediaStreamTrack => {
  const { kind } = track
  const { deviceId } = track.getSettings()
  // A bare id is a wish, an exact one of the app's stays a demand.
  const again = { ...(deviceId && { deviceId }), ...(typeof wanted === 'object' && wanted) }
  const source = kind === 'audio' ? 'microphone' : 'camera'
  return note(track, {
    source,
    group: 'main',
    recapture: async ({ signal, change } = {}) => {
      const wish = { ...again, ...change }
      const [fresh] = await ask((devices) => devices.getUserMedia({ [kind]: wish }), source, runtime, signal)
      return noteDevice(fresh as MediaStreamTrack, wish, runtime)
    },
  })
}

/**
 * Lets the person choose a screen, a window or a tab. Its picture is hinted as `detail`, so that text stays sharp when
 * the network is slow; set `video.contentHint = 'motion'` for films and games.
 *
 * @throws {@link RtcError} `media/screen-cancelled`, `media/permission-denied`, `media/unsupported`, `usage/invalid-state`
 * outside a click, `media/in-use`, `media/insecure-context`; the signal's reason when that aborts first.
 */
export const captureScreen = async (
  { audio = false }: ScreenOptions,
  runtime: CaptureRuntime,
  signal?: AbortSignal,
): Promise<ScreenCapture> => {
  if (!('getDisplayMedia' in runtime.mediaDevices()))
    throw new RtcError('media/unsupported', 'This browser cannot share a screen: navigator.mediaDevices has no getDisplayMedia.')
  // Shared sound is music as often as speech: what cleans up speech would spoil it.
  const sound = audio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  const tracks = await ask(
    (devices) => devices.getDisplayMedia({ video: true, audio: sound }),
    'screen',
    runtime,
    signal,
  )
  const find = (kind: string) => tracks.find((track) => track.kind === kind)
  const video = find('video') as MediaStreamTrack
  const heard = find('audio')
  video.contentHint = 'detail'
  note(video, { source: 'screen', group: 'screen' })
  return {
    video,
    ...(heard && { audio: note(heard, { source: 'screen-audio', group: 'screen' }) }),
    stop: () => stopAll(tracks),
  }
}
