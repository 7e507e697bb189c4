import { createServer } from 'node:http'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HubLink } from 'tsunagu/hub'
import { addressOf } from '../attach'
import { CLOCK } from '../clock'
import { Wire } from '../testing/wire'
import type { Door, DoorContext } from './door'
import { webSocketDoor } from './websocket'

const quiet = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

describe('the websocket door', () => {
  const links: HubLink[] = []
  const heard: string[] = []
  const closed = vi.fn()
  const leave = vi.fn()
  const refused = vi.fn()
  let admit: DoorContext['admit']
  let http: ReturnType<typeof createServer>
  let door: Door
  let url: string
  const limits = { bufferedBytes: 1_000_000, linkFramesPerSecond: 1_000, linkFramesBurst: 500_000 }

  beforeEach(async () => {
    links.length = heard.length = 0
    limits.linkFramesBurst = 500_000
    vi.clearAllMocks()
    admit = () => leave
    http = createServer()
    door = webSocketDoor({
      connect: (link) => {
        links.push(link)
        return { frame: (frame) => void heard.push(frame), closed }
      },
      admit: (remote) => admit(remote),
      refused,
      limits,
      now: () => 0,
      after: CLOCK.after,
      log: quiet,
    })
    http.on('upgrade', (request, socket, head) => door.upgrade?.({ request, remote: '203.0.113.7', subPath: '' }, socket, head))
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    url = `${addressOf(http)?.base ?? ''}/signal`
  })

  afterEach(async () => {
    await door.close()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })

  it('hands frames over whole and in order, and sends them so', async () => {
    const wire = await Wire.open(url)
    for (let n = 0; n < 200; n++) wire.send(`frame ${n}`)
    await vi.waitFor(() => expect(heard).toHaveLength(200))
    expect(heard).toEqual(Array.from({ length: 200 }, (_, n) => `frame ${n}`))
    for (let n = 0; n < 200; n++) links[0]?.send(JSON.stringify({ type: 'test', n }))
    expect((await wire.next('test', { n: 199 })).n).toBe(199)
    expect(wire.frames.map(({ n }) => n)).toEqual(Array.from({ length: 199 }, (_, n) => n))
  })

  it('tells the hub where a link comes from and that it is gone, once', async () => {
    const wire = await Wire.open(url)
    expect(links[0]?.remote).toBe('203.0.113.7')
    await wire.close()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect(leave).toHaveBeenCalledTimes(1)
  })

  it('sends what the hub said last before it closes with the hub’s code', async () => {
    const wire = await Wire.open(url)
    links[0]?.send('{"type":"refused"}')
    links[0]?.close(4001)
    await wire.next('refused')
    expect((await wire.closed).code).toBe(4001)
    links[0]?.send('{"type":"late"}')
    links[0]?.close()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })

  it('chooses tsunagu.v1 among what is offered', async () => {
    const wire = await Wire.open(url, { protocols: ['tsunagu.v9', 'tsunagu.v1'] })
    expect(wire.socket.protocol).toBe('tsunagu.v1')
    expect(links).toHaveLength(1)
  })

  it.each([[[]], [['tsunagu.v9']], [['other', 'more']]])(
    'completes the handshake and closes with 4406 when offered %j',
    async (protocols: string[]) => {
      const wire = await Wire.open(url, { protocols })
      expect(wire.socket.protocol).toBe(protocols[0] ?? '')
      expect(await wire.closed).toEqual({
        code: 4406,
        reason: 'signaling/protocol-unsupported: this server speaks tsunagu.v1',
      })
      expect(wire.frames).toEqual([])
      expect(links).toHaveLength(0)
      expect(refused).toHaveBeenCalledWith('203.0.113.7', 'this server speaks tsunagu.v1')
    },
  )

  it('refuses by frame and code an address that holds too many links', async () => {
    admit = () => undefined
    const wire = await Wire.open(url)
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/limit-exceeded', retry: 'yes' })
    expect(await wire.closed).toEqual({ code: 1013, reason: 'signaling/limit-exceeded: too many links from this address' })
    expect(links).toHaveLength(0)
  })

  it('refuses binary frames with 1003', async () => {
    const wire = await Wire.open(url)
    wire.socket.send(Buffer.from([1, 2, 3]))
    expect(await wire.next('refused')).toMatchObject({ code: 'signaling/invalid-message', retry: 'never' })
    expect((await wire.closed).code).toBe(1003)
    expect(heard).toEqual([])
  })

  it('takes a frame of 256 KiB and closes with 1009 on one byte more', async () => {
    const wire = await Wire.open(url)
    wire.send('x'.repeat(262_144))
    await vi.waitFor(() => expect(heard.map(({ length }) => length)).toEqual([262_144]))
    wire.send('x'.repeat(262_145))
    expect((await wire.closed).code).toBe(1009)
    expect(refused).toHaveBeenCalledWith('203.0.113.7', 'Max payload size exceeded', 'tooLarge')
    expect(heard).toHaveLength(1)
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })

  it('closes with 1007 on text that is no UTF-8', async () => {
    const wire = await Wire.open(url)
    wire.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })
    expect((await wire.closed).code).toBe(1007)
    expect(refused).toHaveBeenCalledTimes(1)
    expect(heard).toEqual([])
  })

  it('puts out who sends more frames than a link may, of whatever kind', async () => {
    limits.linkFramesBurst = 10
    for (const flood of [(wire: Wire) => wire.send('not even a frame'), (wire: Wire) => wire.socket.ping(), (wire: Wire) => wire.socket.pong()]) {
      const wire = await Wire.open(url)
      heard.length = 0
      for (let count = 0; count < 10; count++) flood(wire)
      wire.send('one too many')
      wire.send('and more')
      expect(await wire.next('refused')).toMatchObject({ code: 'signaling/rate-limited', retry: 'yes' })
      expect((await wire.closed).code).toBe(1008)
      expect(heard).not.toContain('one too many')
      expect(refused).toHaveBeenLastCalledWith('203.0.113.7', 'too many frames on one link')
    }
    expect(refused).toHaveBeenCalledTimes(3)
  })

  it('cuts who goes on flooding after it was told', async () => {
    limits.linkFramesBurst = 10
    const wire = await Wire.open(url)
    // Deaf to the close, as a flooder is: a proper client would stop sending.
    const socket = (wire.socket as unknown as { readonly _socket: Socket })._socket
    socket.pause()
    const emptyPong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])
    const began = performance.now()
    while (closed.mock.calls.length === 0 && performance.now() - began < 1_500) {
      socket.write(Buffer.concat(Array<Buffer>(100).fill(emptyPong)), () => undefined)
      await new Promise(setImmediate)
    }
    expect(closed).toHaveBeenCalledTimes(1)
    socket.destroy()
  })

  it('closes with 1008 on a message in thousands of pieces', async () => {
    const wire = await Wire.open(url)
    for (let count = 0; count < 2_000; count++) wire.socket.send('', { fin: false })
    expect((await wire.closed).code).toBe(1008)
    expect(refused).toHaveBeenCalledTimes(1)
  })

  it('does not compress', async () => {
    const wire = await Wire.open(url, { perMessageDeflate: true })
    expect(wire.socket.extensions).toBe('')
  })

  it('cuts a receiver that does not read, and nobody else', async () => {
    const slow = await Wire.open(url)
    const other = await Wire.open(url)
    slow.socket.pause()
    const chunk = JSON.stringify({ type: 'test', text: 'x'.repeat(200_000) })
    // The kernel takes some megabytes before anything waits in the process.
    let sent = 0
    while (closed.mock.calls.length === 0 && sent++ < 500) {
      links[0]?.send(chunk)
      await new Promise(setImmediate)
    }
    expect(sent).toBeLessThan(500)
    expect(quiet.warn).toHaveBeenCalledWith('receiver too slow, link cut', expect.objectContaining({ door: 'websocket' }))
    links[1]?.send('{"type":"alive"}')
    await other.next('alive')
    slow.socket.resume()
    expect((await slow.closed).code).toBe(1006)
  })

  it('answers pings, but not those of somebody who never reads the answers', async () => {
    const wire = await Wire.open(url)
    wire.socket.ping('here')
    const [data] = (await once(wire.socket, 'pong')) as [Buffer]
    expect(data.toString()).toBe('here')
    wire.socket.pause()
    const payload = Buffer.alloc(125)
    let pings = 0
    while (closed.mock.calls.length === 0 && pings < 400_000) {
      for (let burst = 0; burst < 500; burst++, pings++) wire.socket.ping(payload, true, () => undefined)
      await new Promise(setImmediate)
    }
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('says 1001 to every link when it closes, and cuts who does not answer', async () => {
    const polite = await Wire.open(url)
    const silent = await Wire.open(url)
    silent.socket.pause()
    await door.close()
    expect(await polite.closed).toEqual({ code: 1001, reason: 'the server is closing' })
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(2))
    silent.socket.resume()
    expect([1001, 1006]).toContain((await silent.closed).code)
  })

  it('leaves other upgrades to others', () => {
    const request = { headers: { upgrade: 'h2c' } } as Parameters<NonNullable<Door['upgrade']>>[0]['request']
    expect(door.upgrade?.({ request, remote: '', subPath: '' }, null as never, Buffer.alloc(0))).toBe(false)
    request.headers.upgrade = 'websocket'
    expect(door.upgrade?.({ request, remote: '', subPath: '/other' }, null as never, Buffer.alloc(0))).toBe(false)
  })
})
