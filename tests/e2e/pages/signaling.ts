// Runs in the browser: an app on the public API that is told which transport to take, and says what came over it.
import { fallback } from '../../../adapters/fallback'
import { longPolling } from '../../../adapters/long-polling'
import { sse } from '../../../adapters/sse'
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client, isRtcError } from '../../../src'
import { attach } from '../../../src/dom'
import { NETWORK_TRANSPORTS } from '../../setup/network-transports'

const TRANSPORTS: typeof NETWORK_TRANSPORTS = {
  ...NETWORK_TRANSPORTS,
  fallback: (url) => fallback([webSocket({ url }), sse({ url }), longPolling({ url })]),
}

/** Every connection there is, for what the public API does not tell: whether sound comes. */
const connections: RTCPeerConnection[] = []
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(config?: RTCConfiguration) {
    super(config)
    connections.push(this)
  }
}

let client: Client | undefined
let call: Call | undefined
let heard: unknown[] = []

const fail = (text: string): never => {
  throw new Error(text)
}
const theClient = (): Client => client ?? fail('no client')
const theCall = (): Call => call ?? fail('no call')
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const remote = async (kind: 'audio' | 'video') => {
  for (;;) {
    const track = theCall().remote.tracks.find((one) => one.kind === kind)
    if (track) return track
    await wait(20)
  }
}
/** Resolves once so many frames of the other side's picture were shown. */
const shown = async (count: number): Promise<void> => {
  const element = document.createElement('video')
  document.body.append(element)
  attach(await remote('video'), element)
  for (let n = 0; n < count; n++) await new Promise((next) => element.requestVideoFrameCallback(next))
  element.remove()
}
/** Resolves once sound of the other side was played that is more than silence. */
const sounded = async (): Promise<void> => {
  const element = document.createElement('audio')
  document.body.append(element)
  attach(await remote('audio'), element)
  for (;;) {
    const reports = await connections.at(-1)?.getStats()
    for (const report of reports?.values() ?? [])
      if (report.type === 'inbound-rtp' && report.kind === 'audio' && report.totalAudioEnergy > 0) return element.remove()
    await wait(50)
  }
}

const app = {
  /** Opens a session over the transport of that name; how long that took, in milliseconds, or the code it failed with. */
  async connect(url: string, token: string, transport: string) {
    const signaling = TRANSPORTS[transport]?.(url) ?? fail(`no transport ${transport}`)
    client = new Client({ signaling, token, reconnect: { stableAfterMs: 0, firstDelayMs: 100, maxDelayMs: 500 } })
    heard = []
    client.on('callReceived', ({ call: next }) => {
      call = next
      void next.accept({ audio: true, video: true })
    })
    client.on('messageReceived', ({ data }) => heard.push(data))
    const began = performance.now()
    try {
      await client.connect({ signal: AbortSignal.timeout(20_000) })
      return performance.now() - began
    } catch (error) {
      return isRtcError(error) ? error.code : String(error)
    }
  },
  call(to: string) {
    call = theClient().call(to, { audio: true, video: true })
  },
  /** Resolves with the state once sound and pictures of the other side are there. */
  async sensed() {
    while (!call) await wait(20)
    await call.whenActive()
    await Promise.all([shown(3), sounded()])
    return call.state
  },
  async hangUp() {
    await theCall().hangUp()
  },
  /** Resolves with the code it ended with. */
  async ended() {
    while (theCall().state !== 'ended') await wait(20)
    return theCall().reason?.code
  },
  /** Says the numbers up to a count, in so many milliseconds; resolves when all are delivered. */
  async say(to: string, count: number, ms: number) {
    const sent: Promise<void>[] = []
    for (let n = 0; n < count; n++) {
      sent.push(theClient().send(to, n))
      await wait(ms / count)
    }
    await Promise.all(sent)
  },
  heard: () => heard,
  async close() {
    await theClient().close()
    call = client = undefined
    connections.length = 0
  },
}

/** What tests find in the page under the name `app`. */
export type SignalingApp = typeof app
Object.assign(globalThis, { app })
