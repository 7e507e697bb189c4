export { webSocket, type WebSocketLike, type WebSocketOptions } from './websocket'
