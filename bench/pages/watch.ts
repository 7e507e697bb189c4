// Runs in the page, before any library: what is measured is seen from below, with the same eyes for all.

interface Watch {
  /** When the first data channel opened, in milliseconds since 1970. */
  openAt: number | undefined
  /** When the first remote frame had been decoded. */
  frameAt: number | undefined
  bytes: number
  messages: number
}

/** What was seen since the last {@link reset}. */
export const seen: Watch = { openAt: undefined, frameAt: undefined, bytes: 0, messages: 0 }
const connections = new Set<RTCPeerConnection>()
let changed = (): void => undefined

export const now = (): number => performance.timeOrigin + performance.now()

/** Forgets what was seen. */
export const reset = (): void => {
  Object.assign(seen, { openAt: undefined, frameAt: undefined, bytes: 0, messages: 0 })
}

/** Resolves when `ready` says so; asked after each thing that was seen. */
export const until = (ready: () => boolean, what: () => string): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited 15 s for ${what()}`)), 15_000)
    const look = (): void => {
      if (!ready()) return
      clearTimeout(timer)
      resolve()
    }
    changed = look
    look()
  })

const alive = (): RTCPeerConnection[] => [...connections].filter(({ signalingState }) => signalingState !== 'closed')

/** How many connections are not closed. */
export const openConnections = (): number => alive().length

/** Whether every connection knows all of its own candidates. */
export const gathered = (): boolean => alive().every(({ iceGatheringState }) => iceGatheringState === 'complete')

const watchChannel = (channel: RTCDataChannel): void =>
  channel.addEventListener('open', () => {
    seen.openAt ??= now()
    changed()
  })

/** Chromium's way to the decoded frames of a track; TypeScript does not know it yet. */
declare const MediaStreamTrackProcessor: new (init: { readonly track: MediaStreamTrack }) => {
  readonly readable: ReadableStream<VideoFrame>
}

const watchPicture = (track: MediaStreamTrack): void => {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
  void reader.read().then(({ value }) => {
    seen.frameAt ??= now()
    changed()
    value?.close()
    void reader.cancel()
  })
}

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(config?: RTCConfiguration) {
    super(config)
    connections.add(this)
    this.addEventListener('datachannel', ({ channel }) => watchChannel(channel))
    this.addEventListener('signalingstatechange', () => changed())
    this.addEventListener('icegatheringstatechange', () => changed())
    this.addEventListener('track', ({ track }) => {
      if (track.kind === 'video') watchPicture(track)
    })
  }

  override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
    const channel = super.createDataChannel(label, init)
    watchChannel(channel)
    return channel
  }
}

const sizeOf = (data: unknown): number =>
  typeof data === 'string' ? new TextEncoder().encode(data).length : data instanceof ArrayBuffer ? data.byteLength : 0

const count = (data: unknown): void => {
  seen.bytes += sizeOf(data)
  seen.messages++
}

globalThis.WebSocket = class extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols)
    this.addEventListener('message', ({ data }) => count(data))
  }

  override send(data: Parameters<WebSocket['send']>[0]): void {
    count(data)
    super.send(data)
  }
}
