export { Hub } from './hub'
export { MemoryStore, type SessionRecord, type SessionStore } from './store'
export { EVERYBODY } from './options'
export type * from './options'
