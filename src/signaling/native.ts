import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import type { SignalingProtocol } from './port'
import type { ReconnectOptions } from './retry'
import type { SignalingTransport } from './transport'

/** The part of the {@link Runtime} that signaling needs. */
export type SignalingRuntime = Pick<Runtime, 'now' | 'random' | 'randomId' | 'after' | 'onPage'>

/** How the native protocol behaves; everything is optional. */
export interface NativeOptions {
  readonly runtime?: SignalingRuntime
  readonly logger?: Logger
  readonly reconnect?: ReconnectOptions
}

/** Tsunagu's own signaling protocol over any transport. */
export const native = (transport: SignalingTransport, options: NativeOptions = {}): SignalingProtocol => {
  throw new Error(`${transport.name} ${String(options.runtime)}`)
}
