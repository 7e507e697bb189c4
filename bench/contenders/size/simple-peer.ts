import type { SizeContender } from '../../size-contender'

export const contender: SizeContender = {
  'one connection': { program: "import SimplePeer from 'simple-peer'; export { SimplePeer }" },
  'script tag': { file: 'node_modules/simple-peer/simplepeer.min.js' },
}
