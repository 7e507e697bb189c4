import type { Runtime } from '../base/runtime'
import type { Serial } from '../base/serial'
import type { Tools } from '../base/tools'

/** How tones are paced; the defaults are those of `RTCDTMFSender.insertDTMF` (W3C webrtc, 7). */
export interface DtmfOptions {
  /** How long each tone lasts, from 40 to 6000 milliseconds. @defaultValue 100 */
  readonly durationMs?: number
  /** The silence after each tone, at least 30 milliseconds. @defaultValue 70 */
  readonly gapMs?: number
}

/** What pressing keys needs of its call. */
export interface Keyboard {
  /** One sequence after the other. */
  readonly queue: Serial
  readonly runtime: Pick<Runtime, 'after'>
  /** Aborts when the call ends. */
  readonly signal: AbortSignal
  /** @throws {@link RtcError} `usage/invalid-state` where the other side would not hear a key now. */
  assertHeard(): void
  press(tone: string): Promise<void>
  readonly tools: Tools
}

const COMMA_MS = 2_000

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))

/** Presses one key after the other. */
export const pressKeys = async (keys: string, { durationMs = 100, gapMs = 70 }: DtmfOptions, keyboard: Keyboard): Promise<void> => {
  const { queue, runtime, signal, tools: { RtcError, abortable, deferred } } = keyboard
  // Types do not stop everybody.
  if (typeof (keys as unknown) !== 'string' || !/^[\dA-D*#,]*$/i.test(keys)) throw new RtcError('usage/invalid-argument', 'Keys are 0-9, A-D, *, # and a comma for a pause.')
  const everyMs = clamp(durationMs, 40, 6_000) + clamp(gapMs, 30, 6_000)
  const pause = (delayMs: number): Promise<void> => {
    const over = deferred<void>()
    const stop = runtime.after(delayMs, () => over.resolve())
    return abortable(over.promise, signal).finally(stop)
  }
  keyboard.assertHeard()
  await queue.run(async () => {
    for (const key of keys.toUpperCase()) {
      keyboard.assertHeard()
      if (key !== ',') await keyboard.press(key)
      await pause(key === ',' ? COMMA_MS : everyMs)
    }
  })
}
