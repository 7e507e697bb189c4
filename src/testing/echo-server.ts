/** One link as a server sees it. */
export interface EchoLink {
  send(frame: string): void
  /** Ends the link; {@link DROPPED} means without a good-bye. */
  close(code?: number): void
}

/** What a server hands the frames of a link to. */
export interface EchoSink {
  frame(frame: string): void
  closed(): void
}

/** The close code with which an {@link EchoServer} cuts a link: "closed abnormally" of RFC 6455 section 7.4.1. */
export const DROPPED = 1006

/**
 * The server that {@link transportCases} talk to: it sends every frame back, and does what some frames say.
 *
 * `!burst 1000` sends the numbers from 0 to 999, `!drop` cuts the link without a good-bye, `!close` closes it properly, `!links` says how many links are open,
 * `!all text` sends a text to every link.
 * It has the shape of a `Hub`, so what serves a hub serves it too.
 *
 * @example
 * ```ts
 * import { memory } from 'tsunagu/adapters/memory'
 * import { EchoServer } from 'tsunagu/testing'
 * const transport = memory(new EchoServer())
 * ```
 */
export class EchoServer {
  readonly #links = new Set<EchoLink>()

  /** Serves one link. */
  connect(link: EchoLink): EchoSink {
    this.#links.add(link)
    return {
      frame: (frame) => {
        const [command, argument] = frame.split(' ')
        if (command === '!burst') for (let n = 0; n < Number(argument); n++) link.send(String(n))
        else if (command === '!drop') link.close(DROPPED)
        else if (command === '!close') link.close()
        else if (command === '!links') link.send(String(this.#links.size))
        else if (command === '!all') for (const other of this.#links) other.send(frame.slice(5))
        else link.send(frame)
      },
      closed: () => void this.#links.delete(link),
    }
  }
}
