import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { serve } from './testing/serve'
import { selfSigned } from './testing/certificate'

describe('the http server of its own', () => {
  const sockets: Socket[] = []
  const dial = async (port: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
  })

  it.each([
    ['nothing', '', false],
    ['half a request', 'GET /ice HTTP/1.1\r\nX: ', false],
    ['a body that does not end', 'POST /ice HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n', false],
    ['no TLS hello', '', true],
  ])('hangs up on who says %s', async (_, text, secure) => {
    const { server } = await serve({ helloMs: 100, ...(secure && { tls: selfSigned() }) })
    const socket = await dial(server.port)
    socket.resume().write(text)
    await once(socket, 'close')
  })

  it('lets a body about an open link take longer, for a line may be slow', async () => {
    const { server } = await serve({ helloMs: 400, guests: true })
    const headers = { accept: 'text/event-stream', 'tsunagu-protocol': 'tsunagu.v1' }
    const stream = await fetch(server.url, { method: 'POST', headers })
    const reader = stream.body?.getReader()
    const { link } = JSON.parse(new TextDecoder().decode((await reader?.read())?.value).slice(6)) as { readonly link: string }
    const hello = JSON.stringify({ n: 1, frames: [JSON.stringify({ type: 'hello', v: 1, token: 'alice', instance: 'a'.repeat(22) })] })
    await fetch(server.url, { method: 'POST', headers: { ...headers, 'tsunagu-link': link }, body: hello })
    const body = '{"n":2,"frames":[]}'
    const dialled = (about: string) =>
      dial(server.port).then((socket) => {
        socket.write(
          `POST /signal HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\n${about}accept: text/event-stream\r\ntsunagu-protocol: tsunagu.v1\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 9)}`,
        )
        return socket
      })
    const slow = await dialled(`tsunagu-link: ${link}\r\n`)
    // Whoever opens a link is to greet in time, and who names one that is not there has been answered.
    const [strange, forged] = await Promise.all([dialled(''), dialled('tsunagu-link: x\r\n')])
    await Promise.all([strange, forged].map((socket) => once(socket.resume(), 'close')))
    slow.write(body.slice(9))
    expect(String((await once(slow, 'data'))[0])).toContain('204 No Content')
    await reader?.cancel()
  })

  it.each([false, true])('takes only so many connections of one address, TLS %s, and one that ends makes room', async (secure) => {
    const { server, audited } = await serve({ limits: { linksPerAddress: 40 }, ...(secure && { tls: selfSigned() }) })
    const open = await Promise.all(Array.from({ length: 120 }, () => dial(server.port)))
    const late = await dial(server.port)
    await once(late.resume(), 'close')
    expect(audited).toMatchObject([{ action: 'open', reason: 'too many connections from this address', remote: '127.0.0.1' }])
    expect(server.counters.turnedAway).toBe(1)
    const [first] = open
    first?.resume().end()
    if (first) await once(first, 'close')
    if (secure) return
    const next = await dial(server.port)
    next.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(String((await once(next, 'data'))[0])).toContain('200 OK')
  })

  it('counts no connections behind a proxy, whose address is that of everybody', async () => {
    const { server, audited } = await serve({ limits: { linksPerAddress: 1 }, trustedProxies: 1 })
    const open = await Promise.all(Array.from({ length: 70 }, () => dial(server.port)))
    const last = open.at(-1)
    last?.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n')
    if (last) expect(String((await once(last, 'data'))[0])).toContain('200 OK')
    expect(audited).toEqual([])
  })

  it('answers only so many requests on one connection', async () => {
    const { server, audited } = await serve()
    const socket = await dial(server.port)
    let answered = ''
    socket.on('data', (data) => (answered += data.toString()))
    socket.write('GET /ice HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\n\r\n'.repeat(1_000))
    await once(socket, 'close')
    expect(audited).toHaveLength(100)
    expect(answered.match(/HTTP\/1.1 403/g)?.length).toBeLessThanOrEqual(100)
  })
})
