// Runs in the browser: calls and hangs up, and knows what it has left running.
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client } from '../../../src'
import { countTimers, uncounted } from '../../setup/running-timers'

const { after } = uncounted
const timers = countTimers()

/** Resolves when the newest connection has nothing more to tell. */
let quiet = Promise.resolve()
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(config?: RTCConfiguration) {
    super(config)
    quiet = new Promise((resolve) => {
      const look = (): void => {
        if (this.connectionState === 'connected' && this.iceGatheringState === 'complete' && this.signalingState === 'stable')
          after(() => resolve(), 10)
      }
      for (const name of ['connectionstatechange', 'icegatheringstatechange', 'signalingstatechange']) this.addEventListener(name, look)
    })
  }
}

/** A small moving picture, so that a call costs next to nothing. */
const picture = (): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 16
  canvas.getContext('2d')?.fillRect(0, 0, 8, 8)
  const [track] = canvas.captureStream(1).getVideoTracks()
  if (!track) throw new Error('no picture')
  return track
}

const ended = (call: Call): Promise<void> =>
  new Promise((resolve) => {
    if (call.state === 'ended') resolve()
    else
      call.on('stateChanged', ({ to }) => {
        if (to === 'ended') resolve()
      })
  })

/** Resolves when the other side's connection is quiet too. */
let otherQuiet = (): void => undefined
let client: Client
let video: MediaStreamTrack

const app = {
  /** Whoever calls is answered, with a picture where they show one. */
  async connect(url: string, name: string) {
    video = picture()
    client = new Client({ signaling: webSocket({ url }), token: name })
    client.on('messageReceived', () => otherQuiet())
    client.on('callReceived', async ({ call }) => {
      await call.accept({ video: call.media.video && video })
      await call.whenActive()
      await quiet
      await client.send(call.remote.id, 'quiet')
    })
    await client.connect()
  },
  /**
   * So many calls, one after the other; every tenth with a picture. Each lives until both browsers have told everything about it:
   * Chromium 156 keeps a connection for ever that is closed between a change of its state and the event that tells of it.
   */
  async calls(to: string, count: number) {
    for (let n = 0; n < count; n++) {
      const bothQuiet = new Promise<void>((resolve) => (otherQuiet = resolve))
      const call = client.call(to, { video: n % 10 === 0 && video })
      await call.whenActive()
      await quiet
      await bothQuiet
      await call.hangUp()
      await ended(call)
    }
  },
  running: () => client.calls.length,
  timers: () => timers.size,
}

export type ManyCallsApp = typeof app
Object.assign(globalThis, { app })
