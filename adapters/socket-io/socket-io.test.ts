import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Server } from 'socket.io'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LinkClosed } from '../../src/signaling/transport'
import { transportCases } from '../../src/testing'
import { startEchoServer } from '../../tests/setup/echo-server'
import { socketIo } from '.'

const never = new AbortController().signal
const deaf = { frame: () => undefined, closed: () => undefined }
const undos: (() => unknown)[] = []
afterEach(async () => {
  vi.doUnmock('socket.io-client')
  for (const undo of undos.splice(0).reverse()) await undo()
})

const start = async (): Promise<string> => {
  const server = await startEchoServer()
  undos.push(() => server.close())
  return server.url
}

/** An address at which nobody listens: of a server that has just closed. */
const deadUrl = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}/signal`
}

/** A server of Socket.IO that is somebody else's. */
const stranger = async (serve: (io: Server) => void = () => undefined): Promise<string> => {
  const http = createHttp()
  const io = new Server(http, { path: '/signal/socket.io' })
  serve(io)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  undos.push(() => io.close())
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/signal`
}

describe('socketIo', () => {
  it.each(
    transportCases(async () => ({
      transport: socketIo({ url: await start() }),
      unreachable: socketIo({ url: await deadUrl() }),
    })),
  )('$name', ({ run }) => run())

  it.each(['http', 'ws'])('takes a %s address, with or without a slash', async (scheme) => {
    const url = (await start()).replace('http', scheme)
    for (const each of [url, `${url}/`]) {
      const link = await socketIo({ url: new URL(each) }).open(deaf, { signal: never })
      await link.close()
    }
  })

  it.each([
    ['not a place', 'not a place'],
    [undefined, 'undefined'],
    ['', 'url'],
    ['ftp://example.com/signal', 'ftp://example.com/signal'],
    ['https://example.com/signal#part', 'https://example.com/signal#part'],
  ])('refuses %j and names it', async (url, named) => {
    const opening = socketIo({ url: url as string }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'usage/invalid-argument', message: expect.stringContaining(named) })
  })

  it('refuses no options at all as it refuses no url', async () => {
    const bare = socketIo as (options?: unknown) => ReturnType<typeof socketIo>
    await expect(bare().open(deaf, { signal: never })).rejects.toMatchObject({ code: 'usage/invalid-argument' })
  })

  it('names the place it could not reach, without what may be secret, and says what to check', async () => {
    const url = await deadUrl()
    const opening = socketIo({ url: `${url.replace('//', '//user:word@')}?token=secret` }).open(deaf, { signal: never })
    const error: unknown = await opening.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'signaling/unreachable', fix: expect.stringContaining('doors') })
    expect(String(error)).toContain(url)
    expect(String(error)).not.toMatch(/secret|word/)
  })

  it('rejects for good where a server of Socket.IO does not know our protocol', async () => {
    const opening = socketIo({ url: await stranger() }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/protocol-unsupported' })
  })

  it('rejects where what takes the upgrade is no Socket.IO, and ends it before it began', async () => {
    const http = createHttp()
    const { WebSocketServer } = await import('ws')
    const sockets = new WebSocketServer({ server: http })
    sockets.on('connection', (socket) => socket.close(4406))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    undos.push(() => http.close(), () => sockets.close())
    const opening = socketIo({ url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/protocol-unsupported' })
  })

  it('asks for nothing but WebSocket, keeps the query and puts no link id into the address', async () => {
    const urls: string[] = []
    const url = await stranger((io) => {
      io.of('/tsunagu.v1')
      io.engine.on('connection', ({ request }: { request: { url: string; headers: Record<string, string> } }) => {
        urls.push(`${request.headers.upgrade} ${request.url}`)
      })
    })
    const link = await socketIo({ url: `${url}?tenant=a%20b` }).open(deaf, { signal: never })
    await link.close()
    expect(urls).toEqual([expect.stringMatching(/^websocket \/signal\/socket\.io\/\?tenant=a%20b&EIO=4&transport=websocket$/)])
  })

  it.each([
    [1009, 'never', 'signaling/too-large'],
    [1001, 'yes', undefined],
  ])('reads the close code %d of the WebSocket below as retry %s, code %s', async (closeCode, retry, code) => {
    const url = await stranger((io) => {
      io.of('/tsunagu.v1').on('connection', ({ conn }) => {
        const { socket } = conn.transport as unknown as { socket: { close(code: number): void } }
        socket.close(closeCode)
      })
    })
    const closed = new Promise<LinkClosed>((resolve, reject) => {
      socketIo({ url }).open({ ...deaf, closed: resolve }, { signal: never }).catch(reject)
    })
    expect(await closed).toMatchObject({ clean: false, retry, ...(code && { code }) })
  })

  it('drops what is no text', async () => {
    const url = await stranger((io) => {
      io.of('/tsunagu.v1').on('connection', (socket) => {
        socket.emit('frame', { not: 'text' })
        socket.emit('other', 'text')
        socket.emit('frame', 'text')
        socket.disconnect(true)
      })
    })
    const heard: unknown[] = []
    await new Promise((closed, reject) => {
      socketIo({ url }).open({ frame: (frame) => heard.push(frame), closed }, { signal: never }).catch(reject)
    })
    expect(heard).toEqual(['text'])
  })

  it('rejects promptly when aborted against a server that never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const sockets = new Set<{ destroy(): void }>()
    silent.on('connection', (socket) => sockets.add(socket))
    undos.push(() => silent.close(), () => sockets.forEach((socket) => socket.destroy()))
    const controller = new AbortController()
    const { port } = silent.address() as AddressInfo
    const opening = socketIo({ url: `ws://127.0.0.1:${port}` }).open(deaf, { signal: controller.signal })
    await once(silent, 'connection')
    controller.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
  })

  it('says what to install where socket.io-client is missing', async () => {
    // In a folder of its own, from which no package can be found.
    const folder = mkdtempSync(join(tmpdir(), 'tsunagu-bare-'))
    undos.push(() => rmSync(folder, { recursive: true }))
    const outfile = join(folder, 'adapter.mjs')
    const source = fileURLToPath(new URL('index.ts', import.meta.url))
    await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', external: ['socket.io-client'], tsconfigRaw: '{}' })
    const program = `
      import { socketIo } from './adapter.mjs'
      const opening = socketIo({ url: 'https://example.com/signal' }).open({}, { signal: new AbortController().signal })
      opening.catch(({ code, fix }) => console.log(code, fix))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder, encoding: 'utf8' })
    expect(said).toMatch(/^usage\/unsupported-environment .*npm install socket\.io-client/)
  })

  it('lets the session try again where only loading it failed', async () => {
    vi.doMock('socket.io-client', () => {
      throw new TypeError('Failed to fetch dynamically imported module')
    })
    const opening = socketIo({ url: 'https://example.com/signal' }).open(deaf, { signal: never })
    await expect(opening).rejects.toMatchObject({ code: 'signaling/unreachable' })
  })
})
