// Runs in the page: what a hand-written app needs to bring messages from one page to the other.

/** Brings JSON to others by name. */
export interface SignalingSocket {
  send(to: string, data: unknown): void
}

type Receive = (from: string, data: unknown) => void

interface Frame {
  readonly type: string
  readonly n?: number
  readonly from?: { readonly id: string }
  readonly data?: unknown
}

/** The least that Tsunagu's server asks of a client, without any of what makes sessions outlive their links. */
export const tsunaguSocket = (url: string, name: string, receive: Receive): Promise<SignalingSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), 'tsunagu.v1')
    const say = (frame: object): void => socket.send(JSON.stringify(frame))
    let sent = 0
    socket.onerror = () => reject(new Error('no signaling'))
    socket.onopen = () => say({ type: 'hello', v: 1, token: name, instance: name })
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const frame = JSON.parse(data) as Frame
      if (frame.n !== undefined) say({ type: 'ack', received: frame.n })
      if (frame.type === 'ping') say({ ...frame, type: 'pong' })
      if (frame.type === 'message' && frame.from) receive(frame.from.id, frame.data)
      if (frame.type === 'welcome')
        resolve({
          send: (to, data) => {
            const n = ++sent
            say({ n, type: 'message', id: n, to, data })
          },
        })
    }
  })

/** A relay that knows names and nothing else. */
export const relaySocket = (url: string, name: string, receive: Receive): Promise<SignalingSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}?name=${name}`)
    socket.onerror = () => reject(new Error('no signaling'))
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      const { from, data: told } = JSON.parse(data) as { from?: string; data?: unknown }
      if (from !== undefined) receive(from, told)
      else resolve({ send: (to, said) => socket.send(JSON.stringify({ to, data: said })) })
    }
  })
