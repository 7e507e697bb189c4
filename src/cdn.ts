// What the script tag carries, as the global `Tsunagu`: the core, dom and every transport without a dependency.
export * from './index'
export * from './dom'
export { broadcastChannel } from '../adapters/broadcast-channel'
export { longPolling } from '../adapters/long-polling'
export { memory } from '../adapters/memory'
export { sse } from '../adapters/sse'
export { webSocket } from '../adapters/websocket'
// The two in-page transports run it.
export { Hub } from './hub'
