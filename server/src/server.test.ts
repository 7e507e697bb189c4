import { createServer as createHttp, get, type Server } from 'node:http'
import { get as getSecure } from 'node:https'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { io } from 'socket.io-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerOptions } from './options'
import { createServer } from './server'
import { recorder, serve } from './testing/serve'
import { selfSigned } from './testing/certificate'
import { Wire } from './testing/wire'

const { logger } = recorder()

describe('who may come in', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is everybody by default, and the log says so', async () => {
    const { lines } = await serve()
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: expect.stringContaining('GUEST MODE') as string }))
    const strict = await serve({ authenticate: () => ({ id: 'aki' }) })
    expect(strict.lines.filter(({ message }) => message.includes('GUEST'))).toEqual([])
  })

  it('must be said in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    await expect(createServer({ port: 0, logger })).rejects.toMatchObject({
      code: 'usage/invalid-argument',
      message: expect.stringContaining('NODE_ENV') as string,
      fix: expect.stringContaining('guests: true') as string,
    })
    await serve({ guests: true })
    await serve({ authenticate: () => ({ id: 'aki' }) })
  })

  it('cannot be said twice, or not at all', async () => {
    const authenticate = () => ({ id: 'aki' })
    await expect(createServer({ logger, guests: true, authenticate })).rejects.toMatchObject({ code: 'usage/invalid-argument' })
    await expect(createServer({ logger, guests: false })).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })
})

describe('options', () => {
  it.each([
    [{ path: 'signal' }],
    [{ icePath: 'ice' }],
    [{ tls: { key: '', cert: '' } }],
    [{ doors: [] }],
    [{ doors: ['back'] }],
  ])('%j are refused', async (options) => {
    await expect(createServer({ logger, ...(options as ServerOptions) })).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })

  it('name the port that is taken', async () => {
    const { server } = await serve()
    await expect(createServer({ port: server.port, logger })).rejects.toMatchObject({
      code: 'usage/invalid-state',
      message: `Cannot listen on 127.0.0.1 port ${server.port}: EADDRINUSE.`,
    })
  })

  it('say what to do about an address of another machine', async () => {
    await expect(createServer({ port: 0, host: '203.0.113.9', logger })).rejects.toMatchObject({
      code: 'usage/invalid-state',
      fix: expect.stringContaining('0.0.0.0') as string,
    })
  })

  it('move the path', async () => {
    const { server } = await serve({ path: '/deep/signal' })
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/deep/signal`)
    await (await Wire.open(server.url)).close()
    await expect(Wire.open(server.url.replace('/deep', ''))).rejects.toThrow('404')
  })
})

describe('origins', () => {
  it('that are not allowed are refused at the handshake, logged and audited', async () => {
    const { server, audited, lines } = await serve({ allowedOrigins: ['https://app.example'] })
    await expect(Wire.open(server.url, { origin: 'https://evil.example' })).rejects.toThrow('403')
    expect(audited).toMatchObject([{ action: 'open', allowed: false, reason: 'origin not allowed', remote: '127.0.0.1' }])
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn', message: 'refused', channel: 'audit' }))
    await (await Wire.open(server.url, { origin: 'https://app.example' })).close()
    await (await Wire.open(server.url)).close()
  })

  it('are, without a list, those of the host itself', async () => {
    const { server } = await serve()
    await (await Wire.open(server.url, { origin: `http://127.0.0.1:${server.port}` })).close()
    await expect(Wire.open(server.url, { origin: 'http://127.0.0.1:1' })).rejects.toThrow('403')
  })
})

describe('allowedOrigins', () => {
  it.each(['http://a.test/', 'HTTP://A.TEST', 'http://a.test:80'])('%s lets in the page of http://a.test', async (origin) => {
    const { server } = await serve({ allowedOrigins: [origin] })
    await (await Wire.open(server.url, { origin: 'http://a.test' })).close()
    await expect(Wire.open(server.url, { origin: 'http://b.test' })).rejects.toThrow('403')
  })

  it('refuse at the start what is no origin, and name it', async () => {
    await expect(createServer({ logger, allowedOrigins: ['https://b.test', 'a.test'] })).rejects.toMatchObject({
      code: 'usage/invalid-argument',
      message: '"a.test" in `allowedOrigins` is no origin.',
      fix: 'Write it with scheme and, where it is not the usual one, port, like https://app.example.',
    })
  })
})

