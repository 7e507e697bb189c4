import type { Logger } from '../base/log'
import type { Runtime } from '../base/runtime'
import type { IceConfig } from '../peer/ice-servers'

/** What a link needs. */
export interface LinkOptions {
  /** Asked once per connection. */
  readonly ice: () => Promise<IceConfig>
  readonly runtime: Pick<Runtime, 'createPeerConnection' | 'createMediaStream' | 'after'>
  readonly logger: Logger
  /** Our page may come back after a reload and go on: the other side then waits for it. @defaultValue false */
  readonly keeps?: boolean
}

/** How often the unusual happened on a link, beside what its peer counts. */
export interface LinkCounters {
  duplicates: number
  invalidMessages: number
  /** Messages of a connection that has been replaced. */
  staleMessages: number
}
