import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'

/** One frame as it stands on the wire. */
export type Frame = Readonly<Record<string, unknown>> & { readonly type: string }

/** How a link ended. */
export interface Closed {
  readonly code: number
  readonly reason: string
}

/** A client that speaks bare frames, so that a test can say what no proper client would. */
export class Wire {
  readonly #waiting: { readonly fits: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = []
  readonly socket: WebSocket
  /** What came and nobody has waited for. */
  readonly frames: Frame[] = []
  readonly closed: Promise<Closed>
  #n = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    socket.on('message', (data) => {
      const frame = JSON.parse((data as Buffer).toString()) as Frame
      const index = this.#waiting.findIndex(({ fits }) => fits(frame))
      if (index < 0) this.frames.push(frame)
      else for (const { resolve } of this.#waiting.splice(index, 1)) resolve(frame)
    })
  }

  /** Opens a link to a server's url. */
  static async open(
    url: string,
    { protocols = ['tsunagu.v1'], ...options }: ClientOptions & { readonly protocols?: readonly string[] } = {},
  ): Promise<Wire> {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], options)
    const wire = new Wire(socket)
    await once(socket, 'open')
    return wire
  }

  /** Opens a link and a session on it. */
  static async join(url: string, token?: string, options?: ClientOptions): Promise<Wire & { readonly welcome: Frame }> {
    const wire = await Wire.open(url, options)
    wire.send({ type: 'hello', v: 1, instance: `instance-${Math.random()}`, ...(token !== undefined && { token }) })
    return Object.assign(wire, { welcome: await wire.next('welcome') })
  }

  /** Sends a frame as it is, or text that is none. */
  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  }

  /** Sends a frame with the next number. */
  say(frame: object): void {
    this.send({ ...frame, n: ++this.#n })
  }

  /** The next frame of that type and with those fields, of those nobody has waited for; takes it away. */
  next(type: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Frame> {
    const fits = (frame: Frame): boolean =>
      frame.type === type && Object.entries(fields).every(([name, value]) => frame[name] === value)
    const index = this.frames.findIndex(fits)
    if (index >= 0) return Promise.resolve(this.frames.splice(index, 1)[0] as Frame)
    return new Promise((resolve) => this.#waiting.push({ fits, resolve }))
  }

  close(): Promise<Closed> {
    this.socket.close()
    return this.closed
  }
}
