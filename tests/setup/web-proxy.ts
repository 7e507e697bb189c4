import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * What a proxy does with a request for an upgrade. `refuse` and `bad-request`: answers 403 or 400 itself. `strip`: takes the header for
 * hop-by-hop, which it is (RFC 9110 section 7.8), and passes on a plain request. `swallow`: lets the handshake through and nothing after it.
 */
export type UpgradePolicy = 'pass' | 'refuse' | 'bad-request' | 'strip' | 'swallow'

/** What a proxy does with an answer. `buffer`: keeps it until it is complete, as proxies that scan for viruses do. */
export type AnswerPolicy = 'pass' | 'buffer'

/** How a proxy treats what goes through it; may be changed while it runs, for what comes from then on. */
export interface WebRules {
  upgrades: UpgradePolicy
  answers: AnswerPolicy
}

/** A proxy of the web in front of the server, as companies have them. */
export interface WebProxy {
  /** What clients connect to in place of the server's url. */
  readonly url: string
  readonly port: number
  readonly rules: WebRules
  /** What was asked of it, in order: `GET /signal`, `UPGRADE /signal`, ... without queries. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

const headersWithout = (headers: IncomingHttpHeaders, ...names: readonly string[]): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))

const headOf = ({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string => {
  const lines = rawHeaders.flatMap((name, at) => (at % 2 ? [] : [`${name}: ${rawHeaders[at + 1] ?? ''}\r\n`]))
  return `HTTP/1.1 ${statusCode ?? 502} ${statusMessage ?? ''}\r\n${lines.join('')}\r\n`
}

/** Starts one in front of a server on this machine. */
export const startWebProxy = async (serverUrl: string, given: Partial<WebRules> = {}): Promise<WebProxy> => {
  const rules: WebRules = { upgrades: 'pass', answers: 'pass', ...given }
  const server = new URL(serverUrl)
  const asked: string[] = []
  const sockets = new Set<Duplex>()
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const ask = (incoming: IncomingMessage, headers: IncomingHttpHeaders) => {
    const { method, url: path } = incoming
    const asking = requestHttp({ host: server.hostname, port: server.port, method, path, headers, agent: false })
    asking.on('socket', keep)
    return asking
  }
  const note = (incoming: IncomingMessage, verb = incoming.method ?? ''): void => {
    asked.push(`${verb} ${(incoming.url ?? '').split('?')[0] ?? ''}`)
  }

  const relay = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const asking = ask(incoming, headersWithout(incoming.headers, 'connection'))
    const hold = rules.answers === 'buffer'
    asking.on('response', (answer) => {
      const pass = (): void => {
        outgoing.writeHead(answer.statusCode ?? 502, headersWithout(answer.headers, 'connection', 'transfer-encoding'))
        // A stream's head must not wait for its first byte.
        outgoing.flushHeaders()
      }
      if (!hold) {
        pass()
        answer.pipe(outgoing)
        answer.on('close', () => outgoing.destroy(answer.complete ? undefined : new Error('cut')))
        return
      }
      const held: Buffer[] = []
      answer.on('data', (data: Buffer) => held.push(data))
      answer.on('error', () => outgoing.destroy())
      answer.on('end', () => {
        pass()
        outgoing.end(Buffer.concat(held))
      })
    })
    asking.on('error', () => outgoing.destroy())
    outgoing.on('error', () => asking.destroy())
    outgoing.on('close', () => asking.destroy())
    incoming.pipe(asking)
  }

  const upgrade = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    keep(socket)
    const policy = rules.upgrades
    if (policy === 'refuse') return void socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    if (policy === 'bad-request') return void socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    const asking = ask(incoming, policy === 'strip' ? headersWithout(incoming.headers, 'connection', 'upgrade') : incoming.headers)
    asking.on('error', () => socket.destroy())
    socket.on('close', () => asking.destroy())
    asking.on('response', (answer) => {
      socket.write(headOf(answer))
      answer.pipe(socket)
    })
    asking.on('upgrade', (answer, upstream, first) => {
      keep(upstream)
      socket.write(headOf(answer))
      upstream.on('close', () => socket.destroy())
      socket.on('close', () => upstream.destroy())
      if (policy === 'swallow') {
        upstream.resume()
        socket.resume()
        return
      }
      socket.write(first)
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    asking.end()
  }

  const http = createServer((incoming, outgoing) => {
    note(incoming)
    relay(incoming, outgoing)
  })
  http.on('connection', keep)
  http.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    note(incoming, 'UPGRADE')
    upgrade(incoming, socket, head)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${server.pathname}`,
    port,
    rules,
    asked,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
