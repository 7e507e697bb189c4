import { longPolling } from '../../adapters/long-polling'
import { sse } from '../../adapters/sse'
import { socketIo } from '../../adapters/socket-io'
import { webSocket, type WebSocketOptions } from '../../adapters/websocket'
import type { SignalingTransport } from '../../src/signaling/transport'

/** What Node 20 lacks and a browser has. */
export type World = Pick<WebSocketOptions, 'WebSocket'>

/** Every transport that goes over a network, by its name, each to the same url: what is tested with one is tested with all. */
export const NETWORK_TRANSPORTS: Readonly<Record<string, (url: string, world?: World) => SignalingTransport>> = {
  websocket: (url, world) => webSocket({ url, ...world }),
  sse: (url) => sse({ url }),
  'socket-io': (url) => socketIo({ url }),
  'long-polling': (url) => longPolling({ url }),
}
