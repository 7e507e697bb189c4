export * from './port'
export type * from './transport'
export { RECONNECT_DEFAULTS, type ReconnectConfig, type ReconnectOptions } from './retry'
export { native, type NativeOptions, type SignalingRuntime } from './native'
