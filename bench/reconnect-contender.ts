import type { BrowserPages } from './browser-pages'
import type { BenchServer } from './servers'
import type { ServerName } from './pages/setup-contender'

/** What a contender of the bench `reconnect` is given. */
export interface ReconnectContext {
  /** Our packages as installed: `load('index.js')`, `load('adapters/websocket.js')`. */
  load(module: string): Promise<unknown>
  /** A server that runs as its own process. */
  server(name: ServerName): Promise<BenchServer>
  /** The same address through the proxy that will cut the connection: for the receiver alone. */
  cuttable(url: string): Promise<string>
  /** For whoever needs a browser. */
  readonly pages: BrowserPages
  /** Tells that a message arrived at the receiver. */
  heard(n: number): void
}

/** A sender and a receiver that have a server between them. */
export interface ReconnectLine {
  send(n: number): void
  close(): Promise<void>
}

/** A way to bring messages through a server: a module in bench/contenders/reconnect/ exports it as `contender`. */
export type ReconnectContender = (context: ReconnectContext) => Promise<ReconnectLine>
