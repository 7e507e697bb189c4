import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ServerName } from './pages/setup-contender'

/** A server as its own process. */
export interface BenchServer {
  readonly url: string
  readonly pid: number
  close(): Promise<void>
}

const argumentsOf = (name: ServerName, folder: string): string[] =>
  name === 'tsunagu' ? [join(folder, 'node_modules/tsunagu-server/dist/index.js')] : []

/** Starts one of the servers on a free port; resolves when it says where it listens. */
const startBenchServer = async (name: ServerName, folder: string): Promise<BenchServer> => {
  const child = spawn(process.execPath, ['--import', 'tsx', `bench/servers/${name}.ts`, ...argumentsOf(name, folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test' },
  })
  const kill = (): void => void child.kill('SIGKILL')
  // A bench that dies must not leave it behind.
  process.on('exit', kill)
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (said.length > 10_000) return
      const found = /https?:\/\/[^\s"]+/.exec((said += text))?.[0]
      if (found) resolve(found)
    })
    void exited.then(() => reject(new Error(`The server ${name} ended.\n${said}`)))
  })
  return {
    url,
    pid: child.pid ?? 0,
    close: async () => {
      kill()
      await exited
      process.off('exit', kill)
    },
  }
}

/** The servers of one bench, each started when it is first asked for. */
export interface BenchServers {
  get(name: ServerName): Promise<BenchServer>
  close(): Promise<void>
}

/** Makes them; `folder` is where our packages are installed. */
export const benchServers = (folder: string): BenchServers => {
  const running = new Map<ServerName, Promise<BenchServer>>()
  return {
    get: (name) => {
      const server = running.get(name) ?? startBenchServer(name, folder)
      running.set(name, server)
      return server
    },
    close: async () => {
      for (const server of running.values()) await (await server).close()
    },
  }
}
