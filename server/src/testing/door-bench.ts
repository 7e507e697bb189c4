import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HubLink } from 'tsunagu/hub'
import type { Door, DoorContext } from '../doors/door'

/** A clock that moves when it is told. */
export class HandClock {
  #now = 0
  readonly #tasks = new Map<() => void, number>()

  readonly now = (): number => this.#now
  readonly after = (delayMs: number, task: () => void): (() => void) => {
    const run = (): void => task()
    this.planned++
    this.#tasks.set(run, this.#now + delayMs)
    return () => this.#tasks.delete(run)
  }

  /** How many were planned so far. */
  planned = 0

  advance(byMs: number): void {
    this.#now += byMs
    for (const [run, at] of this.#tasks) if (at <= this.#now && this.#tasks.delete(run)) run()
  }
}

/** One link as the hub had it. */
export interface BenchLink {
  readonly link: HubLink
  readonly frames: string[]
  closed: number
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** One door on a real port, with a hub that only listens. */
export class DoorBench {
  readonly clock = new HandClock()
  readonly links: BenchLink[] = []
  readonly refused: (readonly [reason: string, kind: string])[] = []
  readonly warned: string[] = []
  readonly limits = { bufferedBytes: 1_000_000, linkFramesPerSecond: 1_000, linkFramesBurst: 50_000 }
  /** Links that may be open at once. */
  room = Infinity
  #held = 0
  readonly #http = createServer()
  readonly door: Door

  constructor(make: (context: DoorContext) => Door) {
    this.door = make({
      connect: (link) => {
        const entry: BenchLink = { link, frames: [], closed: 0 }
        this.links.push(entry)
        return { frame: (frame) => void entry.frames.push(frame), closed: () => void entry.closed++ }
      },
      admit: () => {
        if (this.#held >= this.room) return undefined
        this.#held++
        return () => void this.#held--
      },
      refused: (_remote, reason, kind = 'turnedAway') => void this.refused.push([reason, kind]),
      limits: this.limits,
      now: this.clock.now,
      after: this.clock.after,
      log: { debug: () => undefined, info: () => undefined, warn: (text) => void this.warned.push(text), error: () => undefined },
    })
    this.#http.on('request', (asked, response) => {
      if (!this.door.request?.({ request: asked, remote: '203.0.113.7', subPath: '' }, response)) response.writeHead(418).end()
    })
  }

  /** Links that hold a place. */
  get held(): number {
    return this.#held
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/signal`
  }

  async listen(): Promise<this> {
    this.#http.listen(0, '127.0.0.1')
    await once(this.#http, 'listening')
    return this
  }

  async end(): Promise<void> {
    const closing = this.door.close()
    this.clock.advance(60_000)
    await closing
    this.#http.closeAllConnections()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  /** Sends bytes as they are, and reads the answer to its end. */
  send(headers: OutgoingHttpHeaders, body: string | Buffer = '', method = 'POST'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(this.url, { method, headers, agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (more: string) => (text += more))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body)
    })
  }
}
