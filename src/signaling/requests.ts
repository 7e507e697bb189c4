import { RtcError } from '../base/errors'
import { deferred, type Deferred } from '../base/wait'
import { encode } from '../protocol/decode'
import type { SendMessage, ServerMessage, SetPresence, Watch } from '../protocol/messages'
import { OUTBOX_LIMITS } from '../protocol/numbers'
import type { Connection, SignalingRuntime } from './connection'
import { refused } from './errors'
import { Incoming } from './incoming'
import { type Messages, MESSAGES, PRESENCE, type PresencePort } from './port'

/** What is answered by a result. */
type Request = SendMessage | Watch | SetPresence

/** What the server says outside of calls. */
type Said = Extract<ServerMessage, { readonly type: 'message' | 'part' | 'presence' | 'result' }>

/** Where messages go. */
interface Way {
  /** @throws {@link RtcError} */
  send(message: SendMessage): void
  flush?(): void
}

/** Data with more characters go in parts. */
const SMALL_LENGTH = 16_384

/** Messages outside calls and presence: everything that is answered by a result. */
export class Requests {
  /** By the names of their keys. */
  readonly extensions: Readonly<Record<string, unknown>>
  readonly #connection: Connection
  readonly #randomId: SignalingRuntime['randomId']
  readonly #incoming: Incoming
  /** Requests without a result, by their id. */
  readonly #answers = new Map<number, Deferred<void>>()
  /** What we watch and how we are: a new session has to be told again. */
  readonly #wishes = new Map<Request['type'], Request>()
  #way: Way
  #id = 0
  #heardMessage: Parameters<Messages['bind']>[0] = () => undefined
  #heardPresence: Parameters<PresencePort['bind']>[0] = () => undefined

  constructor(connection: Connection, { randomId, after }: SignalingRuntime) {
    this.#connection = this.#way = connection
    this.#randomId = randomId
    this.#incoming = new Incoming(after)
    const messages: Messages = {
      send: (to, data) => this.#ask({ type: 'message', id: ++this.#id, to, data }),
      bind: (receive) => {
        this.#heardMessage = receive
      },
    }
    const presence: PresencePort = {
      watch: (ids) => this.#ask({ type: 'watch', id: ++this.#id, ids }),
      set: (status) => this.#ask({ type: 'presence', id: ++this.#id, status }),
      bind: (receive) => {
        this.#heardPresence = receive
      },
    }
    this.extensions = { [MESSAGES.name]: messages, [PRESENCE.name]: presence }
  }

  heard(message: Said): void {
    switch (message.type) {
      case 'message':
        return this.#heardMessage(message.from.id, message.data)
      case 'part': {
        const whole = this.#incoming.add(message)
        if (whole) this.#heardMessage(message.from.id, whole.data)
        return
      }
      case 'presence': {
        const { id, name, status } = message
        return this.#heardPresence({ id, name, status })
      }
      case 'result':
        this.#answered(message.id, message.code && refused(message.code))
    }
  }

  /** There may be room for more. */
  flush(): void {
    this.#way.flush?.()
  }

  /** A new session begins. */
  restarted(): void {
    const wishes = new Map([...this.#wishes.values()].map((wish) => [wish.id, wish]))
    for (const id of this.#answers.keys())
      if (!wishes.has(id)) this.#answered(id, new RtcError('signaling/delivery-unknown', 'The session was lost.'))
    for (const wish of wishes.values()) this.#attempt(wish.id, () => this.#connection.send(wish))
  }

  closed(error: RtcError): void {
    for (const id of this.#answers.keys()) this.#answered(id, error)
  }

  #ask(request: Request): Promise<void> {
    const answer = deferred<void>()
    this.#answers.set(request.id, answer)
    this.#attempt(request.id, () => {
      if (request.type === 'message') return this.#send(request)
      this.#connection.send(request)
      this.#wishes.set(request.type, request)
    })
    return answer.promise
  }

  #attempt(id: number, action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#answered(id, error as RtcError)
    }
  }

  #send(message: SendMessage): void {
    const connection = this.#connection
    if (encode(message.data).length > SMALL_LENGTH && this.#way === connection && connection.partBytes) this.#loadOutgoing()
    this.#way.send(message)
  }

  /** Few apps send anything large: what cuts it comes with the first such message. */
  #loadOutgoing(): void {
    const connection = this.#connection
    const waiting: SendMessage[] = []
    // Each keeps its place, and is sent as it was.
    this.#way = { send: (message) => void waiting.push(JSON.parse(encode(message)) as SendMessage) }
    const proceed = (way: Way): void => {
      this.#way = way
      for (const message of waiting) if (this.#answers.has(message.id)) this.#attempt(message.id, () => way.send(message))
    }
    import('./outgoing').then(
      ({ Outgoing }) =>
        proceed(
          new Outgoing({
            connection,
            limits: OUTBOX_LIMITS,
            randomId: this.#randomId,
            wanted: (id) => this.#answers.has(id),
            failed: (id, error) => this.#answered(id, error as RtcError),
            full: () => refused('signaling/outbox-full'),
          }),
        ),
      // Without it they go whole.
      () => proceed(connection),
    )
  }

  #answered(id: number, error?: RtcError): void {
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error) answer?.reject(error)
    else answer?.resolve()
  }
}
