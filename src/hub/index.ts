export { Hub } from './hub'
// What its options and hooks take and throw: with these a server needs no entry that wants the types of a browser.
export { RtcError, type RtcErrorCode, isRtcError } from '../base/errors'
export type { LogFields, Logger } from '../base/log'
export { MemoryStore, type SessionRecord, type SessionStore } from './store'
export { EVERYBODY } from './options'
export { faultOf } from './fault'
export type * from './options'
