export { broadcastChannel, type BroadcastChannelOptions } from './broadcast-channel'
export type { TabHub } from './host'
