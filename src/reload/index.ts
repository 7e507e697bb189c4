export { acrossReloads, type ReloadOptions } from './across-reloads'
export type { SessionKeeper } from '../signaling/port'
