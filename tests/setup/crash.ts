import { readdirSync, readFileSync } from 'node:fs'
import type { Browser } from 'playwright'

interface Process {
  readonly id: number
  readonly parent: number
  readonly command: string
}

const processes = (): Process[] =>
  readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8')
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return [{ id: Number(name), parent: Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]), command }]
    } catch {
      // It has ended meanwhile.
      return []
    }
  })

/** The processes below one of ours, near and far. */
const below = (root: number): Process[] => {
  const all = processes()
  const found: Process[] = []
  for (let wave = all.filter(({ parent }) => parent === root); wave.length; wave = all.filter(({ parent }) => wave.some(({ id }) => id === parent)))
    found.push(...wave)
  return found
}

/** Processes that draw pages: of every Firefox that this test started, and of no browser of anybody else. */
const firefoxPages = (): Process[] => below(process.pid).filter(({ command }) => /-contentproc .*\btab\b/.test(command))

/** The processes that a browser's pages run in, to be killed: at once, as nobody has a chance to say good-bye. */
export const pageProcesses = async (browser: Browser): Promise<readonly number[]> => {
  if (browser.browserType().name() === 'firefox') return firefoxPages().map(({ id }) => id)
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = (await session.send('SystemInfo.getProcessInfo')) as { processInfo: { type: string; id: number }[] }
  await session.detach()
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** Kills the pages of a browser; returns when that was, by the clock of `Date.now()`. */
export const crash = (pids: readonly number[]): number => {
  const at = Date.now()
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return at
}

/**
 * Ends every browser that this process started, at once. A Firefox whose page was killed takes many seconds to close properly; nothing
 * of it is needed any more.
 */
export const endBrowsers = async (browsers: readonly Browser[]): Promise<void> => {
  const open = browsers.filter((browser) => browser.isConnected())
  const gone = open.map((browser) => new Promise((resolve) => browser.once('disconnected', resolve)))
  for (const { id, parent, command } of processes())
    if (parent === process.pid && / (-juggler|--remote-debugging-)/.test(command)) process.kill(id, 'SIGKILL')
  await Promise.all(gone)
}
