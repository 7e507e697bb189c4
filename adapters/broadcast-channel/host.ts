import { lockOf, openChannel, type Channel, type Post } from './posts'

/** The part of a `Hub` of `tsunagu/hub` that a tab runs. */
export interface TabHub {
  connect(link: { send(frame: string): void; close(code?: number): void; readonly remote?: string }): {
    frame(frame: string): void
    closed(): void
  }
  close?(): void
}

type Sink = ReturnType<TabHub['connect']>

/** Waits for its turn among the tabs and then runs the hub for all of them, until it is stopped or the tab goes. */
export class Host {
  readonly #name: string
  readonly #makeHub: () => TabHub
  readonly #stop = new AbortController()
  readonly #links = new Map<string, Sink>()
  readonly #id = crypto.randomUUID()

  constructor(name: string, makeHub: () => TabHub) {
    this.#name = name
    this.#makeHub = makeHub
    const { signal } = this.#stop
    navigator.locks
      .request(name, { signal }, () => this.#run(signal))
      // An abort while it waited is how it is stopped.
      .catch(() => undefined)
  }

  stop(): void {
    this.#stop.abort()
  }

  #run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    const hub = this.#makeHub()
    const channel = openChannel(this.#name, (post) => this.#hear(post, hub, channel))
    channel.post({ kind: 'host', host: this.#id })
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        hub.close?.()
        for (const link of this.#links.keys()) this.#end(link, channel, false)
        channel.close()
        resolve()
      })
    })
  }

  #hear(post: Post, hub: TabHub, channel: Channel): void {
    if (post.kind === 'open') this.#open(post.link, hub, channel)
    else if (post.kind === 'up') this.#links.get(post.link)?.frame(post.frame)
    else if (post.kind === 'left') this.#forget(post.link)
  }

  #open(link: string, hub: TabHub, channel: Channel): void {
    if (!this.#links.has(link)) {
      this.#links.set(
        link,
        hub.connect({
          remote: 'tab',
          send: (frame) => {
            if (this.#links.has(link)) channel.post({ kind: 'down', link, frame })
          },
          close: (code = 1000) => this.#end(link, channel, code === 1000),
        }),
      )
      navigator.locks
        .request(lockOf(this.#name, link), { signal: this.#stop.signal }, () => this.#forget(link))
        .catch(() => undefined)
    }
    channel.post({ kind: 'opened', link, host: this.#id })
  }

  #end(link: string, channel: Channel, clean: boolean): void {
    if (!this.#links.has(link)) return
    channel.post({ kind: 'closed', link, clean })
    this.#forget(link)
  }

  #forget(link: string): void {
    const sink = this.#links.get(link)
    this.#links.delete(link)
    sink?.closed()
  }
}
