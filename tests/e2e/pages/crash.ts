// Runs in the browser: a call whose other side may crash, on the public API.
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client } from '../../../src'
import { acrossReloads } from '../../../src/reload'

const log: { readonly at: number; readonly to: string; readonly code: string | undefined }[] = []
let client: Client | undefined
let call: Call | undefined
let seen = 0

const follow = (next: Call): void => {
  call = next
  next.on('stateChanged', ({ to, reason }) => log.push({ at: Date.now(), to, code: reason?.code }))
  next.on('trackAdded', ({ track }) => {
    const element = document.createElement('video')
    element.muted = element.autoplay = true
    document.body.append(element)
    element.srcObject = new MediaStream([track.mediaStreamTrack])
    const look = (): void => {
      seen++
      element.requestVideoFrameCallback(look)
    }
    element.requestVideoFrameCallback(look)
  })
}

const app = {
  async connect(url: string, token: string, reconnectTimeoutMs: number, keeps: boolean) {
    client = new Client({ signaling: webSocket({ url }), token, calls: { reconnectTimeoutMs }, ...(keeps && { keeper: acrossReloads() }) })
    client.on('callReceived', ({ call: next }) => {
      follow(next)
      void next.accept({ video: true })
    })
    await client.connect()
  },
  call(to: string) {
    if (client) follow(client.call(to, { video: true }))
  },
  state: () => call?.state,
  frames: () => seen,
  log: () => log,
}

export type CrashApp = typeof app
Object.assign(globalThis, { app })
