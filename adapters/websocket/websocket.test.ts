import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { LinkClosed } from '../../src/signaling/transport'
import { transportCases } from '../../src/testing'
import { startEchoServer } from '../../tests/setup/echo-server'
import { webSocket } from '.'

const never = new AbortController().signal
const deaf = { frame: () => undefined, closed: () => undefined }

/** An address at which nobody listens: of a server that has just closed. */
const deadUrl = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}/signal`
}

describe('webSocket', () => {
  const undos: (() => Promise<void>)[] = []
  const start = async (): Promise<string> => {
    const server = await startEchoServer()
    undos.push(() => server.close())
    return server.url
  }
  afterEach(async () => {
    for (const undo of undos.splice(0)) await undo()
  })

  it.each(
    transportCases(async () => ({
      transport: webSocket({ url: await start(), WebSocket }),
      unreachable: webSocket({ url: await deadUrl(), WebSocket }),
    })),
  )('$name', ({ run }) => run())

  it.each(['http', 'ws'])('takes a %s address', async (scheme) => {
    const url = (await start()).replace('http', scheme)
    const link = await webSocket({ url: new URL(url), WebSocket }).open(deaf, { signal: never })
    await link.close()
  })

  it.each([
    ['not a place', 'not a place'],
    [undefined, 'undefined'],
    ['', 'url'],
    ['ftp://example.com/signal', 'ftp://example.com/signal'],
    ['wss://example.com/signal#part', 'wss://example.com/signal#part'],
  ])('refuses %j, to which no WebSocket can go, and names it', async (url, named) => {
    const opening = webSocket({ url: url as string, WebSocket }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument', message: expect.stringContaining(named) })
  })

  it('says what to pass where no url was given, or no options at all', async () => {
    vi.stubGlobal('WebSocket', WebSocket)
    const bare = webSocket as (options?: unknown) => ReturnType<typeof webSocket>
    for (const options of [undefined, {}, { url: '' }])
      await expect(bare(options).open(deaf, { signal: never })).rejects.toMatchObject({
        code: 'usage/invalid-argument',
        fix: "Pass { url: 'https://example.com/signal' }.",
      })
    await expect(bare({ url: 'ftp://example.com' }).open(deaf, { signal: never })).rejects.toMatchObject({ fix: expect.stringContaining('errors.md') })
    vi.unstubAllGlobals()
  })

  it('refuses, in a page too, what would lead elsewhere than meant', async () => {
    vi.stubGlobal('location', { href: 'https://app.example/room?secret#here' })
    for (const url of [undefined, null, '']) {
      const opening = webSocket({ url: url as never, WebSocket }).open(deaf, { signal: never })
      await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument' })
    }
    vi.unstubAllGlobals()
  })

  it('takes what the constructor refuses for a wrong address, for another attempt ends the same', async () => {
    const cause = new SyntaxError('blocked')
    const Picky = class {
      constructor() {
        throw cause
      }
    } as unknown as typeof WebSocket
    const opening = webSocket({ url: 'ws://example.com/signal', WebSocket: Picky }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument', cause })
  })

  it('names the place it could not reach, without what may be secret, and says what to check', async () => {
    const url = (await deadUrl()).replace('http://', 'ws://')
    const opening = webSocket({ url: `${url.replace('//', '//user:word@')}?token=secret`, WebSocket }).open(deaf, { signal: never })
    const error: unknown = await opening.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'signaling/unreachable', fix: expect.stringContaining('allowedOrigins') })
    expect(String(error)).toContain(url)
    expect(String(error)).not.toMatch(/secret|word/)
  })

  it('rejects for good where another subprotocol was agreed, or none', async () => {
    // Browsers and ws fail such a handshake themselves; other constructors do not.
    const Lax = function (url: string, protocol: string) {
      return Object.defineProperty(new WebSocket(url, protocol), 'protocol', { value: '' })
    } as unknown as typeof WebSocket
    const opening = webSocket({ url: await start(), WebSocket: Lax }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/protocol-unsupported' })
  })

  it.each([
    [1009, 'never', 'signaling/too-large'],
    [4406, 'never', 'signaling/protocol-unsupported'],
    [1001, 'yes', undefined],
    [1012, 'yes', undefined],
  ])('reads the close code %d as retry %s, code %s', async (closeCode, retry, code) => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    undos.push(() => new Promise((resolve) => server.close(() => resolve())))
    server.on('connection', (socket) => socket.close(closeCode))
    const { port } = server.address() as AddressInfo
    const closed = new Promise<LinkClosed>((resolve, reject) => {
      webSocket({ url: `ws://127.0.0.1:${port}`, WebSocket })
        .open({ ...deaf, closed: resolve }, { signal: never })
        .catch(reject)
    })
    expect(await closed).toEqual({ clean: true, retry, ...(code && { code }) })
  })

  it('rejects promptly when aborted against a server that never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const sockets = new Set<{ destroy(): void }>()
    silent.on('connection', (socket) => sockets.add(socket))
    undos.push(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => silent.close(resolve))
    })
    const { port } = silent.address() as AddressInfo
    const controller = new AbortController()
    const opening = webSocket({ url: `ws://127.0.0.1:${port}`, WebSocket }).open(deaf, { signal: controller.signal })
    await once(silent, 'connection')
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
  })

  it('says what to do where there is no WebSocket', async () => {
    const opening = webSocket({ url: 'wss://example.com', WebSocket: undefined as never }).open(deaf, { signal: never })
    // A newer Node has one of its own; then the address is what cannot be reached.
    const code = 'WebSocket' in globalThis ? 'signaling/unreachable' : 'usage/unsupported-environment'
    await expect(opening).rejects.toMatchObject({ code })
  })
})
