/** A JSON frame as a raw client sees it. */
export type RawFrame = Readonly<Record<string, unknown>> & { readonly type: string }

interface RawHub {
  connect(link: { send(frame: string): void; close(code?: number): void; readonly remote?: string }): {
    frame(frame: string): void
    closed(): void
  }
}

/** A client without any manners: says to a hub exactly what the test wants, and keeps what it hears. */
export class RawClient {
  /** Everything the hub said, in order. */
  readonly frames: RawFrame[] = []
  /** The codes with which the hub closed the link. */
  readonly closed: number[] = []
  readonly #sink: ReturnType<RawHub['connect']>
  #n = 0

  constructor(hub: RawHub, remote?: string) {
    this.#sink = hub.connect({
      send: (frame) => this.frames.push(JSON.parse(frame) as RawFrame),
      close: (code = 1000) => this.closed.push(code),
      ...(remote !== undefined && { remote }),
    })
  }

  /** Sends a text as it is. */
  text(text: string): void {
    this.#sink.frame(text)
  }

  /** Sends a frame as it is. */
  say(frame: object): void {
    this.text(JSON.stringify(frame))
  }

  /** Sends a frame with the next number. */
  number(frame: object): void {
    this.say({ n: ++this.#n, ...frame })
  }

  hello(token: string, more: object = {}): void {
    this.say({ type: 'hello', v: 1, token, instance: `instance of ${token}`, ...more })
  }

  /** The link is lost. */
  lose(): void {
    this.#sink.closed()
  }

  /** The frames of one type, in order. */
  all(type: string): readonly RawFrame[] {
    return this.frames.filter((frame) => frame.type === type)
  }

  /** The last frame of a type; fails where there is none. */
  last(type: string): RawFrame {
    const frame = this.all(type).at(-1)
    if (!frame) throw new Error(`no ${type} among ${this.frames.map((one) => one.type).join(', ') || 'nothing'}`)
    return frame
  }
}
