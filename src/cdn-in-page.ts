// A second script for pages without a server, as the global `TsunaguInPage`: the server's core and the two transports to it.
export { broadcastChannel } from '../adapters/broadcast-channel'
export { memory } from '../adapters/memory'
export { Hub } from './hub'
