import { once } from 'node:events'
import { fork } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from '../../scripts/build'
import type { ServerOptions } from '../../server/src/options'
import type { ServerCounters, ServerStats } from '../../server/src/server'

const SCRIPT = fileURLToPath(new URL('run-server.mjs', import.meta.url))

/** The built server as a process of its own, with options of ours. */
export interface OwnServer {
  /** What clients connect to. */
  readonly url: string
  readonly port: number
  /** How much there is of everything; waits while the process is stopped. */
  stats(): Promise<ServerStats>
  /** What went wrong on the wire since the start, and how much memory the process holds. */
  counters(): Promise<ServerCounters & { readonly rssBytes: number }>
  /** Stops it as SIGSTOP does, and lets it go on after a while; resolves then. */
  freeze(ms: number): Promise<void>
  /** Ends it, by force where it does not within 5 s. */
  close(): Promise<void>
}

let started = 0

/** Starts one on a free port, for guests and pages of any origin. */
export const startOwnServer = async (options: Partial<ServerOptions> = {}): Promise<OwnServer> => {
  await ensureBuilt()
  const child = fork(SCRIPT, {
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', SERVER_OPTIONS: JSON.stringify(options) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  mkdirSync('.tmp/server-logs', { recursive: true })
  const log = createWriteStream(`.tmp/server-logs/${process.pid}-own-${++started}.log`)
  child.stdout?.pipe(log)
  child.stderr?.pipe(log)
  // A test run that dies must not leave it behind, also where it is stopped.
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  const exited = once(child, 'exit').finally(() => process.off('exit', kill))
  const [said] = (await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => Promise.reject(new Error(`The server ended with ${String(code)}; see .tmp/server-logs.`))),
  ])) as [{ readonly url: string }]
  const ask = async <T>(what: string): Promise<T> => {
    const answer = once(child, 'message')
    child.send(what)
    return ((await answer) as [T])[0]
  }
  return {
    url: said.url,
    port: Number(new URL(said.url).port),
    stats: () => ask<ServerStats>('stats'),
    counters: () => ask<ServerCounters & { readonly rssBytes: number }>('counters'),
    freeze: async (ms) => {
      child.kill('SIGSTOP')
      await new Promise((resolve) => setTimeout(resolve, ms))
      child.kill('SIGCONT')
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      if (child.connected) child.disconnect()
      const timer = setTimeout(kill, 5_000)
      await exited.finally(() => clearTimeout(timer))
    },
  }
}
