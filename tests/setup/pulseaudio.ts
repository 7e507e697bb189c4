import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A sound server of one's own. */
export interface SoundServer {
  /** What `PULSE_SERVER` must say for a program to play into it. */
  readonly address: string
  /** Ends it and removes what it left. */
  close(): void
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Starts a private PulseAudio with nothing but a sink that drops what it gets: without a sound server Firefox never starts an
 * AudioContext. It listens on a socket in a folder of its own, so that several test runs can share a machine.
 */
export const startSoundServer = async (): Promise<SoundServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'tsunagu-pulse-'))
  const socket = join(folder, 'pulse', 'native')
  let failed: string | undefined
  const child = spawn(
    'pulseaudio',
    [
      '-n',
      '--daemonize=no',
      '--use-pid-file=no',
      '--exit-idle-time=-1',
      '-L',
      'module-native-protocol-unix',
      '-L',
      'module-null-sink sink_name=nul',
      '-L',
      'module-always-sink',
    ],
    // HOME: the cookie and the state go into the folder too.
    { env: { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder }, stdio: 'ignore' },
  )
  child.on('error', (error) => (failed = error.message))
  child.on('exit', (code) => (failed ??= `it ended with ${code}`))
  const close = (): void => {
    process.off('exit', close)
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', close)
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 20) {
    if (failed || waitedMs > 10_000) {
      close()
      throw new Error(`PulseAudio did not start (${failed ?? 'no socket after 10 s'}); scripts/debian-packages.txt names its package.`)
    }
    await wait(20)
  }
  return { address: `unix:${socket}`, close }
}

/** Vitest's global set-up: browsers that the run starts inherit the variable. */
export const setup = async (): Promise<() => void> => {
  // Several projects of one run share the first one's.
  if (process.env.TSUNAGU_SOUND_SERVER) return () => undefined
  const { address, close } = await startSoundServer()
  process.env.TSUNAGU_SOUND_SERVER = process.env.PULSE_SERVER = address
  return close
}
