import type { ServerName } from './setup-contender'

/** Ends both sides of a connection. */
export type Close = () => void | Promise<void>

/** Connections with both ends in one page and a data channel each: a module in bench/contenders/footprint/ exports it as `contender`. */
export interface FootprintContender {
  /** What it needs to find the other end, where it does. */
  readonly server?: ServerName
  /** Comes online, once, and gives what opens one connection after the other; each resolves when its channel is open. */
  start(url: string): Promise<() => Promise<Close>>
}

/** Resolves when a channel is open. */
export const opened = (channel: RTCDataChannel): Promise<void> =>
  new Promise((resolve) => {
    if (channel.readyState === 'open') resolve()
    else channel.addEventListener('open', () => resolve(), { once: true })
  })
