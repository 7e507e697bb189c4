export * from './port'
export * from './transport'
export { RECONNECT_DEFAULTS, type ReconnectConfig, type ReconnectOptions } from './retry'
export { native, type NativeOptions, type SignalingRuntime } from './native'
