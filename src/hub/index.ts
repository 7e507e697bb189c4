export { Hub } from './hub'
export { MemoryStore, type SessionRecord, type SessionStore } from './store'
export type * from './options'
