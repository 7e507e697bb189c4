// What the script tag carries, as the global `Tsunagu`: the core, dom, reload and every way to a server without a dependency.
export * from './index'
export * from './dom'
export * from './reload'
export { fallback } from '../adapters/fallback'
export { longPolling } from '../adapters/long-polling'
export { sse } from '../adapters/sse'
export { webSocket } from '../adapters/websocket'
