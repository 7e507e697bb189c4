import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

// Answers are data for programs: never a page, never framed, never guessed at, never kept.
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

type Headers = Readonly<Record<string, string>>

/** Answers with JSON; an answer to HEAD loses its body in `node:http`. */
export const answer = (response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void => {
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { ...HEADERS, ...headers, 'content-length': Buffer.byteLength(text) }).end(text)
}

/** Answers with a refusal: a code for programs, and what to do for people. */
export const refuse = (
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers?: Headers,
): void => answer(response, status, { code, message }, headers)

/** Refuses an upgrade, where there is no response object but the bare connection. */
export const refuseUpgrade = (socket: Duplex, status: number, code: string, message: string, more: Headers = {}): void => {
  const body = `${JSON.stringify({ code, message })}\n`
  const headers = { ...HEADERS, connection: 'close', ...more, 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  // The connection may be gone already; that is no reason to end the process.
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
}