describe('links of one address', () => {
  it('are limited, and one that ends makes room', async () => {
    const { server, audited } = await serve({ limits: { linksPerAddress: 2 } })
    const first = await Wire.open(server.url)
    await Wire.open(server.url)
    const third = await Wire.open(server.url)
    expect((await third.closed).code).toBe(1013)
    expect(audited).toMatchObject([{ action: 'open', reason: 'too many links from this address' }])
    await first.close()
    await vi.waitFor(async () => {
      const again = await Wire.join(server.url)
      expect(again.welcome.type).toBe('welcome')
    })
  })

  it('are counted by what a trusted proxy says', async () => {
    const { server } = await serve({ limits: { linksPerAddress: 1 }, trustedProxies: 1 })
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    await Wire.join(server.url, 'a', from('203.0.113.1'))
    await Wire.join(server.url, 'b', from('203.0.113.2'))
    const again = await Wire.open(server.url, from('203.0.113.1'))
    expect((await again.closed).code).toBe(1013)
  })
})

describe('attaching to an app’s own server', () => {
  const apps: Server[] = []
  const app = async (): Promise<Server> => {
    const http = createHttp((request, response) => void response.end(`app ${request.url ?? ''}`))
    apps.push(http)
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return http
  }
  afterEach(() => {
    for (const http of apps.splice(0)) http.close().closeAllConnections()
  })

  it('serves its own paths and leaves the others to the app', async () => {
    const http = await app()
    const { server } = await serve({ port: undefined } as object)
    expect(() => server.url).toThrow(expect.objectContaining({ code: 'usage/invalid-state' }))
    server.attach(http)
    expect(server.port).toBe((http.address() as AddressInfo).port)
    expect(await (await fetch(new URL('/page', server.url))).text()).toBe('app /page')
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(200)
    expect((await Wire.join(server.url, 'aki')).welcome).toMatchObject({ self: { id: 'aki' } })
    expect(server.people()).toMatchObject([{ id: 'aki', name: 'aki', status: 'online' }])
    await expect(Wire.open(server.url.replace('/signal', '/other'))).rejects.toThrow('404')
  })

  it.each(['0.0.0.0', '::'])('is reached by the name of this machine where the app listens on %s', async (host) => {
    const http = createHttp()
    apps.push(http)
    http.listen(0, host)
    await once(http, 'listening')
    const { server } = await serve({ port: undefined } as object)
    server.attach(http)
    expect(server.url).toBe(`http://localhost:${server.port}/signal`)
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(200)
  })

  it('leaves upgrades of other paths to who else listens for them', async () => {
    const http = await app()
    // Answers later, as one that asks a database first would.
    http.on('upgrade', (_request, socket) => setImmediate(() => socket.end('HTTP/1.1 418 Teapot\r\n\r\n')))
    const { server } = await serve({ port: undefined } as object)
    server.attach(http)
    await expect(Wire.open(server.url.replace('/signal', '/hmr'))).rejects.toThrow('418')
  })

  it('is undone by its result, and by close, which leaves the app running', async () => {
    const http = await app()
    const { server } = await serve({ port: undefined } as object)
    const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const detach = server.attach(http)
    expect(server.attach(http)).toBeTypeOf('function')
    detach()
    expect(await (await fetch(`${base}/healthz`)).text()).toBe('app /healthz')
    server.attach(http)
    const wire = await Wire.open(server.url)
    await server.close()
    expect((await wire.closed).code).toBe(1001)
    expect(await (await fetch(`${base}/healthz`)).text()).toBe('app /healthz')
    expect(() => server.attach(http)).toThrow(expect.objectContaining({ code: 'usage/closed' }))
  })
})

