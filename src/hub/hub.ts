import type { HubCounters, HubLink, HubLinkSink, HubOptions, HubStats, OnlinePerson } from './options'

/** The core of a signaling server as a pure module. */
export class Hub {
  constructor(options: HubOptions = {}) {
    void options
  }
  readonly counters = {} as HubCounters
  stats(): HubStats {
    throw new Error()
  }
  people(): readonly OnlinePerson[] {
    return []
  }
  connect(link: HubLink): HubLinkSink {
    throw new Error(link.remote)
  }
  close(): void {}
}
