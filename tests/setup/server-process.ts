import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from '../../scripts/build'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = fileURLToPath(new URL('../../server/dist/cli.js', import.meta.url))

/** How it ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** The real server as its own process. */
export interface ServerProcess {
  /** What clients connect to; as the process said it. */
  readonly url: string
  readonly pid: number
  /** Everything it wrote so far, on standard output and standard error; also kept in a file under .tmp/server-logs. */
  log(): string
  readonly exited: Promise<Exit>
  /** Asks it to end, and ends it by force where it does not within 5 s. Idempotent. */
  close(signal?: NodeJS.Signals): Promise<Exit>
}

/** What a run of the command said and how it ended, for runs that end by themselves. */
export interface CommandRun extends Exit {
  readonly stdout: string
  readonly stderr: string
}

let started = 0

const start = (args: readonly string[], env: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: ROOT,
    // A surrounding NODE_ENV or PORT must not decide what a test sees.
    env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  mkdirSync('.tmp/server-logs', { recursive: true })
  const file = createWriteStream(`.tmp/server-logs/${process.pid}-${++started}.log`)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    file.write(text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    file.write(text)
  })
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      file.end()
      process.off('exit', kill)
      resolve({ code, signal })
    })
  })
  // A test run that dies must not leave the server behind.
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  return { child, exited, kill, said: () => ({ stdout, stderr }) }
}

/** Runs the command until it ends by itself: `--help`, a wrong flag, a port that is taken. */
export const runServer = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> => {
  await ensureBuilt()
  const { exited, kill, said } = start(args, env)
  const timer = setTimeout(kill, 10_000)
  const exit = await exited.finally(() => clearTimeout(timer))
  return { ...exit, ...said() }
}

/**
 * Starts the built server on a free port, for guests and pages of any origin unless `args` say otherwise, and resolves
 * once it listens. Whoever starts it closes it in `afterAll` or `afterEach`.
 */
export const startServer = async (
  args: readonly string[] = ['--origin', '*'],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> => {
  await ensureBuilt()
  const { child, exited, kill, said } = start(['--port', '0', ...args], env)
  const log = (): string => said().stdout + said().stderr
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      kill()
      reject(new Error(`The server did not say its address within 10 s.\n${log()}`))
    }, 10_000)
    child.stdout.on('data', () => {
      const found = /https?:\/\/\S+/.exec(said().stdout)?.[0]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    })
    void exited.then(({ code }) => {
      clearTimeout(timer)
      reject(new Error(`The server ended with ${code}.\n${log()}`))
    }, reject)
  })
  return {
    url,
    pid: child.pid ?? 0,
    log,
    exited,
    close: async (signal = 'SIGTERM') => {
      child.kill(signal)
      const timer = setTimeout(kill, 5_000)
      return exited.finally(() => clearTimeout(timer))
    },
  }
}
