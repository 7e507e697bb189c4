import { expect } from 'vitest'
import type { LocalTrack } from '../../src/media/local-track'
import { type Color, type Ear, type Eye, listen, look } from '../setup/senses'

/** The other end of a real connection that sends a local track: what is decoded there, seen and heard. */
export class Receiver {
  readonly #close: (() => unknown)[] = []
  #eye: Eye | undefined
  #ear: Ear | undefined

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
    if (track.kind === 'video') receiver.#eye = look(track)
    else receiver.#ear = await listen(track)
    receiver.#close.push(unhook, () => near.close(), () => far.close(), () => receiver.#eye?.close(), () => receiver.#ear?.close())
    return receiver
  }

  /** The colour of every picture so far. */
  get seen(): readonly Color[] {
    return this.#eye?.seen ?? []
  }

  /** Every colour so far; Chromium may begin with a black picture. */
  get colors(): Set<Color> {
    return new Set(this.seen.filter((color) => color !== 'black'))
  }

  /** Waits until a picture of the colour is seen. */
  async shows(color: Color): Promise<void> {
    await expect.poll(() => this.seen.at(-1), { timeout: 10_000, interval: 20 }).toBe(color)
  }

  /** Waits until one of the frequencies is the loudest. */
  async sounds(...hertz: number[]): Promise<void> {
    const heard = (): number | 'heard' => {
      const loudest = this.#ear?.loudest() ?? 0
      return hertz.some((one) => Math.abs(loudest - one) < 25) ? 'heard' : loudest
    }
    await expect.poll(heard, { timeout: 10_000, interval: 20 }).toBe('heard')
  }

  /** The root mean square of what is heard now. */
  level(): number {
    return this.#ear?.level() ?? 0
  }

  async close(): Promise<void> {
    for (const task of this.#close.splice(0)) await task()
  }
}
