import type { ServerResponse } from 'node:http'
import type { HubLinkSink } from 'tsunagu/hub'
import { refuse } from '../answers'
import { Budget } from '../budget'
import type { Arrival, DoorContext } from './door'
import { type BodyProblem, readJson } from './http-body'
import { CLOSE, SUBPROTOCOL } from './websocket'

/** What the server says in one go. */
export interface DownBatch {
  /** In the first: what is spoken here. */
  readonly protocol?: string
  /** In the first: the id of the link. */
  readonly link?: string
  readonly frames?: readonly string[]
  /** Ends the link, in the close codes of WebSocket. */
  readonly close?: number
}

/** The way down of a link, in which the doors differ. */
export interface Down {
  say(batch: DownBatch): void
  /** Ends without a word. */
  cut(): void
}

/** Who opened a link. */
export interface LinkOwner {
  readonly id: string
  readonly remote: string
  readonly origin: string | undefined
}

interface UpBatch {
  readonly frames: readonly string[]
  readonly close: boolean
  readonly sizeBytes: number
  /** Answered once the batch was handed over. */
  readonly response: ServerResponse
}

/** Bytes of all bodies of one link that are being read or wait for an earlier one. */
const BODY_BYTES = 1_048_576
/** How far a batch may overtake the one before it; proper clients have three under way at most. */
const WINDOW = 8
/** How long a link whose way down broke still takes what is on its way up, a last good-bye above all. */
const LINGER_MS = 1_000

const PROBLEMS: Readonly<Record<Exclude<BodyProblem, 'gone'>, readonly [status: number, code: string, message: string]>> = {
  type: [415, 'signaling/invalid-message', 'Send content-type: application/json, or text/plain.'],
  length: [413, 'signaling/too-large', `Bodies of one link may have ${BODY_BYTES} bytes together.`],
  shape: [400, 'signaling/invalid-message', 'The body must be { "n": 1, "frames": ["…"] }, with n counting up.'],
}

/** What is answered about a link that is not there, so that its client opens another. */
export const NO_LINK = ['signaling/unreachable', 'There is no such link, or no more: open another.'] as const

const isNumber = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0

const batchOf = ({ frames = [], close = false }: Readonly<Record<string, unknown>>): Pick<UpBatch, 'frames' | 'close'> | undefined =>
  Array.isArray(frames) && frames.every((frame) => typeof frame === 'string') && typeof close === 'boolean'
    ? { frames, close }
    : undefined

const taken = (response: ServerResponse): void => void response.writeHead(204).end()

