import type { SizeContender } from '../../size-contender'

export const contender: SizeContender = {
  'messages through a server': { program: "export { io } from 'socket.io-client'" },
  'script tag': { file: 'node_modules/socket.io-client/dist/socket.io.min.js' },
}
