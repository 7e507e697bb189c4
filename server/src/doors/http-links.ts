import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { refuse } from '../answers'
import type { Arrival, DoorContext } from './door'
import { type Down, HttpLink, NO_LINK } from './http-link'
import { SUBPROTOCOL } from './websocket'

/** What an opening request offers, like `tsunagu.v1`; several with commas between, as in a WebSocket handshake. */
const PROTOCOL_HEADER = 'tsunagu-protocol'
/** Which link a request is about. A header, for what stands in an address is logged by every proxy. */
const LINK_HEADER = 'tsunagu-link'

/** How long closing waits for clients to hear of it. */
const CLOSE_TIMEOUT_MS = 2_000

const GOING_AWAY = 1001

/** The links of one door that speaks HTTP, by the random id that each was told when it was opened. */
export class HttpLinks {
  readonly #context: DoorContext
  readonly #door: string
  readonly #links = new Map<string, HttpLink>()
  #closed = false

  constructor(context: DoorContext, door: string) {
    this.#context = context
    this.#door = door
  }

  /** Whether the request is about a link that is open already; the one that opens a link has no such header, or an empty one. */
  has({ request }: Arrival): boolean {
    return Boolean(request.headers[LINK_HEADER])
  }

  /** Opens a link whose way down is what `down` makes of it; where that cannot be, says so in the response. */
  open({ request, remote }: Arrival, response: ServerResponse, down: (link: HttpLink) => Down): void {
    const turnAway = (status: number, code: string, message: string, reason: string): void => {
      this.#context.refused(remote, reason)
      refuse(response, status, code, message)
    }
    if (this.#closed) return refuse(response, 503, 'signaling/unreachable', 'The server is closing.')
    const offered = String(request.headers[PROTOCOL_HEADER] ?? '').split(',')
    if (!offered.some((protocol) => protocol.trim() === SUBPROTOCOL)) {
      const reason = `this server speaks ${SUBPROTOCOL}`
      return turnAway(400, 'signaling/protocol-unsupported', `Send ${PROTOCOL_HEADER}: ${SUBPROTOCOL}; ${reason}.`, reason)
    }
    const leave = this.#context.admit(remote)
    if (!leave) {
      const reason = 'too many links from this address'
      return turnAway(429, 'signaling/limit-exceeded', `There are ${reason}; close one, or try again later.`, reason)
    }
    const id = randomBytes(32).toString('base64url')
    const link = new HttpLink(this.#context, this.#door, { id, remote, origin: request.headers.origin }, () => {
      this.#links.delete(id)
      leave()
    })
    this.#links.set(id, link)
    link.start(down(link))
  }

  /**
   * The link that a request is about; where there is none, says so in the response. It must come from the origin that opened
   * the link. Not from the same address: one browser may use IPv4 and IPv6 in turns (RFC 8305).
   */
  find({ request, remote }: Arrival, response: ServerResponse): HttpLink | undefined {
    const link = this.#links.get(String(request.headers[LINK_HEADER]))
    if (link && link.origin === request.headers.origin) return link
    if (link) this.#context.refused(remote, 'link of another origin')
    refuse(response, 404, ...NO_LINK)
    return undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    const links = [...this.#links.values()]
    for (const link of links) link.close(GOING_AWAY)
    const stop = this.#context.after(CLOSE_TIMEOUT_MS, () => links.forEach((link) => link.over()))
    await Promise.all(links.map(({ gone }) => gone))
    stop()
  }
}
