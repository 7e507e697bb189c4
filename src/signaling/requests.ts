import { RtcError } from '../base/errors'
import { deferred, type Deferred } from '../base/wait'
import type { ClientMessage, SendMessage, ServerMessage, SetPresence, Watch } from '../protocol/messages'
import type { Connection, SignalingRuntime } from './connection'
import { refused } from './errors'
import { Incoming, Outgoing } from './parts'
import { type Messages, MESSAGES, PRESENCE, type PresencePort } from './port'

/** What is answered by a result. */
type Request = SendMessage | Watch | SetPresence

/** What the server says outside of calls. */
type Said = Extract<ServerMessage, { readonly type: 'message' | 'part' | 'presence' | 'result' }>

/** Messages outside calls and presence: everything that is answered by a result. */
export class Requests {
  /** By the names of their keys. */
  readonly extensions: Readonly<Record<string, unknown>>
  readonly outgoing: Outgoing
  readonly #connection: Connection
  readonly #incoming: Incoming
  /** Requests without a result, by their id. */
  readonly #answers = new Map<number, Deferred<void>>()
  /** What we watch and how we are: a new session has to be told again. */
  readonly #wishes = new Map<Request['type'], Request>()
  #id = 0
  #heardMessage: Parameters<Messages['bind']>[0] = () => undefined
  #heardPresence: Parameters<PresencePort['bind']>[0] = () => undefined

  constructor(connection: Connection, { randomId, after }: SignalingRuntime) {
    this.#connection = connection
    this.#incoming = new Incoming(after)
    this.outgoing = new Outgoing(connection, randomId, (id, error) => this.#answered(id, error))
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
        this.outgoing.drop(message.id)
        this.#answered(message.id, message.code && refused(message.code))
    }
  }

  /** A new session begins; `send` is told what fails. */
  restarted(send: (message: ClientMessage, failed: (error: RtcError) => void) => void): void {
    this.outgoing.drop()
    const wishes = new Map([...this.#wishes.values()].map((wish) => [wish.id, wish]))
    for (const id of this.#answers.keys())
      if (!wishes.has(id)) this.#answered(id, new RtcError('signaling/delivery-unknown', 'The session was lost.'))
    for (const wish of wishes.values()) send(wish, (error) => this.#answered(wish.id, error))
  }

  closed(error: RtcError): void {
    this.outgoing.drop()
    for (const id of this.#answers.keys()) this.#answered(id, error)
  }

  #ask(request: Request): Promise<void> {
    const answer = deferred<void>()
    this.#answers.set(request.id, answer)
    try {
      if (request.type === 'message') this.outgoing.send(request)
      else {
        this.#connection.send(request)
        this.#wishes.set(request.type, request)
      }
    } catch (error) {
      this.#answered(request.id, error as RtcError)
    }
    return answer.promise
  }

  #answered(id: number, error?: RtcError): void {
    const answer = this.#answers.get(id)
    this.#answers.delete(id)
    if (error) answer?.reject(error)
    else answer?.resolve()
  }
}