/** One link over HTTP: batches come up in requests of their own, numbered, for two may overtake each other and browsers may send one twice. */
export class HttpLink {
  readonly #context: DoorContext
  readonly #door: string
  readonly #owner: LinkOwner
  readonly #free: () => void
  readonly #budget: Budget
  readonly #held = new Map<number, UpBatch>()
  #next = 1
  #bodyBytes = 0
  /** `closing`: the client is being told. */
  #state: 'open' | 'closing' | 'over' = 'open'
  #sink: HubLinkSink | undefined
  #down: Down | undefined
  #stopLinger: () => void = () => undefined
  #over: () => void = () => undefined
  /** Resolves when it is over. */
  readonly gone = new Promise<void>((resolve) => (this.#over = resolve))

  constructor(context: DoorContext, door: string, owner: LinkOwner, free: () => void) {
    this.#context = context
    this.#door = door
    this.#owner = owner
    this.#free = free
    this.#budget = new Budget(context.limits.linkFramesPerSecond, context.limits.linkFramesBurst, context.now)
  }

  get origin(): string | undefined {
    return this.#owner.origin
  }

  get state(): 'open' | 'closing' | 'over' {
    return this.#state
  }

  /** Says the first word and lets the link into the hub. */
  start(down: Down): void {
    this.#down = down
    down.say({ protocol: SUBPROTOCOL, link: this.#owner.id })
    this.#sink = this.#context.connect({
      remote: this.#owner.remote,
      send: (frame) => {
        if (this.#state === 'open') down.say({ frames: [frame] })
      },
      close: (code) => this.close(code),
    })
  }

  /** Tells the client that the link ends. */
  close(code = 1000): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    if (code !== CLOSE.abnormal) return this.#down?.say({ close: code })
    this.#down?.cut()
    this.over()
  }

  /** The way down broke: what is on its way up is still waited for, unless nobody minds any more. */
  lost(): void {
    this.#stopLinger()
    if (this.#state === 'open') this.#stopLinger = this.#context.after(LINGER_MS, () => this.over())
    else this.over()
  }

  /** The way down is back: the browser has asked again by itself. */
  found(): void {
    this.#stopLinger()
  }

  /** It is over. */
  over(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#stopLinger()
    for (const { response } of this.#held.values()) refuse(response, 404, ...NO_LINK)
    this.#held.clear()
    this.#down?.cut()
    this.#free()
    this.#sink?.closed()
    this.#over()
  }

  /** Ends a link that takes more than it may, or does not keep to what was agreed. */
  refuse(code: string, text: string, closeCode: number, kind?: 'turnedAway' | 'tooLarge'): void {
    if (this.#state !== 'open') return
    this.#context.refused(this.#owner.remote, text, kind)
    this.#down?.say({ frames: [JSON.stringify({ type: 'refused', code, retry: 'yes', text })] })
    this.close(closeCode)
  }

  /** Cuts a receiver that is too slow: its session keeps what was not acknowledged, so nothing is lost. */
  tooSlow(bufferedBytes: number): void {
    this.#context.log.warn('receiver too slow, link cut', { door: this.#door, bufferedBytes })
    this.over()
  }

  /** Takes a request of the link: a batch, or what `other` knows, which answers it then. */
  async take({ request }: Arrival, response: ServerResponse, other?: (body: Readonly<Record<string, unknown>>) => boolean): Promise<void> {
    if (!this.#pay()) return refuse(response, 429, 'signaling/rate-limited', 'Too many frames on one link: send fewer at once.')
    let sizeBytes = 0
    const free = (): void => void (this.#bodyBytes -= sizeBytes)
    const body = await readJson(request, (more) => {
      if (this.#bodyBytes + more > BODY_BYTES) return false
      this.#bodyBytes += more
      sizeBytes += more
      return true
    })
    if (typeof body === 'string') {
      free()
      return this.#misfit(body, response)
    }
    if (this.#state === 'over') {
      free()
      return refuse(response, 404, ...NO_LINK)
    }
    if (other?.(body)) return free()
    const batch = batchOf(body)
    const { n } = body
    if (!batch || !isNumber(n) || n >= this.#next + WINDOW) {
      free()
      return this.#misfit('shape', response)
    }
    // What came before was sent again by the browser, which never saw the answer to it.
    if (this.#state !== 'open' || n < this.#next) {
      free()
      return taken(response)
    }
    const twin = this.#held.get(n)
    twin?.response.destroy()
    this.#bodyBytes -= twin?.sizeBytes ?? 0
    // It may wait for long, and be gone by then.
    response.on('error', () => undefined)
    this.#held.set(n, { ...batch, sizeBytes, response })
    this.#hand()
  }

  /** An answer says that nothing before it is missing: who waits for answers does not run ahead of a request that is stuck. */
  #hand(): void {
    for (let batch = this.#held.get(this.#next); batch; batch = this.#held.get(this.#next)) {
      this.#held.delete(this.#next++)
      this.#bodyBytes -= batch.sizeBytes
      for (const frame of batch.frames) if (this.#state === 'open' && this.#pay()) this.#sink?.frame(frame)
      taken(batch.response)
      if (batch.close) this.over()
    }
  }

  #pay(): boolean {
    if (this.#budget.take()) return true
    this.refuse('signaling/rate-limited', 'too many frames on one link', CLOSE.policy)
    return false
  }

  #misfit(problem: BodyProblem, response: ServerResponse): void {
    // Whoever left in the middle of a batch will not send it again; the session above does.
    if (problem === 'gone') return this.over()
    const [status, code, message] = PROBLEMS[problem]
    // The rest of what is too long is not waited for.
    refuse(response, status, code, message, problem === 'length' ? { connection: 'close' } : {})
    const closeCode = problem === 'length' ? CLOSE.tooLarge : CLOSE.textOnly
    // It may be a proxy's work, and another link may come through.
    this.refuse(code, message, closeCode, problem === 'length' ? 'tooLarge' : 'turnedAway')
  }
}
