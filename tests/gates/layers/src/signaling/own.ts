import { socket } from '../../adapters/websocket/socket'

export interface Own {
  readonly socket: typeof socket
}
export const helper = socket
