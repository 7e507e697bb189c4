// Runs in the browser: a call that outlives the server and the page, on the public API.
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client } from '../../../src'
import { acrossReloads } from '../../../src/reload'

const log: string[] = []
let client: Client | undefined
let call: Call | undefined
let frames = 0
/** The longest time between two frames since the last look, in milliseconds. */
let longestGapMs = 0

const fail = (text: string): never => {
  throw new Error(text)
}
const theClient = (): Client => client ?? fail('no client')
const theCall = (): Call => call ?? fail('no call')

const show = (next: Call): void => {
  const element = document.createElement('video')
  element.muted = element.autoplay = element.playsInline = true
  document.body.append(element)
  let last = performance.now()
  const look = (): void => {
    frames++
    const now = performance.now()
    longestGapMs = Math.max(longestGapMs, now - last)
    last = now
    element.requestVideoFrameCallback(look)
  }
  element.requestVideoFrameCallback(look)
  next.on('trackAdded', ({ track }) => {
    if (track.kind !== 'video') return
    const play = (): void => {
      element.srcObject = new MediaStream([track.mediaStreamTrack])
    }
    play()
    track.on('mediaStreamTrackChanged', play)
  })
}

const follow = (next: Call): void => {
  call = next
  next.on('stateChanged', ({ from, to, reason }) => log.push(`${from}>${to}${reason ? ` ${reason.code} by ${reason.by}` : ''}`))
  show(next)
}

const app = {
  async connect(url: string, token: string, keeps: boolean) {
    client = new Client({ signaling: webSocket({ url }), token, ...(keeps && { keeper: acrossReloads() }) })
    client.on('callReceived', ({ call: next }) => {
      follow(next)
      void next.accept({ video: true })
    })
    client.on('callReclaimed', ({ call: next }) => {
      log.push(`reclaimed ${next.state}`)
      follow(next)
      void next.accept({ video: true })
    })
    client.on('stateChanged', ({ to }) => log.push(`client ${to}`))
    await client.connect()
    return client.id
  },
  call: (to: string) => follow(theClient().call(to, { video: true })),
  hangUp: () => theCall().hangUp(),
  state: () => call?.state,
  reason: () => call?.reason,
  clientState: () => client?.state,
  frames: () => frames,
  gap: () => {
    const gap = longestGapMs
    longestGapMs = 0
    return gap
  },
  log: () => log,
  storage: () => Object.keys(sessionStorage),
}

export type Lasting = typeof app
Object.assign(globalThis, { app })