describe('closing', () => {
  it('closes links with 1001, frees the port and can be asked twice', async () => {
    const { server, lines } = await serve()
    const { port, url } = server
    const wire = await Wire.join(url)
    await Promise.all([server.close(), server.close()])
    expect((await wire.closed).code).toBe(1001)
    const socket = connect(port, '127.0.0.1')
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
    expect(lines.at(-1)).toMatchObject({ level: 'info', message: 'closed' })
    await serve({ port })
  })

  it('with time to drain asks clients to leave, serves those who are there, lets nobody in, and ends when all have gone', async () => {
    const { server } = await serve()
    const { port, url } = server
    const [alice, bob] = [await Wire.join(url, 'alice'), await Wire.join(url, 'bob')]
    const closing = server.close({ drainMs: 600_000 })
    expect(await alice.next('draining')).toEqual({ type: 'draining', retryWithinMs: 600_000 })
    alice.say({ type: 'message', id: 1, to: 'bob', data: 'still here' })
    expect(await bob.next('message')).toMatchObject({ data: 'still here' })
    const late = await Wire.open(url)
    late.send({ type: 'hello', v: 1, instance: 'late' })
    expect(await late.next('refused')).toMatchObject({ code: 'signaling/unreachable', retry: 'yes', retryWithinMs: 600_000 })
    expect((await fetch(new URL('/healthz', url))).status).toBe(503)
    await Promise.all([alice.close(), bob.close(), late.closed])
    await closing
    const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNREFUSED')
  })

  it('closes those who have not left when the time is over', async () => {
    const { server } = await serve()
    const wire = await Wire.join(server.url)
    await server.close({ drainMs: 60 })
    expect((await wire.closed).code).toBe(1001)
  })

  it('does not wait for a client that keeps its connection open', async () => {
    const { server } = await serve()
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    idle.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(idle, 'data')
    const closed = once(idle, 'close')
    await server.close()
    await closed
  })

  it('does not wait for an answer that takes for ever', async () => {
    const authenticate = vi.fn(() => new Promise<never>(() => undefined))
    const { server } = await serve({ authenticate })
    const answer = fetch(new URL('/ice', server.url)).catch((error: unknown) => error)
    await vi.waitFor(() => expect(authenticate).toHaveBeenCalled())
    await server.close()
    expect(await answer).toBeInstanceOf(TypeError)
  })
})

describe('TLS', () => {
  it('serves https and wss', async () => {
    const tls = selfSigned()
    const { server } = await serve({ tls })
    expect(server.url).toBe(`https://127.0.0.1:${server.port}/signal`)
    const [response] = (await once(getSecure(new URL('/healthz', server.url), { ca: tls.cert }), 'response')) as [
      { statusCode: number; resume: () => void },
    ]
    response.resume()
    expect(response.statusCode).toBe(200)
    const wire = await Wire.join(server.url, 'aki', { ca: tls.cert })
    expect(wire.welcome).toMatchObject({ self: { id: 'aki' } })
    await expect(Wire.open(server.url)).rejects.toThrow('self-signed')
  })

  it('does not answer plain http on that port', async () => {
    const { server } = await serve({ tls: selfSigned() })
    const [error] = (await once(get(`http://127.0.0.1:${server.port}/healthz`), 'error')) as [NodeJS.ErrnoException]
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code)
  })
})

describe('doors', () => {
  const doorOf = async (url: string, wire: (url: string) => Promise<unknown>): Promise<string> => wire(url).then(() => 'open', () => 'shut')
  const socketIo = (url: string) =>
    new Promise<void>((resolve, reject) => {
      const socket = io(`${new URL(url).origin}/tsunagu.v1`, { path: '/signal/socket.io', transports: ['websocket'], forceNew: true, reconnection: false })
      socket.on('connect', () => resolve(void socket.close())).on('connect_error', reject)
    })

  it('of Socket.IO is shut unless it is asked for', async () => {
    const { server } = await serve()
    expect(await doorOf(server.url, socketIo)).toBe('shut')
    expect(await doorOf(server.url, Wire.open)).toBe('open')
    const asked = await serve({ doors: ['socket-io'] })
    expect(await doorOf(asked.server.url, socketIo)).toBe('open')
    expect(await doorOf(asked.server.url, Wire.open)).toBe('shut')
  })

  it('turn away pages of other origins, all of them', async () => {
    const { server, audited } = await serve({ doors: ['socket-io'], allowedOrigins: ['https://app.example'] })
    const address = `${server.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`
    const socket = new WebSocket(address, { origin: 'https://evil.example' })
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('403')
    expect(audited).toMatchObject([{ action: 'open', allowed: false, reason: 'origin not allowed' }])
  })

  it('count what goes through each', async () => {
    const { server } = await serve({ doors: ['websocket', 'socket-io'] })
    const wire = await Wire.join(server.url, 'bob')
    expect(server.stats().doors).toEqual({
      websocket: { links: 1, received: 1, sent: 1 },
      'socket-io': { links: 0, received: 0, sent: 0 },
    })
    await wire.close()
    await vi.waitFor(() => expect(server.stats().doors.websocket?.links).toBe(0))
  })
})
