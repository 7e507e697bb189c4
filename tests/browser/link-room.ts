import { DEFAULT_LOGGER } from '../../src/base/log'
import { RUNTIME } from '../../src/base/runtime'
import { Link } from '../../src/link/link'
import { LocalTrack } from '../../src/media/local-track'
import type { LegMessage } from '../../src/signaling/port'

/** Two links of this page with a wire between them, and tracks without devices: pictures that move, and a tone. */
export class LinkRoom {
  readonly told: string[] = []
  readonly said: LegMessage[] = []
  readonly #close: (() => void)[] = []
  readonly #receivers: ((message: LegMessage) => void)[] = []
  readonly #audio = new AudioContext()
  readonly #tone = new OscillatorNode(this.#audio)
  #made = 0

  constructor() {
    this.#tone.start()
    this.#close.push(() => void this.#audio.close())
  }

  link(me: 0 | 1, epoch = 0): Link {
    const link = new Link(
      {
        mode: 'symmetric',
        polite: me === 1,
        epoch,
        send: async (message) => {
          this.said.push(message)
          const text = JSON.stringify(message)
          setTimeout(() => this.#receivers[1 - me]?.(JSON.parse(text) as LegMessage))
        },
        bind: (receive) => (this.#receivers[me] = receive),
      },
      { ice: async () => ({ servers: [], policy: 'all' }), runtime: RUNTIME, logger: DEFAULT_LOGGER },
    )
    link.on('left', () => this.told.push(`${me} left`))
    link.on('failed', ({ error }) => this.told.push(`${me} ${error.code}`))
    link.on('stateChanged', ({ to }) => this.told.push(`${me} ${to}`))
    link.on('trackRemoved', ({ track }) => this.told.push(`${me} lost ${track.id}`))
    this.#close.push(() => link.close())
    return link
  }

  track(kind: 'audio' | 'video', id = `${kind} ${++this.#made}`): LocalTrack {
    const [track] = (kind === 'audio' ? this.#sound() : this.#picture()).getTracks()
    return new LocalTrack({ id, name: id, kind, source: kind === 'audio' ? 'microphone' : 'camera', group: 'main', track })
  }

  close(): void {
    for (const close of this.#close.splice(0)) close()
  }

  #sound(): MediaStream {
    const destination = this.#audio.createMediaStreamDestination()
    this.#tone.connect(destination)
    return destination.stream
  }

  #picture(): MediaStream {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 64
    const pen = canvas.getContext('2d')
    let turn = 0
    const timer = setInterval(() => {
      if (!pen) return
      pen.fillStyle = `hsl(${(turn += 20)} 80% 50%)`
      pen.fillRect(0, 0, 64, 64)
    }, 40)
    this.#close.push(() => clearInterval(timer))
    return canvas.captureStream(25)
  }
}

/** What a link received over its present connection, by the id of the track: frames of a picture, packets of a sound. */
export const arrived = async (link: Link, id: string): Promise<number> => {
  const { mediaStreamTrack } = link.remoteTracks.get(id) ?? {}
  const receiver = link.peer?.connection.getReceivers().find(({ track }) => track === mediaStreamTrack)
  let count = 0
  for (const report of (await receiver?.getStats())?.values() ?? []) {
    const { type, framesDecoded, packetsReceived } = report as { type: string; framesDecoded?: number; packetsReceived?: number }
    if (type === 'inbound-rtp') count += (mediaStreamTrack?.kind === 'video' ? framesDecoded : packetsReceived) ?? 0
  }
  return count
}
