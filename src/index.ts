export { Client, type ClientEvents } from './client'
export {
  CALLS_DEFAULTS,
  type CallsOptions,
  type ClientOptions,
  type IceOptions,
  type IceServers,
} from './options'
export { RtcError, type RtcErrorCode, isRtcError } from './base/errors'
export { Emitter, type Listener, type ListenerOptions } from './base/emitter'
export type { LogFields, Logger } from './base/log'
export type { PageEvent, Runtime } from './base/runtime'
export { Call, type CallEvents } from './session/call'
export type { CallMove } from './session/call-life'
export type { CallMedia } from './session/call-media'
export type { CallState } from './session/call-states'
export type { CallOptions } from './session/calls'
export type { ControlEvents, HoldState } from './session/controls'
export type { RejectReason } from './session/end-reason'
export {
  LocalParticipant,
  type LocalParticipantEvents,
  type PublishedScreen,
  type PublishOptions,
  RemoteParticipant,
} from './session/participant'
export type { DtmfOptions } from './session/keys'
export type { CallTransferRequest } from './session/transfer'
export { Presence } from './session/presence'
export { LocalTrack, type LocalTrackEvents } from './media/local-track'
export type { FrameTransform, ProcessContext, TrackProcessor } from './media/processor'
export { RemoteTrack, type RemoteTrackEvents } from './media/remote-track'
export { devices, type DeviceKind, type Devices, type DevicesEvents, type MediaDevice } from './media/devices'
export type {
  CameraOptions,
  CaptureWait,
  CaptureWish,
  MicrophoneOptions,
  ScreenCapture,
  ScreenOptions,
  TrackSource,
} from './media/capture'
export * from './signaling'
