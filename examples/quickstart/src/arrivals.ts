import type { Call, Client } from 'tsunagu'

/** Who takes the calls. */
export interface ArrivalHandlers {
  readonly received: (call: Call) => void
  readonly reclaimed: (call: Call) => void
}

/** Calls that come in, kept from the first moment until somebody takes them: some are there as soon as the client is connected. */
export class Arrivals {
  readonly #early: ((to: ArrivalHandlers) => void)[] = []
  #handlers: ArrivalHandlers | undefined

  /** Make it before `client.connect()`. */
  constructor(client: Client) {
    client.on('callReceived', ({ call }) => this.#tell((to) => to.received(call)))
    client.on('callReclaimed', ({ call }) => this.#tell((to) => to.reclaimed(call)))
  }

  take(handlers: ArrivalHandlers): void {
    this.#handlers = handlers
    for (const tell of this.#early.splice(0)) tell(handlers)
  }

  #tell(tell: (to: ArrivalHandlers) => void): void {
    if (this.#handlers) tell(this.#handlers)
    else this.#early.push(tell)
  }
}
