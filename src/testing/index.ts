export { cutting, type Fate } from './cutting-transport'
export { DROPPED, EchoServer, type EchoLink, type EchoSink } from './echo-server'
export { type ChannelOwner, FakeDataChannel, type WireEnd } from './fake-data-channel'
export { FakePeerConnection, type FakePeerConnectionOptions } from './fake-peer-connection'
export type { Applied, FakeEngine } from './fake-peer-connection-jsep'
export type { Description, Section } from './fake-peer-connection-sdp'
export { FakeTasks } from './fake-peer-connection-tasks'
export type { FakeSender, FakeTransceiver, TransceiverOwner } from './fake-peer-connection-transceiver'
export { FakeRuntime, type MediaRuntime } from './fake-runtime'
export {
  transportCases,
  type TransportCapabilities,
  type TransportCase,
  type TransportSetup,
} from './transport-cases'
