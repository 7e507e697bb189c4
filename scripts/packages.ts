import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const LIST = 'scripts/debian-packages.txt'

const needed = (): string[] =>
  readFileSync(LIST, 'utf8')
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter(Boolean)

const isInstalled = (name: string): boolean =>
  spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' }).stdout === 'installed'

const apt = (args: readonly string[]): boolean =>
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0

/** Elsewhere than on Debian the programs must be there, however they came. */
const missingElsewhere = (): string[] => {
  const { CHROMIUM_PATH: chromium, FIREFOX_PATH: firefox } = process.env
  return [
    ...(chromium && existsSync(chromium) ? [] : ['a Chromium (CHROMIUM_PATH)']),
    ...(firefox && existsSync(firefox) ? [] : ['a Firefox (FIREFOX_PATH)']),
    ...(spawnSync('pulseaudio', ['--version']).error ? ['pulseaudio'] : []),
  ]
}

/**
 * Sees to it that what the tests need beside Node is there: as root on Debian it installs what is missing, otherwise it says what to
 * do and throws. Nothing is skipped for the lack of a program.
 */
export const ensurePackages = (): void => {
  if (spawnSync('dpkg-query', ['--version']).error) {
    const missing = missingElsewhere()
    if (missing.length > 0) throw new Error(`The tests need ${missing.join(', ')}.`)
    return
  }
  const missing = needed().filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (process.getuid?.() !== 0) throw new Error(`The tests need some packages of Debian. Run:\n\n  sudo ${line}\n`)
  console.log(`Installing what the tests need (${LIST}): ${missing.join(' ')}`)
  if (!apt(['update', '-q']) || !apt(line.split(' ').slice(1))) throw new Error(`This failed:\n\n  ${line}\n`)
}
