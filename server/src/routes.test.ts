import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { RtcError } from 'tsunagu/hub'
import { WebSocket } from 'ws'
import { serve } from './testing/serve'

const APP = 'https://app.example'
const ICE = [
  { urls: 'stun:stun.example:3478' },
  { urls: ['turn:turn.example:3478', 'turns:turn.example:443?transport=tcp'], username: 'u', credential: 'c' },
  { urls: ['stun:both.example', 'turn:both.example'], username: 'u', credential: 'c' },
]
const authenticate = (token: string | undefined) => {
  if (token !== 'secret') throw new Error(`unknown token ${String(token)}`)
  return { id: 'aki' }
}

describe('/healthz', () => {
  it('says that the server is well, and that there are guests', async () => {
    const { server } = await serve()
    const response = await fetch(new URL('/healthz', server.url))
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ status: 'ok', guests: true })
    const { server: strict } = await serve({ authenticate })
    expect(await (await fetch(new URL('/healthz?from=probe', strict.url))).json()).toEqual({ status: 'ok', guests: false })
  })

  it('answers HEAD without a body and nothing else than GET beside', async () => {
    const { server } = await serve()
    const head = await fetch(new URL('/healthz', server.url), { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const post = await fetch(new URL('/healthz', server.url), { method: 'POST' })
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('can lie elsewhere, or nowhere', async () => {
    const { server } = await serve({ healthPath: '/up', icePath: false })
    expect((await fetch(new URL('/up', server.url))).status).toBe(200)
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(404)
    expect((await fetch(new URL('/ice', server.url))).status).toBe(404)
  })
})

describe('/ice', () => {
  it('gives guests STUN alone', async () => {
    const { server } = await serve({ iceServers: ICE })
    const response = await fetch(new URL('/ice', server.url))
    expect(await response.json()).toEqual({ iceServers: [{ urls: 'stun:stun.example:3478' }] })
  })

  it('gives all to who shows a good token, and does not let it be kept', async () => {
    const { server } = await serve({ iceServers: ICE, authenticate })
    const response = await fetch(new URL('/ice', server.url), { headers: { authorization: 'Bearer secret' } })
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({ iceServers: ICE })
  })

  it.each([undefined, 'Bearer wrong-token', 'Basic c2VjcmV0', 'Bearer', 'secret'])(
    'refuses the header %j, with an audit entry that does not hold it',
    async (authorization) => {
      const { server, audited, lines } = await serve({ iceServers: ICE, authenticate })
      const response = await fetch(new URL('/ice', server.url), { headers: authorization ? { authorization } : {} })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await response.json()).toMatchObject({ code: 'signaling/unauthorized' })
      expect(audited).toEqual([
        {
          at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
          action: 'authenticate',
          allowed: false,
          reason: 'authenticate threw',
          remote: '127.0.0.1',
        },
      ])
      expect(JSON.stringify([audited, lines])).not.toMatch(/wrong-token|secret/)
    },
  )

  it('asks to come again while nobody can say whose a token is', async () => {
    const down = () => {
      throw new RtcError('signaling/unreachable', 'no database')
    }
    const { server } = await serve({ authenticate: down })
    const response = await fetch(new URL('/ice', server.url), { headers: { authorization: 'Bearer secret' } })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'signaling/unreachable' })
  })

  it('asks to come again where authenticate does not answer in time', async () => {
    const { server, lines } = await serve({ helloMs: 20, authenticate: () => new Promise<never>(() => undefined) })
    const response = await fetch(new URL('/ice', server.url), { headers: { authorization: 'Bearer secret' } })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'signaling/unreachable' })
    expect(lines).toContainEqual(expect.objectContaining({ message: '`authenticate` failed.', code: 'signaling/unreachable' }))
  })

  it('asks authenticate only so often at once for one address', async () => {
    const answers: (() => void)[] = []
    const { server, audited } = await serve({
      limits: { linksPerAddress: 2 },
      authenticate: () => new Promise((resolve) => answers.push(() => resolve({ id: 'aki' }))),
    })
    const ask = () => fetch(new URL('/ice', server.url), { headers: { authorization: 'Bearer secret' } })
    const waiting = [ask(), ask()]
    await vi.waitFor(() => expect(answers).toHaveLength(2))
    const third = await ask()
    expect(third.status).toBe(429)
    expect(await third.json()).toMatchObject({ code: 'signaling/limit-exceeded' })
    expect(audited).toMatchObject([{ action: 'open', reason: 'too many requests of this address wait' }])
    for (const answer of answers) answer()
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200])
    const again = ask()
    await vi.waitFor(() => expect(answers).toHaveLength(3))
    answers.at(-1)?.()
    expect((await again).status).toBe(200)
  })

  it('is read by pages of allowed origins alone', async () => {
    const { server, audited } = await serve({ allowedOrigins: [APP] })
    const good = await fetch(new URL('/ice', server.url), { headers: { origin: APP } })
    expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('vary')]).toEqual([200, APP, 'origin'])
    const bad = await fetch(new URL('/ice', server.url), { headers: { origin: 'https://evil.example' } })
    expect([bad.status, bad.headers.get('access-control-allow-origin')]).toEqual([403, null])
    expect(await bad.json()).toMatchObject({ code: 'signaling/forbidden' })
    expect(audited).toMatchObject([{ action: 'open', allowed: false, reason: 'origin not allowed', remote: '127.0.0.1' }])
  })

  it('answers the preflight that an Authorization header needs', async () => {
    const { server } = await serve({ allowedOrigins: [APP] })
    const preflight = (origin: string) =>
      fetch(new URL('/ice', server.url), {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
      })
    const good = await preflight(APP)
    expect(good.status).toBe(204)
    expect(good.headers.get('access-control-allow-origin')).toBe(APP)
    expect(good.headers.get('access-control-allow-headers')).toContain('authorization')
    expect((await preflight('https://evil.example')).status).toBe(403)
  })

  it('answers the preflight of a link over HTTP, and lets pages read its answers', async () => {
    const { server } = await serve({ allowedOrigins: [APP] })
    const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,tsunagu-link,tsunagu-protocol' }
    const preflight = await fetch(server.url, { method: 'OPTIONS', headers: { ...headers, origin: APP } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(APP)
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')
    for (const name of headers['access-control-request-headers'].split(','))
      expect(preflight.headers.get('access-control-allow-headers')).toContain(name)
    for (const [accept, protocol, status] of [
      ['text/event-stream', 'tsunagu.v1', 200],
      ['application/json', 'tsunagu.v1', 200],
      ['text/event-stream', 'tsunagu.v9', 400],
      ['text/html', 'tsunagu.v1', 426],
    ] as const) {
      const ask = (origin: string) =>
        fetch(server.url, { method: 'POST', headers: { origin, accept, 'tsunagu-protocol': protocol } })
      const good = await ask(APP)
      expect([good.status, good.headers.get('access-control-allow-origin'), good.headers.get('vary')]).toEqual([status, APP, 'origin'])
      await good.body?.cancel()
      expect((await ask('https://evil.example')).status).toBe(403)
    }
  })

  it('answers GET alone', async () => {
    const { server } = await serve()
    expect((await fetch(new URL('/ice', server.url), { method: 'DELETE' })).status).toBe(405)
  })
})

