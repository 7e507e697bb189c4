import {
  answered,
  type Description,
  readSdp,
  receives,
  reversed,
  type Section,
  sends,
  writeSdp,
} from './fake-peer-connection-sdp'
import type { FakeTransceiver } from './fake-peer-connection-transceiver'

/** Whose deviations from the specification a fake has. */
export type FakeEngine = 'chromium' | 'firefox'

/** A description as it was applied. */
export interface Applied extends Description {
  readonly sdp: string
}

interface Pair {
  readonly local?: Applied | undefined
  readonly remote?: Applied | undefined
}

const failure = (message: string): DOMException => new DOMException(message, 'OperationError')

const NOT_A_DESCRIPTION = 'Not a description.'

/** What JSEP keeps of a connection and does to it, in steps that take no time (RFC 9429, 5; W3C webrtc-pc, 4.4.1.5). @internal */
export class Jsep {
  state: RTCSignalingState = 'stable'
  transceivers: FakeTransceiver[] = []
  current: Pair = {}
  pending: Pair = {}
  /** A data channel was made. */
  data = false
  /** The generation that `restartIce` wants replaced. */
  replace: string | undefined
  readonly #name: string
  readonly #engine: FakeEngine
  #associated: FakeTransceiver[] = []
  #created: FakeTransceiver[] = []
  #nextMid = 0
  readonly #takenMids = new Set<string>()
  #generation = 0
  #lostDataMid: string | undefined
  /** Our last offer, open or rolled back, asked for no new generation. */
  #keptGeneration = false

  constructor(name: string, engine: FakeEngine) {
    this.#name = name
    this.#engine = engine
  }

  get local(): Applied | null {
    return this.pending.local ?? this.current.local ?? null
  }

  get remote(): Applied | null {
    return this.pending.remote ?? this.current.remote ?? null
  }

