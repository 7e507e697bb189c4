import type { ServerResponse } from 'node:http'
import { answer, refuse } from '../answers'
import type { Arrival, Door, DoorContext } from './door'
import type { Down, DownBatch, HttpLink } from './http-link'
import { HttpLinks } from './http-links'

/** How long a question waits for something to say: under the 30 s after which the first proxies give up. */
const HOLD_MS = 10_000
/** How long a client may take from an answer to its next question. */
const GAP_MS = 10_000

/** The way down of one link: what there is to say waits for a question, or a question for it. */
class Polls implements Down {
  readonly #context: DoorContext
  readonly #link: HttpLink
  /** The answer to the question that waits. */
  #response: ServerResponse | undefined
  /** The question that comes next; the opening one is 0. */
  #next = 0
  readonly #frames: string[] = []
  #bufferedBytes = 0
  #close: number | undefined
  #stopTimer: () => void = () => undefined
  #flushing = false

  constructor(context: DoorContext, link: HttpLink, opening: ServerResponse) {
    this.#context = context
    this.#link = link
    this.#response = opening
  }

  say({ frames = [], close, ...first }: DownBatch): void {
    if (first.link !== undefined) return this.#answer(first)
    for (const frame of frames) {
      this.#frames.push(frame)
      this.#bufferedBytes += Buffer.byteLength(frame)
    }
    this.#close = close
    if (this.#bufferedBytes > this.#context.limits.bufferedBytes) this.#link.tooSlow(this.#bufferedBytes)
    else this.#flush()
  }

  cut(): void {
    this.#stopTimer()
    this.#frames.length = 0
    this.#response?.destroy()
    this.#response = undefined
  }

  /** A question for the batch of that number. */
  asked(n: unknown, response: ServerResponse): void {
    // Asked for something else than what comes next, it has missed something: an answer lost on its way, say.
    if (n !== this.#next) {
      refuse(response, 409, 'signaling/unreachable', `The next to ask for is ${this.#next}: open another link.`)
      return this.#link.over()
    }
    // The browser asks again where a connection broke before there was an answer.
    const broken = this.#response
    this.#response = response
    broken?.destroy()
    this.#link.found()
    response.on('close', () => {
      if (this.#response === response) this.#link.lost()
    })
    response.on('error', () => undefined)
    this.#stopTimer()
    this.#stopTimer = this.#context.after(HOLD_MS, () => this.#answer({}))
    if (this.#frames.length > 0 || this.#close !== undefined) this.#flush()
  }

  /** In a moment, so that what is said at once goes at once. */
  #flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      if (!this.#response || this.#link.state === 'over') return
      const frames = this.#frames.splice(0)
      this.#bufferedBytes = 0
      this.#answer({ frames, ...(this.#close !== undefined && { close: this.#close }) })
      if (this.#close !== undefined) this.#link.over()
    })
  }

  #answer(batch: DownBatch): void {
    const response = this.#response
    if (!response) return
    this.#response = undefined
    this.#next++
    answer(response, 200, batch)
    this.#stopTimer()
    this.#stopTimer = this.#context.after(GAP_MS, () => this.#link.over())
  }
}

/** The door for clients whose proxies let neither WebSockets nor event streams pass: they ask, and the answer waits until there is one. */
export const longPollingDoor = (context: DoorContext): Door => {
  const links = new HttpLinks(context, 'long-polling')
  const polls = new WeakMap<HttpLink, Polls>()

  return {
    name: 'long-polling',
    request: (arrival: Arrival, response) => {
      const { request, subPath } = arrival
      if (subPath !== '' || request.method !== 'POST' || !request.headers.accept?.includes('application/json')) return false
      if (!links.has(arrival))
        links.open(arrival, response, (link) => {
          const down = new Polls(context, link, response)
          polls.set(link, down)
          return down
        })
      else {
        const link = links.find(arrival, response)
        void link?.take(arrival, response, ({ poll }) => {
          if (poll !== undefined) polls.get(link)?.asked(poll, response)
          return poll !== undefined
        })
      }
      return true
    },
    close: () => links.close(),
  }
}
