import type { SizeContender } from '../../size-contender'

export const contender: SizeContender = {
  'calls with signaling': { program: "export { Peer } from 'peerjs'" },
  'script tag': { file: 'node_modules/peerjs/dist/peerjs.min.js' },
}