  createOffer(): Applied {
    const old = (this.pending.local ?? this.current.local)?.sections ?? []
    const ufrag = this.#offeredUfrag()
    const fresh = this.transceivers.filter(({ mid, stopping }) => mid === null && !stopping)
    const sections = old.map((section, index): Section => {
      if (section.kind === 'application') return { ...section, ufrag }
      const transceiver = this.#byMid(section.mid)
      if (transceiver && !transceiver.stopping) return this.#offered(transceiver, section.mid, ufrag, index)
      // A rejected section is used again by the next new transceiver, whatever its kind (RFC 9429, 5.2.2).
      const next = section.rejected ? fresh.shift() : undefined
      return next
        ? this.#offered(next, this.#newMid(), ufrag, index)
        : { ...section, direction: 'inactive', streams: [], ufrag, rejected: true }
    })
    for (const transceiver of fresh) sections.push(this.#offered(transceiver, this.#newMid(), ufrag, sections.length))
    if (this.data && !sections.some(({ kind }) => kind === 'application'))
      sections.push({ kind: 'application', mid: this.#newMid(), direction: 'sendrecv', ufrag, streams: [], rejected: false })
    return this.#written({ type: 'offer', sections })
  }

  createAnswer(): Applied {
    const { current } = this
    const offer = this.pending.remote?.sections ?? []
    const restarted = current.remote && offer[0]?.ufrag !== current.remote.sections[0]?.ufrag
    const ufrag = (!restarted && current.local?.sections[0]?.ufrag) || this.#newUfrag()
    const sections = offer.map((section): Section => {
      if (section.kind === 'application') return { ...section, ufrag }
      const transceiver = this.#byMid(section.mid)
      if (section.rejected || !transceiver || transceiver.stopping)
        return { ...section, direction: 'inactive', streams: [], ufrag, rejected: true }
      const direction = answered(transceiver.direction, section.direction)
      const streams = sends(direction) ? transceiver.sender.streams : []
      return { ...section, direction, streams, ufrag }
    })
    return this.#written({ type: 'answer', sections })
  }

  applyLocal(description: Applied): void {
    if (description.type === 'offer') {
      const before = this.pending.local?.sections.length ?? this.current.local?.sections.length ?? 0
      description.sections.forEach(({ kind, mid }, index) => {
        const transceiver = this.#byMid(mid) ?? this.#offeredAt(index)
        if (kind === 'application' || !transceiver || transceiver.mid === mid) return
        if (this.#engine === 'chromium' && index >= before && transceiver.kind !== kind)
          throw failure('Transceiver type does not match media description type.')
        transceiver.mid = mid
        this.#associated.push(transceiver)
      })
      this.pending = { local: description }
      this.state = 'have-local-offer'
      this.#keptGeneration = description.sections[0]?.ufrag === this.current.local?.sections[0]?.ufrag
      return
    }
    const dataMid = description.sections.find(({ kind }) => kind === 'application')?.mid
    if (this.#lostDataMid !== undefined && dataMid !== undefined && dataMid !== this.#lostDataMid)
      throw failure('Failed to start SCTP transport.')
    this.#settle({ local: description, remote: this.pending.remote }, ({ direction }) => direction)
  }

  /** Applies a remote description; `received` is called for each transceiver that begins to receive. */
  applyRemote(description: Applied, received: (transceiver: FakeTransceiver) => void): void {
    for (const { mid } of description.sections) this.#takenMids.add(mid)
    if (description.type === 'offer') {
      for (const section of description.sections) if (!section.rejected && section.kind !== 'application') this.#associate(section)
      this.pending = { remote: description }
      this.state = 'have-remote-offer'
    } else this.#settle({ local: this.pending.local, remote: description }, ({ direction }) => reversed(direction))
    for (const { mid, direction } of description.sections) {
      const transceiver = this.#byMid(mid)
      if (!transceiver) continue
      const receiving = sends(direction)
      if (receiving && !transceiver.receiving) received(transceiver)
      transceiver.receiving = receiving
    }
  }

  /** Reads a remote description; an offer of ours that is open is rolled back by it. Chromium reads it first. */
  receive(type: 'offer' | 'answer', sdp: string): Applied {
    const read = readSdp(type, sdp)
    if (!read && this.#engine === 'chromium') throw failure(NOT_A_DESCRIPTION)
    if (type === 'offer' && this.state === 'have-local-offer') this.rollBack()
    if (!read) throw failure(NOT_A_DESCRIPTION)
    const restarts = this.current.remote && read.sections[0]?.ufrag !== this.current.remote.sections[0]?.ufrag
    if (this.#engine === 'firefox' && type === 'offer' && this.#keptGeneration && restarts)
      throw new DOMException('Remote description indicates ICE restart but offer did not.', 'InvalidAccessError')
    return { ...read, sdp }
  }

  rollBack(): void {
    const mine = this.pending.local?.sections.find(({ kind }) => kind === 'application')
    if (mine && !this.current.local && this.#engine === 'chromium') this.#lostDataMid = mine.mid
    for (const transceiver of this.#associated) transceiver.mid = null
    const gone = this.#created.filter(({ addTracked }) => !addTracked)
    this.transceivers = this.transceivers.filter((one) => !gone.includes(one))
    for (const transceiver of gone) transceiver.stopping = transceiver.stopped = true
    this.#forget({})
    this.state = 'stable'
  }

  /** W3C webrtc-pc, 4.7.3: check if negotiation is needed. */
  get needed(): boolean {
    const { local, remote } = this.current
    const ufrag = local?.sections[0]?.ufrag
    if (this.replace !== undefined && this.replace === ufrag) return true
    if (this.data && !local?.sections.some(({ kind }) => kind === 'application')) return true
    return this.transceivers.some((one) => {
      if (one.stopping) return !one.stopped
      const mine = local?.sections.find(({ mid }) => mid === one.mid)
      const theirs = remote?.sections.find(({ mid }) => mid === one.mid)
      if (one.mid === null || !mine || !theirs) return true
      if (sends(one.direction) && [...mine.streams].sort().join() !== [...one.sender.streams].sort().join()) return true
      return local?.type === 'offer'
        ? mine.direction !== one.direction && reversed(theirs.direction) !== one.direction
        : mine.direction !== answered(one.direction, theirs.direction)
    })
  }

  #associate({ mid, kind, direction }: Section): void {
    if (this.#byMid(mid)) return
    const free = this.transceivers.find((one) => one.mid === null && one.addTracked && !one.stopping && one.kind === kind)
    const known = receives(direction) ? free : undefined
    const transceiver = known ?? this.add(kind as 'audio' | 'video', 'recvonly')
    transceiver.mid = mid
    ;(known ? this.#associated : this.#created).push(transceiver)
  }

  /** Adds a transceiver; set by the connection, which owns them. */
  add: (kind: 'audio' | 'video', direction: RTCRtpTransceiverDirection) => FakeTransceiver = () => {
    throw new Error('No owner.')
  }

  #settle(descriptions: Pair, directionOf: (section: Section) => RTCRtpTransceiverDirection): void {
    const answer = descriptions.local?.type === 'answer' ? descriptions.local : descriptions.remote
    for (const section of answer?.sections ?? []) {
      const transceiver = this.#byMid(section.mid)
      if (!transceiver) continue
      if (!section.rejected) transceiver.settle(directionOf(section))
      else {
        transceiver.stopping = transceiver.stopped = true
        transceiver.currentDirection = 'stopped'
        transceiver.mid = null
        this.transceivers = this.transceivers.filter((one) => one !== transceiver)
      }
    }
    this.current = descriptions
    this.#lostDataMid = undefined
    this.#keptGeneration = false
    this.#forget({})
    if (this.replace !== descriptions.local?.sections[0]?.ufrag) this.replace = undefined
    this.state = 'stable'
  }

  #forget(pending: Pair): void {
    this.pending = pending
    this.#associated = []
    this.#created = []
  }

  #offered(transceiver: FakeTransceiver, mid: string, ufrag: string, index: number): Section {
    const { kind, direction, sender } = transceiver
    transceiver.index = index
    return { kind, mid, direction, ufrag, streams: sends(direction) ? sender.streams : [], rejected: false }
  }

  #offeredAt(index: number): FakeTransceiver | undefined {
    return this.transceivers.find(
      (one) => one.mid === null && one.index === index && (this.#engine === 'chromium' || !one.stopping),
    )
  }

  #offeredUfrag(): string {
    const ufrag = this.local?.sections[0]?.ufrag
    return ufrag === undefined || ufrag === this.replace ? this.#newUfrag() : ufrag
  }

  #newUfrag(): string {
    return `${this.#name}-${++this.#generation}`
  }

  /** The next number that no section had, rolled back or not, ours or theirs. */
  #newMid(): string {
    while (this.#takenMids.has(String(this.#nextMid))) this.#nextMid++
    return String(this.#nextMid++)
  }

  #byMid(mid: string): FakeTransceiver | undefined {
    return this.transceivers.find((one) => one.mid === mid)
  }

  #written(description: Description): Applied {
    return { ...description, sdp: writeSdp(description) }
  }
}
