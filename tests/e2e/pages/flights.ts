// Runs in the browser: an app that can be asked what has reached it.
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client, devices } from '../../../src'

const connections: RTCPeerConnection[] = []
const channels: RTCDataChannel[] = []
const heard: unknown[] = []
let client: Client
let ringing: Call | undefined

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(config?: RTCConfiguration) {
    super(config)
    connections.push(this)
  }

  override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    const channel = super.createDataChannel(label, init)
    channels.push(channel)
    return channel
  }
}

const media = async () => ({ audio: await devices.microphone(), video: await devices.camera() })
let wish: Awaited<ReturnType<typeof media>>

const app = {
  /** `atOnce`: whoever calls is answered at once. */
  async connect(url: string, name: string, atOnce: boolean) {
    wish = await media()
    client = new Client({ signaling: webSocket({ url }), token: name })
    client.on('messageReceived', ({ data }) => heard.push(data))
    client.on('callReceived', ({ call }) => {
      ringing = call
      if (atOnce) void call.accept(wish)
    })
    await client.connect()
  },
  call: (to: string) => void client.call(to, wish),
  accept: () => void ringing?.accept(wish),
  /** Arrives behind everything that was said before. */
  send: (to: string, data: unknown) => void client.send(to, data).catch(() => undefined),
  heard: () => heard,
  gathered: () => connections.length > 0 && connections.every(({ iceGatheringState }) => iceGatheringState === 'complete'),
  channels: () => channels.map(({ readyState }) => readyState),
  state: () => client.calls.map(({ state }) => state),
  async close() {
    await client.close()
    wish.audio.stop()
    wish.video.stop()
  },
}

export type FlightsApp = typeof app
Object.assign(globalThis, { app })
