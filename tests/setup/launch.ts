import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, firefox, type Page } from 'playwright'
import { CHROMIUM, FIREFOX } from './browsers'

export type BrowserName = 'chromium' | 'firefox'

export interface LaunchOptions {
  /** Chromium: further flags; one that is there already is replaced. */
  readonly args?: readonly string[]
  /** Chromium: flags to leave out. */
  readonly without?: readonly string[]
  /** Chromium: the fake microphone plays this tone. */
  readonly toneHz?: number
  /** Firefox: further preferences. */
  readonly prefs?: Readonly<Record<string, string | number | boolean>>
}

/** How often a browser had to be started a second time. */
export const relaunches = { count: 0 }

/** Starts a real browser; a failed start, and nothing else, is tried once more and counted. */
export const launch = async (name: BrowserName, options: LaunchOptions = {}): Promise<Browser> => {
  const start = (): Promise<Browser> => {
    if (name === 'firefox')
      return firefox.launch({ ...FIREFOX, firefoxUserPrefs: { ...FIREFOX.firefoxUserPrefs, ...options.prefs } })
    const tone = options.toneHz ? [`--use-file-for-fake-audio-capture=${toneFile(options.toneHz)}`] : []
    const more = [...tone, ...(options.args ?? [])]
    const nameOf = (arg: string): string => arg.split('=')[0] ?? arg
    const replaced = new Set([...more, ...(options.without ?? [])].map(nameOf))
    const kept = (CHROMIUM.args ?? []).filter((arg) => !replaced.has(nameOf(arg)))
    return chromium.launch({ ...CHROMIUM, args: [...kept, ...more] })
  }
  try {
    return await start()
  } catch {
    relaunches.count++
    return start()
  }
}

/** A page of its own context. Firefox from Debian knows none of the emulations that a context sets by default. */
export const openPage = async (browser: Browser, url: string): Promise<Page> => {
  const context = await browser.newContext({
    colorScheme: null,
    reducedMotion: null,
    forcedColors: null,
    contrast: null,
  })
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** A WAV file with two seconds of a sine, which Chromium's fake microphone repeats. */
const toneFile = (toneHz: number): string => {
  const rate = 48_000
  const samples = rate * 2
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + samples * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(rate, 24)
  wav.writeUInt32LE(rate * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples * 2, 40)
  for (let i = 0; i < samples; i++)
    wav.writeInt16LE(Math.round(Math.sin((2 * Math.PI * toneHz * i) / rate) * 12_000), 44 + i * 2)
  const file = join(mkdtempSync(join(tmpdir(), 'tsunagu-tone-')), `${toneHz}.wav`)
  writeFileSync(file, wav)
  return file
}
