import { WebSocketServer, type WebSocket } from 'ws'
import { Budget } from '../budget'
import type { Arrival, Door, DoorContext } from './door'

/** The subprotocol that this door speaks (RFC 6455 section 1.9). */
export const SUBPROTOCOL = 'tsunagu.v1'

/** Why the server closes a WebSocket, in the codes of RFC 6455 section 7.4 and its range for applications. */
export const CLOSE = {
  goingAway: 1001,
  textOnly: 1003,
  /** Not said but done. */
  abnormal: 1006,
  /** More frames than a link may send; the frame before says so. */
  policy: 1008,
  tooLarge: 1009,
  /** Too many links of one address; another attempt later may do. */
  tryAgainLater: 1013,
  /** The client speaks another subprotocol, or named none. */
  protocolUnsupported: 4406,
} as const

/** The largest frame of protocol version 1, in bytes; ws closes with 1009 on the header of a larger one. */
const FRAME_BYTES = 262_144

/** The most pieces that one frame of the protocol may come in; each costs time, and none is seen before the last. */
const FRAGMENTS = 1_024

/** How long a client may take to answer a close before its socket is cut. */
const CLOSE_TIMEOUT_MS = 2_000

/** The door for browsers and everything else that speaks WebSocket. */
export const webSocketDoor = (context: DoorContext): Door => {
  const { log, limits } = context
  // `closeTimeout` and `maxFragments` are newer than the types of ws.
  const options = {
    noServer: true,
    maxPayload: FRAME_BYTES,
    maxFragments: FRAGMENTS,
    // Signaling frames are small, and compression costs each connection some 300 kB (README of ws, "WebSocket compression").
    perMessageDeflate: false,
    autoPong: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // A browser fails the handshake, and shows no reason, where none of its subprotocols is answered (WHATWG WebSockets,
    // "establish a WebSocket connection"; seen in Chromium 156 and Firefox 153). So one is always answered, and what is
    // not ours is closed with a code that the page can read.
    handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : ([...offered][0] ?? false)),
  }
  const server = new WebSocketServer(options)

  const opened = (socket: WebSocket, remote: string): void => {
    // Whatever is wrong with a socket also closes it; a listener must be there, or the error would end the process.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // What ws says of bad frames (too large, no UTF-8, against RFC 6455) quotes none of them.
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') context.refused(remote, error.message, 'tooLarge')
      else if (error.code?.startsWith('WS_ERR_')) context.refused(remote, error.message)
      else log.debug('socket failed', { door: 'websocket', reason: error.message })
    })
    const refuse = (closeCode: number, refusal: { code: string; retry: 'yes' | 'never'; text: string }): void => {
      context.refused(remote, refusal.text)
      // Said twice: as a frame for who speaks the protocol, as a close reason (at most 123 bytes) for who does not.
      if (socket.protocol === SUBPROTOCOL) socket.send(JSON.stringify({ type: 'refused', ...refusal }))
      socket.close(closeCode, `${refusal.code}: ${refusal.text}`)
    }
    if (socket.protocol !== SUBPROTOCOL)
      return refuse(CLOSE.protocolUnsupported, {
        code: 'signaling/protocol-unsupported',
        retry: 'never',
        text: `this server speaks ${SUBPROTOCOL}`,
      })
    const leave = context.admit(remote)
    if (!leave)
      return refuse(CLOSE.tryAgainLater, {
        code: 'signaling/limit-exceeded',
        retry: 'yes',
        text: 'too many links from this address',
      })

    /** Cuts a receiver that is too slow: its session keeps what was not acknowledged, so nothing is lost. */
    const guard = (): boolean => {
      if (socket.bufferedAmount <= limits.bufferedBytes) return true
      log.warn('receiver too slow, link cut', { door: 'websocket', bufferedBytes: socket.bufferedAmount })
      socket.terminate()
      return false
    }
    const sink = context.connect({
      remote,
      send: (frame) => {
        if (socket.readyState !== socket.OPEN) return
        socket.send(frame)
        guard()
      },
      // 1006 is never sent (RFC 6455 section 7.4.1): it means to hang up without a word.
      close: (code = 1000) => (code === CLOSE.abnormal ? socket.terminate() : socket.close(code)),
    })
    // The hub charges a session for what it asks. This charges a link for whatever comes in, also what is no frame at all.
    const budget = new Budget(limits.linkFramesPerSecond, limits.linkFramesBurst, context.now)
    let unpaid = 0
    /** Puts out who floods: even frames that are thrown away take time from everybody. */
    const paid = (): boolean => {
      if (budget.take()) return socket.readyState === socket.OPEN
      // It was told, and had the time to notice.
      if (++unpaid > limits.linkFramesBurst) socket.terminate()
      if (socket.readyState !== socket.OPEN) return false
      refuse(CLOSE.policy, { code: 'signaling/rate-limited', retry: 'yes', text: 'too many frames on one link' })
      return false
    }
    socket.on('message', (data, isBinary) => {
      if (!paid()) return
      if (isBinary)
        refuse(CLOSE.textOnly, { code: 'signaling/invalid-message', retry: 'never', text: 'frames are text' })
      // `binaryType` is left at its default, so a message is one Buffer.
      else sink.frame((data as Buffer).toString())
    })
    // Answered here and not by ws, so that somebody who pings and never reads cannot fill our memory with pongs.
    socket.on('ping', (data) => {
      if (paid() && guard()) socket.pong(data)
    })
    // Nobody was asked for one, and each takes as much time as any other frame.
    socket.on('pong', paid)
    socket.on('close', () => {
      leave()
      sink.closed()
    })
  }

  return {
    name: 'websocket',
    upgrade: ({ request, remote, subPath }: Arrival, socket, head) => {
      if (subPath !== '' || request.headers.upgrade?.toLowerCase() !== 'websocket') return false
      server.handleUpgrade(request, socket, head, (client) => opened(client, remote))
      return true
    },
    close: async () => {
      const gone = [...server.clients].map(
        (client) =>
          new Promise<void>((resolve) => {
            client.on('close', () => resolve())
            client.close(CLOSE.goingAway, 'the server is closing')
          }),
      )
      server.close()
      await Promise.all(gone)
    },
  }
}
