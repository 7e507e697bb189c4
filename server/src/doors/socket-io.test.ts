import { createServer } from 'node:http'
import { once } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HubLink } from 'tsunagu/hub'
import { WebSocket } from 'ws'
import { addressOf } from '../attach'
import { CLOCK } from '../clock'
import type { Door, DoorContext } from './door'
import { socketIoDoor } from './socket-io'

const quiet = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

/** A client of the library's own, with a memory. */
interface Wire {
  readonly socket: Socket
  readonly frames: unknown[]
  readonly closed: Promise<string>
}

describe('the socket-io door', () => {
  const links: HubLink[] = []
  const heard: string[] = []
  const closed = vi.fn()
  const leave = vi.fn()
  const refused = vi.fn()
  const undos: (() => void)[] = []
  let admit: DoorContext['admit']
  let http: ReturnType<typeof createServer>
  let door: Door
  let base: string
  const limits = { bufferedBytes: 1_000_000, linkFramesPerSecond: 1_000, linkFramesBurst: 500_000 }

  beforeEach(async () => {
    links.length = heard.length = 0
    limits.linkFramesBurst = 500_000
    vi.clearAllMocks()
    admit = () => leave
    http = createServer()
    door = await socketIoDoor({
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
    http.on('upgrade', (request, socket, head) => {
      const subPath = (request.url ?? '').split('?')[0]?.replace('/signal', '') ?? ''
      if (!door.upgrade?.({ request, remote: '203.0.113.7', subPath }, socket, head)) socket.destroy()
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    base = addressOf(http)?.base ?? ''
  })

  afterEach(async () => {
    for (const undo of undos.splice(0)) undo()
    await door.close()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })

  const dial = (namespace = '/tsunagu.v1', options = {}): Socket => {
    const socket = io(base + namespace, { path: '/signal/socket.io', transports: ['websocket'], forceNew: true, reconnection: false, ...options })
    undos.push(() => socket.close())
    return socket
  }
  const open = async (): Promise<Wire> => {
    const socket = dial()
    const frames: unknown[] = []
    socket.on('frame', (frame) => frames.push(frame))
    const closed = new Promise<string>((resolve) => socket.on('disconnect', resolve))
    await new Promise<void>((resolve, reject) => {
      socket.on('connect', resolve)
      socket.on('connect_error', reject)
    })
    return { socket, frames, closed }
  }
  /** A WebSocket that speaks the packets of Engine.IO and Socket.IO by hand. */
  const raw = async (query = 'EIO=4&transport=websocket'): Promise<WebSocket> => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}/signal/socket.io/?${query}`)
    socket.on('error', () => undefined)
    undos.push(() => socket.terminate())
    await new Promise((resolve) => socket.once('message', resolve).once('close', resolve))
    return socket
  }
  const refusals = (wire: Wire): unknown[] => wire.frames.map((frame) => JSON.parse(String(frame)))

  it('hands frames over whole and in order, and sends them so', async () => {
    const { socket, frames } = await open()
    const wanted = Array.from({ length: 200 }, (_, n) => `frame ${n}`)
    for (const frame of wanted) socket.emit('frame', frame)
    await vi.waitFor(() => expect(heard).toEqual(wanted))
    for (const frame of wanted) links[0]?.send(frame)
    await vi.waitFor(() => expect(frames).toEqual(wanted))
  })

  it('tells the hub where a link comes from and that it is gone, once', async () => {
    const { socket } = await open()
    expect(links[0]?.remote).toBe('203.0.113.7')
    socket.close()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    await vi.waitFor(() => expect(leave).toHaveBeenCalledTimes(1))
  })

  it('keeps no connection of who leaves the namespace alone', async () => {
    const socket = await raw()
    socket.send('40/tsunagu.v1,')
    await once(socket, 'message')
    socket.send('41/tsunagu.v1,')
    await once(socket, 'close')
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it.each(['40/tsunagu.v1,', '40/tsunagu.v1', '40/tsunagu.v1,{"a":1}'])('opens no more than one link on a connection that joins with %j many times at once', async (join) => {
    const socket = await raw()
    const gone = once(socket, 'close')
    const wire = (socket as unknown as { _socket: { cork(): void; uncork(): void } })._socket
    // In one piece, so that all are there before the first has been dealt with.
    wire.cork()
    for (let count = 0; count < 1_000; count++) socket.send(join)
    wire.uncork()
    await gone
    expect(links.length).toBeLessThanOrEqual(1)
    expect(refused).toHaveBeenCalledWith('203.0.113.7', 'more than one link on one connection')
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(links.length))
  })

  it('keeps few connections of an address that holds too many links, until they have been told', async () => {
    admit = () => undefined
    const waiting = await Promise.all(Array.from({ length: 20 }, () => raw()))
    expect(waiting.filter(({ readyState }) => readyState === WebSocket.OPEN)).toHaveLength(4)
    // One that goes makes room for another to be told.
    waiting.find(({ readyState }) => readyState === WebSocket.OPEN)?.close()
    const told = await vi.waitFor(open)
    await told.closed
    expect(refusals(told)).toMatchObject([{ code: 'signaling/limit-exceeded' }])
  })

  it('sends what the hub said last before it says good-bye', async () => {
    const wire = await open()
    links[0]?.send('last')
    links[0]?.close(4001)
    expect(await wire.closed).toBe('io server disconnect')
    expect(wire.frames).toEqual(['last'])
    links[0]?.send('late')
    links[0]?.close()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })

  it.each(['/', '/tsunagu.v9', '/other'])('knows no namespace %s, says so, and keeps no connection', async (namespace) => {
    const socket = dial(namespace)
    const error = await new Promise<Error>((resolve) => socket.on('connect_error', resolve))
    expect(error.message).toBe('Invalid namespace')
    expect(refused).toHaveBeenCalledWith('203.0.113.7', 'this server speaks tsunagu.v1')
    expect(links).toHaveLength(0)
    await vi.waitFor(() => expect(leave).toHaveBeenCalledTimes(1))
  })

  it('refuses by frame an address that holds too many links', async () => {
    admit = () => undefined
    const wire = await open()
    expect(await wire.closed).toBe('io server disconnect')
    expect(refusals(wire)).toMatchObject([{ type: 'refused', code: 'signaling/limit-exceeded', retry: 'yes' }])
    expect(links).toHaveLength(0)
  })

  it.each<[string, unknown[]]>([
    ['no text', ['frame', { a: 1 }]],
    ['bytes', ['frame', Buffer.from([1, 2, 3])]],
    ['nothing', ['frame']],
    ['another event', ['other', 'text']],
  ])('refuses %s', async (_name, [event, ...args]) => {
    const wire = await open()
    wire.socket.emit(String(event), ...args)
    expect(await wire.closed).toBe('io server disconnect')
    expect(refusals(wire)).toMatchObject([{ code: 'signaling/invalid-message', retry: 'never' }])
    expect(heard).toEqual([])
    expect(refused).toHaveBeenCalledTimes(1)
  })

  it.each(['9', '4', '49', '42', '42{"a":1}', '42/tsunagu.v1,nothing', '42/tsunagu.v1,[]', '451-["frame"', '40/tsunagu.v1,', '6', '2probe'])(
    'ends a link that says %j, and goes on',
    async (packet) => {
      const socket = await raw()
      socket.send('40/tsunagu.v1,')
      await once(socket, 'message')
      socket.send(packet)
      socket.send('42/tsunagu.v1,["not","ours"]')
      await once(socket, 'close')
      expect(heard).toEqual([])
      const wire = await open()
      wire.socket.emit('frame', 'still here')
      await vi.waitFor(() => expect(heard).toEqual(['still here']))
    },
  )

  it.each(['transport=websocket', 'EIO=3&transport=websocket', 'EIO=4&transport=polling', 'EIO=4&transport=websocket&sid=unknown', 'EIO=4'])(
    'opens nothing for the query %s',
    async (query) => {
      const socket = await raw(query)
      if (socket.readyState !== WebSocket.CLOSED) await new Promise((resolve) => socket.once('close', resolve))
      expect(links).toHaveLength(0)
      await vi.waitFor(() => expect(leave).toHaveBeenCalledTimes(1))
    },
  )

  it('takes a frame of 256 KiB in which every character has to be escaped, and cuts what is longer than any', async () => {
    const { socket, closed: gone } = await open()
    socket.emit('frame', '"'.repeat(262_144))
    await vi.waitFor(() => expect(heard.map(({ length }) => length)).toEqual([262_144]))
    socket.emit('frame', 'x'.repeat(524_400))
    await gone
    expect(refused).toHaveBeenCalledWith('203.0.113.7', 'Max payload size exceeded', 'tooLarge')
    expect(heard).toHaveLength(1)
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })

  it('puts out who sends more than a link may, of whatever kind', async () => {
    limits.linkFramesBurst = 10
    for (const flood of [
      (wire: Wire) => wire.socket.emit('frame', 'not even a frame'),
      (wire: Wire) => (wire.socket.io.engine.transport as unknown as { ws: WebSocket }).ws.ping(),
      (wire: Wire) => (wire.socket.io.engine.transport as unknown as { ws: WebSocket }).ws.pong(),
    ]) {
      const wire = await open()
      heard.length = 0
      // Joining the namespace was one.
      for (let count = 0; count < 9; count++) flood(wire)
      wire.socket.emit('frame', 'one too many')
      wire.socket.emit('frame', 'and more')
      expect(await wire.closed).toBe('io server disconnect')
      expect(refusals(wire)).toMatchObject([{ code: 'signaling/rate-limited', retry: 'yes' }])
      expect(heard).not.toContain('one too many')
      expect(refused).toHaveBeenLastCalledWith('203.0.113.7', 'too many frames on one link')
    }
    expect(refused).toHaveBeenCalledTimes(3)
  })

  it('puts out who floods before joining', async () => {
    limits.linkFramesBurst = 10
    const socket = await raw()
    for (let count = 0; count < 11; count++) socket.ping()
    const [code] = (await once(socket, 'close')) as [number]
    expect(code).toBe(1008)
  })

  it('cuts a receiver that does not read, before it holds more than the limit', async () => {
    const socket = await raw()
    socket.send('40/tsunagu.v1,')
    await once(socket, 'message')
    socket.pause()
    const frame = 'x'.repeat(100_000)
    let sent = 0
    while (closed.mock.calls.length === 0 && sent < 1_000) {
      links[0]?.send(frame)
      if (++sent % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(closed).toHaveBeenCalledTimes(1)
    expect(quiet.warn).toHaveBeenCalledWith('receiver too slow, link cut', { door: 'socket-io', bufferedBytes: expect.any(Number) as number })
    const [, { bufferedBytes }] = quiet.warn.mock.calls[0] as [string, { bufferedBytes: number }]
    expect(bufferedBytes).toBeLessThan(limits.bufferedBytes + 2 * frame.length)
  })

  it('gives up who connects and never joins', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const socket = new WebSocket(`${base.replace('http', 'ws')}/signal/socket.io/?EIO=4&transport=websocket`)
      await once(socket, 'message')
      const gone = once(socket, 'close')
      vi.advanceTimersByTime(5_000)
      await gone
    } finally {
      vi.useRealTimers()
    }
  })

  it('says good-bye to everybody when it closes, and resolves when all are gone', async () => {
    const wires = [await open(), await open()]
    await door.close()
    expect(await Promise.all(wires.map((wire) => wire.closed))).toEqual(['io server disconnect', 'io server disconnect'])
    expect(closed).toHaveBeenCalledTimes(2)
  })

  it('leaves other paths to others', () => {
    const request = { headers: { upgrade: 'websocket' } } as Parameters<NonNullable<Door['upgrade']>>[0]['request']
    for (const subPath of ['', '/other', '/socket.io/more'])
      expect(door.upgrade?.({ request, remote: '', subPath }, null as never, Buffer.alloc(0))).toBe(false)
  })
})
