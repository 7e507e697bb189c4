export { cutting, type Fate } from './cutting-transport'
export { DROPPED, EchoServer, type EchoLink, type EchoSink } from './echo-server'
export { FakeRuntime, type MediaRuntime } from './fake-runtime'
export {
  transportCases,
  type TransportCapabilities,
  type TransportCase,
  type TransportSetup,
} from './transport-cases'
