// Runs in the browser: the devices and what comes of asking for them.
import { isRtcError } from '../../../src/base/errors'
import type { MicrophoneOptions } from '../../../src/media/capture'
import { devices } from '../../../src/media/devices'
import { LocalTrack } from '../../../src/media/local-track'

const held: MediaStreamTrack[] = []
const heard: string[] = []

const app = {
  /** Asks, and says how it ended: `taken`, or what the error tells. */
  ask: async (what: 'camera' | 'microphone' | 'screen') => {
    try {
      const taken = await devices[what]()
      held.push('kind' in taken ? taken : taken.video)
      return { code: 'taken', message: '', fix: '' }
    } catch (error) {
      if (!isRtcError(error)) throw error
      const { code, message, fix } = error
      return { code, message, fix }
    }
  },
  permission: (kind: 'camera' | 'microphone') => devices.permission(kind),
  /** Takes every camera there is, at once; the size of a picture decoded from each. */
  everyCamera: async () => {
    held.push(await devices.camera())
    const listed = await devices.list('camera')
    const cameras = await Promise.all(listed.map(({ id }, i) => devices.camera({ deviceId: id, width: 320 * (i + 1) })))
    held.push(...cameras)
    return Promise.all(
      cameras.map(async (camera) => {
        const video = document.createElement('video')
        video.muted = true
        video.srcObject = new MediaStream([camera])
        await video.play()
        await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
        return video.videoWidth
      }),
    )
  },
  /** Changes a microphone that runs, and back; what it says it does before and after, and whether it stayed the same capture. */
  configure: async (options: MicrophoneOptions) => {
    const track = await devices.microphone()
    held.push(track)
    const local = new LocalTrack({ id: 'id', name: 'name', kind: 'audio', source: 'microphone', group: 'main', track, stop: true })
    const settings = (): boolean[] => {
      const { noiseSuppression, echoCancellation, autoGainControl } = local.settings
      return [noiseSuppression, echoCancellation, autoGainControl].map(Boolean)
    }
    const before = settings()
    await local.configure(options)
    return { before, after: settings(), same: local.mediaStreamTrack === track }
  },
  names: async (kind: 'camera' | 'microphone') => (await devices.list(kind)).map(({ label }) => label),
  watch: () => {
    devices.on('changed', ({ added, removed }) =>
      heard.push(`${added.map(({ label }) => `+${label}`).join()}${removed.map(({ label }) => `-${label}`).join()}`),
    )
    for (const track of held) track.addEventListener('ended', () => heard.push(`${track.kind} ended`))
  },
  heard: () => heard,
}
export type MediaApp = typeof app
Object.assign(globalThis, { app })
