import type { LogFields, Logger } from 'tsunagu/hub'
import { Budget } from './budget'
import type { Clock } from './clock'
import { networkOf } from './remote'

/** Lines of one kind about one person that are written at once. */
const BURST = 20
const PER_SECOND = 1
/** How often it is said what was left out. */
const REPORT_MS = 20_000
/** How many kinds and persons are told apart; strangers must not decide how much memory this takes. */
const MAX_KINDS = 4_096

type Level = 'warn' | 'error'

/** Lines that share one budget. */
interface Kind {
  readonly level: Level
  readonly of: string
  readonly who: string | undefined
  readonly budget: Budget
  leftOut: number
  /** Nothing came since the last report: the budget is whole again. */
  idle: boolean
}

/** A logger that says less than it is told. */
export interface LimitedLogger extends Logger {
  /** Writes what was left out so far, and forgets the rest. */
  flush(): void
}

const whoIs = ({ from, remote }: LogFields): string | undefined => {
  if (typeof from === 'string') return from
  return typeof remote === 'string' ? networkOf(remote) : undefined
}

/**
 * Wraps a logger so that strangers cannot fill a disk: of warnings and errors with one message about one user or one address
 * 20 are written at once, and one per second after that; then one line says how many were left out. The others pass.
 * What the logger itself throws ends here.
 */
export const limitLog = (log: Logger, clock: Clock): LimitedLogger => {
  const kinds = new Map<string, Kind>()
  let stop: (() => void) | undefined

  const write = (level: keyof Logger, message: string, fields?: LogFields): void => {
    void new Promise((resolve) => resolve(log[level](message, fields) as unknown)).catch(() => undefined)
  }
  const report = (): void => {
    for (const [key, kind] of kinds) {
      const { level, of, who, leftOut } = kind
      if (leftOut > 0) write(level, 'lines left out', { of, who, leftOut })
      if (kind.idle) kinds.delete(key)
      kind.leftOut = 0
      kind.idle = true
    }
  }
  const sweep = (): void => {
    report()
    stop = kinds.size > 0 ? clock.after(REPORT_MS, sweep) : undefined
  }
  const kindOf = (level: Level, of: string, who: string | undefined): Kind => {
    const key = JSON.stringify([of, who])
    const known = kinds.get(key)
    if (known) return known
    if (kinds.size >= MAX_KINDS && who !== undefined) return kindOf(level, of, undefined)
    const kind = { level, of, who, budget: new Budget(PER_SECOND, BURST, clock.now), leftOut: 0, idle: false }
    kinds.set(key, kind)
    stop ??= clock.after(REPORT_MS, sweep)
    return kind
  }
  const limited =
    (level: Level): Logger[Level] =>
    (message, fields = {}) => {
      const kind = kindOf(level, message, whoIs(fields))
      kind.idle = false
      if (kind.budget.take()) write(level, message, fields)
      else kind.leftOut++
    }
  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: limited('warn'),
    error: limited('error'),
    flush: () => {
      report()
      stop?.()
      stop = undefined
      kinds.clear()
    },
  }
}
