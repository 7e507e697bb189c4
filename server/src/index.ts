// What options and hooks take and throw, so that a script needs this package alone.
export { RtcError, type RtcErrorCode, isRtcError, type Action, type ClientContext, type Identity, type LogFields, type Logger } from 'tsunagu/hub'
export { createServer, type CloseOptions, type ServerCounters, type ServerStats, type SignalingServer } from './server'
export type { DoorName, DoorStats } from './doors/all'
export { SERVER_DEFAULTS, type ServerLimits, type ServerOptions } from './options'
export { fromPino, type LogLevel, type PinoLike } from './logging'
export type { AuditRecord } from './audit'
export type { IceServer } from './routes'
