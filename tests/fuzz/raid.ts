import { isRtcError } from '../../src/base/errors'
import type { SignalingTransport } from '../../src/signaling/transport'
import { foresee, type Foreseen } from './foresight'
import type { Said } from './hostile-server'
import { Line } from './line'
import { fill, type Stand, type Template } from './templates'

/** Frames of one session: fewer than it may send at once. */
const VISIT = 300
const BARRIER = 987_654_321
/** Types whose frames are about calls: worth having some. */
const OF_CALLS = ['ring', 'accept', 'end', 'leg', 'control', 'sync', 'invite']
/** The share of frames that are said before there is a session; a good greeting costs a link. */
const GREETINGS: Readonly<Record<string, number>> = { hello: 0.15, resume: 0.15, reclaim: 0.15, bye: 0.8 }

/** How many frames went through a door. */
export interface Tally {
  sent: number
  valid: number
  links: number
  /** Links that the server ended, as it should. */
  ended: number
  answered: number
  /** Links that could be opened at the second attempt only. */
  again: number
}

/** Says all frames of one type at one door, over one link after the other. */
export class Raid {
  readonly tally: Tally = { sent: 0, valid: 0, links: 0, ended: 0, answered: 0, again: 0 }
  readonly #transport: SignalingTransport
  readonly #type: string
  readonly #templates: readonly Template[]
  readonly #door: string
  #next = 0
  #visits = 0
  #greeted = 0

  constructor(door: string, transport: SignalingTransport, type: string, templates: readonly Template[]) {
    this.#door = door
    this.#transport = transport
    this.#type = type
    this.#templates = templates
  }

  /** What the next failure is about. */
  get where(): string {
    return `${this.#door}, type ${this.#type}, up to frame ${this.#next}`
  }

  /** Several at once, for each waits for answers now and then. */
  async run(atOnce: number): Promise<Tally> {
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (this.#next < this.#templates.length) await (this.#greeted < this.#next * (GREETINGS[this.#type] ?? -1) ? this.#greet() : this.#visit())
      }),
    )
    return this.tally
  }

  #take(): Template | undefined {
    return this.#templates[this.#next++]
  }

  #count({ valid }: Template): void {
    this.tally.sent++
    if (valid) this.tally.valid++
  }

  async #link(): Promise<Line> {
    this.tally.links++
    for (let tries = 0; ; tries++)
      try {
        return await Line.over(this.#transport)
      } catch (error) {
        // A connection that was idle may end just as it is used again; a session would try again, too.
        if (tries === 3 || !isRtcError(error) || error.code !== 'signaling/unreachable') throw error
        this.tally.again++
      }
  }

  async #enter(name: string): Promise<Line> {
    const line = await this.#link()
    line.say({ type: 'hello', v: 1, token: name, instance: `instance of ${name}` })
    await line.until('welcome', () => line.heard.length > 0)
    if (line.heard[0]?.type !== 'welcome') throw new Error(`In place of a welcome: ${JSON.stringify(line.heard[0])}`)
    return line
  }

  /** A session, and some hundred frames in it; what was asked is answered. */
  async #visit(): Promise<void> {
    const name = `eve-${this.#door}-${this.#type}-${++this.#visits}`
    const mal = `mal-${this.#door}`
    const stand: Stand = { '@mal@': mal, '@active@': `active-${name}`, '@ringing@': `ringing-${name}`, '@placed@': `placed-${name}` }
    const line = await this.#enter(name)
    let n = 0
    if (OF_CALLS.includes(this.#type)) {
      for (const call of [stand['@active@'], stand['@ringing@']]) line.say({ type: 'invite', n: ++n, call, to: mal, media: { audio: true, video: true } })
      await line.until('accepted', () => line.heard.some(({ type }) => type === 'accepted'))
    }
    const open = new Map<number, number>()
    const parts = new Set<number>([BARRIER])
    /** Comes after everything that was asked before. */
    const barrier = async (): Promise<void> => {
      line.say({ type: 'presence', n: ++n, id: BARRIER, status: 'online' })
      await line.until('the last answer', () => line.heard.some(({ type, id }) => type === 'result' && id === BARRIER))
      this.#settle(line.heard.splice(0), open, parts)
    }
    for (let left = VISIT; left > 0; left--) {
      const template = this.#take()
      if (!template) break
      const look = (): Foreseen => template.foreseen ?? foresee(fill(template.text, n + 1, stand), n)
      // First the answers: what comes on a link that ends is lost with it.
      if (look().fate === 'ends') await barrier()
      const { fate, request, part } = look()
      if (fate === 'ends') {
        const text = fill(template.text, n + 1, stand)
        line.text(text)
        this.#count(template)
        await line.until(`an end, after ${n} and then ${text.slice(0, 1_000)} (${text.length} characters)`, () => !line.open)
        this.tally.ended++
        return
      }
      line.text(fill(template.text, n + 1, stand))
      this.#count(template)
      if (fate !== 'taken') continue
      n++
      if (part !== undefined) parts.add(part)
      if (request !== undefined) open.set(request, (open.get(request) ?? 0) + 1)
    }
    await barrier()
    line.say({ type: 'bye' })
    await line.until('a good-bye', () => !line.open)
  }

  #settle(heard: readonly Said[], open: Map<number, number>, parts: ReadonlySet<number>): void {
    for (const frame of heard) {
      const id = Number(frame['id'])
      if (frame.type !== 'result' || parts.has(id)) continue
      open.set(id, (open.get(id) ?? 0) - 1)
      this.tally.answered++
    }
    const left = [...open].filter(([id, count]) => count !== 0 && !parts.has(id))
    if (left.length) throw new Error(`Requests and results do not match: ${JSON.stringify(left)}`)
  }

  /** A link without a session: what opens one is answered, and one that was opened is left. */
  async #greet(): Promise<void> {
    const line = await this.#link()
    const stand: Stand = { '@mal@': 'mal', '@active@': 'a', '@ringing@': 'r', '@placed@': 'p' }
    for (let left = 40; left > 0 && line.open; left--) {
      const template = this.#take()
      if (!template) break
      this.#count(template)
      this.#greeted++
      const before = line.heard.length
      line.text(fill(template.text, 1, stand))
      if (!template.valid || this.#type === 'bye') continue
      await line.until('an answer', () => line.heard.length > before || !line.open)
      if (line.heard.at(-1)?.type !== 'gone') break
    }
    await this.#leave(line)
  }

  async #leave(line: Line): Promise<void> {
    if (line.open && line.heard.at(-1)?.type === 'welcome') line.say({ type: 'bye' })
    else if (line.open) {
      line.say({ type: 'ping', id: BARRIER })
      await line.until('a pong', () => !line.open || line.heard.some(({ type, id }) => type === 'pong' && id === BARRIER))
    }
    await line.close()
  }
}
