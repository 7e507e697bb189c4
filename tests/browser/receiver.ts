import { expect } from 'vitest'
import type { LocalTrack } from '../../src/media/local-track'

const COLORS = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  cyan: [0, 255, 255],
  magenta: [255, 0, 255],
  yellow: [255, 255, 0],
  black: [0, 0, 0],
} as const

export type Color = keyof typeof COLORS

/** The colour that a pixel is nearest to: codecs and colour ranges change it a little. */
const nameOf = (pixel: Uint8ClampedArray): Color => {
  const distance = (name: Color): number =>
    COLORS[name].reduce<number>((sum, part, i) => sum + Math.abs(part - (pixel[i] ?? 0)), 0)
  return (Object.keys(COLORS) as Color[]).reduce((best, name) => (distance(name) < distance(best) ? name : best))
}

/** The other end of a real connection that sends a local track: what is decoded there, seen and heard. */
export class Receiver {
  /** The colour of every picture so far. */
  readonly seen: Color[] = []
  readonly #close: (() => unknown)[] = []
  #analyser: AnalyserNode | undefined

  static async of(local: LocalTrack): Promise<Receiver> {
    const receiver = new Receiver()
    const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()]
    near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined)
    far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined)
    const { sender } = near.addTransceiver(local.kind, { direction: 'sendonly' })
    const unhook = local.addOutlet({
      update: () => sender.replaceTrack(local.sending),
      remove: () => sender.replaceTrack(null),
    })
    await sender.replaceTrack(local.sending)
    await near.setLocalDescription()
    await far.setRemoteDescription(near.localDescription as RTCSessionDescription)
    await far.setLocalDescription()
    await near.setRemoteDescription(far.localDescription as RTCSessionDescription)
    const { track } = (far.getTransceivers()[0] as RTCRtpTransceiver).receiver
    receiver.#close.push(unhook, () => near.close(), () => far.close())
    if (track.kind === 'video') receiver.#watch(track)
    else await receiver.#listen(track)
    return receiver
  }

  /** Waits until a picture of the colour is seen. */
  async shows(color: Color): Promise<void> {
    await expect.poll(() => this.seen.at(-1), { timeout: 10_000, interval: 20 }).toBe(color)
  }

  /** Waits until one of the frequencies is the loudest. */
  async sounds(...hertz: number[]): Promise<void> {
    const near = (): boolean => hertz.some((one) => Math.abs(this.#loudest() - one) < 25)
    await expect.poll(() => (near() ? 'heard' : this.#loudest()), { timeout: 10_000, interval: 20 }).toBe('heard')
  }

  /** The root mean square of what is heard now. */
  level(): number {
    const samples = new Float32Array(4_096)
    this.#analyser?.getFloatTimeDomainData(samples)
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
  }

  async close(): Promise<void> {
    for (const task of this.#close.splice(0)) await task()
  }

  #watch(track: MediaStreamTrack): void {
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = new MediaStream([track])
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const pen = canvas.getContext('2d', { willReadFrequently: true })
    const look = (): void => {
      // From the middle.
      pen?.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1)
      if (pen) this.seen.push(nameOf(pen.getImageData(0, 0, 1, 1).data))
      video.requestVideoFrameCallback(look)
    }
    video.requestVideoFrameCallback(look)
    video.play().catch(() => undefined)
  }

  async #listen(track: MediaStreamTrack): Promise<void> {
    const context = new AudioContext()
    await context.resume()
    const element = document.createElement('audio')
    element.muted = true
    element.srcObject = new MediaStream([track])
    this.#analyser = new AnalyserNode(context, { fftSize: 4_096, smoothingTimeConstant: 0 })
    context.createMediaStreamSource(element.srcObject).connect(this.#analyser)
    this.#close.push(() => context.close())
  }

  #loudest(): number {
    const analyser = this.#analyser
    if (!analyser) return 0
    const bins = new Float32Array(analyser.frequencyBinCount)
    analyser.getFloatFrequencyData(bins)
    let peak = 0
    bins.forEach((db, i) => {
      if (db > (bins[peak] ?? 0)) peak = i
    })
    return (bins[peak] ?? -Infinity) > -75 ? Math.round((peak * analyser.context.sampleRate) / analyser.fftSize) : 0
  }
}
