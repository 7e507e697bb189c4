import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type * as SocketIo from 'socket.io'
import { RtcError } from 'tsunagu/hub'
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws'
import { refuseUpgrade } from '../answers'
import { Budget } from '../budget'
import { networkOf, Quota } from '../remote'
import type { Arrival, Door, DoorContext } from './door'
import { CLOSE, SUBPROTOCOL } from './websocket'

/** Versions of the protocol are namespaces of Socket.IO: a server that does not speak one answers "Invalid namespace" by itself. */
const NAMESPACE = `/${SUBPROTOCOL}`
const INVALID_NAMESPACE = 'Invalid namespace'

/** Where below the signaling path Socket.IO lives; most clients of it put a slash behind. */
const BELOW = '/socket.io'

/** The one event that carries frames, both ways. */
const FRAME = 'frame'

/** A frame of 256 KiB, each of whose characters Socket.IO may have to escape, for it writes text as JSON; and what stands around it. */
const MESSAGE_BYTES = 2 * 262_144 + 64

/** How many connections of one address that are not let in may wait to be told so in a frame; more are told by HTTP alone. */
const TURNED_AWAY = 4
const TOO_MANY = 'too many links from this address'

/** How long a client may take to join the namespace once it has a connection. */
const JOIN_MS = 5_000

/** As at the websocket door; `closeTimeout` and `maxFragments` are newer than the types of ws. */
const SOCKETS = { maxFragments: 1_024, perMessageDeflate: false, autoPong: false, closeTimeout: 2_000 }

type Handed = Parameters<WebSocketServer['handleUpgrade']>[3]

/** The maker of WebSockets that engine.io is told to use: it shows us each one before engine.io has it. */
const socketsShownTo = (opened: (request: IncomingMessage, socket: WebSocket) => void) =>
  class extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({ ...options, ...SOCKETS })
    }

    override handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, handed: Handed): void {
      super.handleUpgrade(request, socket, head, (client, asked) => {
        opened(request, client)
        handed(client, asked)
      })
    }
  }

const load = async (): Promise<typeof SocketIo> => {
  try {
    return await import('socket.io')
  } catch (cause) {
    throw new RtcError('usage/unsupported-environment', 'The door socket-io needs the package socket.io.', {
      fix: 'npm install socket.io',
      cause,
    })
  }
}

/** One WebSocket below Socket.IO, from its handshake on. */
interface Carrier {
  readonly remote: string
  readonly admitted: boolean
  socket?: WebSocket
  /** Has asked for a namespace, which is possible once. */
  joining: boolean
  /** Pays for whatever comes in, of any kind; false for who cannot. */
  paid(): boolean
  /** What to do with who cannot pay: says so, once there is somebody to say it to. */
  flooded(): void
}

/**
 * The door for clients that speak Socket.IO (protocol version 5), over WebSocket alone: its long polling names the
 * connection in the address of each request, where logs keep it.
 *
 * @throws {@link RtcError} `usage/unsupported-environment` where the package `socket.io` is not installed.
 */