describe('every other address', () => {
  it('is not found, in words a program reads', async () => {
    const { server } = await serve()
    for (const path of ['/', '/signal/', '/signal/x', '/healthz/', '//signal', '/?/signal']) {
      const response = await fetch(server.url.replace('/signal', path))
      expect([path, response.status]).toEqual([path, 404])
      expect(await response.json()).toEqual({ code: 'usage/invalid-argument', message: 'There is nothing at this address.' })
    }
  })

  it('of the signaling path says how to come in', async () => {
    const { server } = await serve()
    const response = await fetch(server.url)
    expect(response.status).toBe(426)
    expect(response.headers.get('upgrade')).toBe('websocket')
    expect(((await response.json()) as { message: string }).message).toContain('webSocket({ url }), sse({ url }), longPolling({ url }) of tsunagu')
  })

  it('of a door that is shut names those that are open, and the log says it', async () => {
    const { server, audited } = await serve({ doors: ['websocket', 'socket-io'] })
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'tsunagu-protocol': 'tsunagu.v1' },
    })
    expect(response.status).toBe(426)
    const { message } = (await response.json()) as { message: string }
    expect(message).toContain('webSocket({ url }), socketIo({ url }) of tsunagu')
    expect(message).not.toContain('sse')
    expect(audited).toMatchObject([{ action: 'open', allowed: false, reason: 'door not open', remote: '127.0.0.1' }])
  })

  it('refuses an upgrade at a door that is shut in the same words', async () => {
    const { server, audited } = await serve({ doors: ['sse'] })
    const socket = new WebSocket(server.url.replace('http', 'ws'), 'tsunagu.v1')
    socket.on('error', () => undefined)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, AsyncIterable<Buffer> & { statusCode: number }]
    let body = ''
    for await (const part of response) body += String(part)
    expect(response.statusCode).toBe(426)
    expect(body).toContain('sse({ url }) of tsunagu')
    expect(audited).toMatchObject([{ action: 'open', allowed: false, reason: 'door not open' }])
  })

  it.each([
    ['closes the connection where that was asked for', 'Connection: close', 'upgrade, close'],
    ['closes the connection that an upgrade was asked on', 'Connection: Upgrade\r\nUpgrade: websocket', 'upgrade, close'],
    ['keeps the connection otherwise', 'X: y', 'upgrade'],
  ])('of the signaling path says what to upgrade to, and %s', async (_, asked, connection) => {
    const { server } = await serve({ doors: ['sse'] })
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    const ended = once(socket, 'end').then(() => 'ended')
    socket.write(`GET /signal HTTP/1.1\r\nHost: ${hostname}\r\n${asked}\r\n\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    // RFC 9110 sections 15.5.22 and 7.8.
    expect(String(head)).toMatch(new RegExp(`^HTTP/1.1 426 [^]*\r\nconnection: ${connection}\r\n`, 'i'))
    expect(String(head)).toMatch(/\r\nupgrade: websocket\r\n/i)
    if (connection === 'upgrade') {
      socket.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`)
      const [next] = (await once(socket, 'data')) as [Buffer]
      expect(String(next)).toMatch(/^HTTP\/1.1 200/)
    } else expect(await ended).toBe('ended')
    socket.destroy()
  })

  it('is answered with headers that keep a browser from making something of it', async () => {
    const { server } = await serve()
    for (const path of ['/healthz', '/ice', '/signal', '/nothing']) {
      const { headers } = await fetch(new URL(path, server.url))
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    }
  })
})
