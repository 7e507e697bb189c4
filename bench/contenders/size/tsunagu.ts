import type { SizeContender } from '../../size-contender'

export const contender: SizeContender = {
  'calls with signaling': { program: "export { Client } from 'tsunagu'; export { webSocket } from 'tsunagu/adapters/websocket'" },
  'one connection': { program: "export { Peer } from 'tsunagu/peer'" },
  'messages through a server': { program: "export { native } from 'tsunagu'; export { webSocket } from 'tsunagu/adapters/websocket'" },
  'script tag': { file: 'node_modules/tsunagu/dist/tsunagu.iife.js' },
}