export const socketIoDoor = async (context: DoorContext): Promise<Door> => {
  const { log, limits } = context
  const { Server } = await load()
  const carriers = new WeakMap<IncomingMessage, Carrier>()
  const open = new Set<WebSocket>()
  const turned = new Quota(TURNED_AWAY)

  const opened = (request: IncomingMessage, socket: WebSocket): void => {
    const carrier = carriers.get(request)
    if (!carrier) return
    carrier.socket = socket
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') context.refused(carrier.remote, error.message, 'tooLarge')
      else if (error.code?.startsWith('WS_ERR_')) context.refused(carrier.remote, error.message)
      else log.debug('socket failed', { door: 'socket-io', reason: error.message })
    })
    // Answered here and not by ws, so that somebody who pings and never reads cannot fill our memory with pongs.
    socket.on('ping', (data) => {
      if (!carrier.paid()) carrier.flooded()
      else if (socket.bufferedAmount > limits.bufferedBytes) socket.terminate()
      else socket.pong(data)
    })
    socket.on('pong', () => {
      if (!carrier.paid()) carrier.flooded()
    })
  }

  // It never listens: engine.io wants a server to hang itself into, and gets its upgrades from ours, below.
  const io = new Server(createServer(), {
    transports: ['websocket'],
    serveClient: false,
    connectTimeout: JOIN_MS,
    maxHttpBufferSize: MESSAGE_BYTES,
    wsEngine: socketsShownTo(opened),
  })
  // The namespace that every server of Socket.IO has.
  io.use((_socket, next) => next(new Error(INVALID_NAMESPACE)))

  io.engine.on('connection', (engine: SocketIo.Socket['conn']) => {
    const carrier = carriers.get(engine.request)
    if (!carrier) return engine.close(true)
    engine.on('packet', () => {
      if (!carrier.paid()) carrier.flooded()
    })
    engine.on('data', (packet: unknown) => {
      // A packet that joins a namespace (Socket.IO protocol, "CONNECT").
      if (typeof packet !== 'string' || !packet.startsWith('0')) return
      if (carrier.joining) {
        // The library notices only where the first has been dealt with, and several may come at once.
        context.refused(carrier.remote, 'more than one link on one connection')
        carrier.socket?.terminate()
        return engine.close(true)
      }
      carrier.joining = true
      // Of another, the library says that there is none.
      if (packet.startsWith(`0${NAMESPACE},`)) return
      context.refused(carrier.remote, `this server speaks ${SUBPROTOCOL}`)
      setImmediate(() => engine.close())
    })
  })

  io.of(NAMESPACE).on('connection', (socket) => {
    const engine = socket.conn
    const carrier = carriers.get(engine.request)
    const wire = carrier?.socket
    if (!carrier || !wire) return void socket.disconnect(true)
    // Without a listener the library writes to the console.
    socket.on('error', (error: Error) => {
      context.refused(carrier.remote, 'a packet against the protocol of Socket.IO')
      log.debug('socket failed', { door: 'socket-io', reason: error.message })
    })
    const refuse = (code: string, retry: 'yes' | 'never', text: string): void => {
      if (!socket.connected) return
      context.refused(carrier.remote, text)
      socket.emit(FRAME, JSON.stringify({ type: 'refused', code, retry, text }))
      socket.disconnect(true)
    }
    if (!carrier.admitted) return refuse('signaling/limit-exceeded', 'yes', TOO_MANY)
    carrier.flooded = () => refuse('signaling/rate-limited', 'yes', 'too many frames on one link')

    /** Bytes that engine.io holds back until the WebSocket has written what it was given before. */
    let held = 0
    engine.on('flush', () => (held = 0))
    const sink = context.connect({
      remote: carrier.remote,
      send: (frame) => {
        if (!socket.connected) return
        held += Buffer.byteLength(frame)
        socket.emit(FRAME, frame)
        if (held + wire.bufferedAmount <= limits.bufferedBytes) return
        log.warn('receiver too slow, link cut', { door: 'socket-io', bufferedBytes: held + wire.bufferedAmount })
        wire.terminate()
      },
      close: (code) => {
        if (code === CLOSE.abnormal) wire.terminate()
        else socket.disconnect(true)
      },
    })
    socket.onAny((event: unknown, frame: unknown) => {
      // What was sent behind a frame that ended the link is still handed out.
      if (!socket.connected) return
      if (event === FRAME && typeof frame === 'string') sink.frame(frame)
      else refuse('signaling/invalid-message', 'never', `frames are text in the event "${FRAME}"`)
    })
    socket.on('disconnect', () => {
      // Who leaves the namespace alone would keep the connection.
      engine.close()
      sink.closed()
    })
  })

  return {
    name: 'socket-io',
    below: BELOW,
    upgrade: ({ request, remote, subPath }: Arrival, socket, head) => {
      if (subPath.replace(/\/$/, '') !== BELOW) return false
      const leave = context.admit(remote)
      const place = leave ?? turned.take(networkOf(remote))
      if (!place) {
        context.refused(remote, TOO_MANY)
        refuseUpgrade(socket, 429, 'signaling/limit-exceeded', 'Too many links from this address; close one, or try again later.')
        return true
      }
      socket.once('close', place)
      const budget = new Budget(limits.linkFramesPerSecond, limits.linkFramesBurst, context.now)
      const carrier: Carrier = {
        remote,
        admitted: leave !== undefined,
        joining: false,
        paid: () => budget.take(),
        flooded: () => carrier.socket?.close(CLOSE.policy, 'signaling/rate-limited'),
      }
      carriers.set(request, carrier)
      // The type of the engine leaves out what only the one for node:http can do, which this is.
      const engine = io.engine as unknown as { handleUpgrade(...upgrade: [IncomingMessage, Duplex, Buffer]): void }
      engine.handleUpgrade(request, socket, head)
      return true
    },
    close: async () => {
      const gone = [...open].map((socket) => new Promise((resolve) => socket.once('close', resolve)))
      io.of(NAMESPACE).disconnectSockets(true)
      await io.close()
      await Promise.all(gone)
    },
  }
}
