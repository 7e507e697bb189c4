import type { Runtime } from '../base/runtime'

/** When a lost signaling link is opened again. */
export interface ReconnectOptions {
  /** Longest wait before the first retry, in milliseconds; doubles with each one up to `maxDelayMs`. @defaultValue 500 */
  readonly firstDelayMs?: number
  /** Longest wait before any retry, in milliseconds. @defaultValue 15000 */
  readonly maxDelayMs?: number
  /** A link that lived this long, in milliseconds, is opened again almost at once. @defaultValue 10000 */
  readonly stableAfterMs?: number
  /** What "almost at once" means, in milliseconds. @defaultValue 25 */
  readonly quickDelayMs?: number
}

/** {@link ReconnectOptions} with nothing left open. */
export type ReconnectConfig = Required<ReconnectOptions>

/** The defaults of {@link ReconnectOptions}. */
export const RECONNECT_DEFAULTS: ReconnectConfig = Object.freeze({
  firstDelayMs: 500,
  maxDelayMs: 15_000,
  stableAfterMs: 10_000,
  quickDelayMs: 25,
})

/**
 * The wait before an attempt: attempt 0 follows the loss of a stable link, 1 and later ones the failures after it.
 * Full jitter, so that the clients of a restarted server do not come back at the same moment.
 */
export const delayFor = (
  attempt: number,
  { firstDelayMs, maxDelayMs, quickDelayMs }: ReconnectConfig,
  { random }: Pick<Runtime, 'random'>,
): number => random() * (attempt ? Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1)) : quickDelayMs)
