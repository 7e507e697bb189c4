/** Facts beside a log line: ids and numbers, never tokens, SDP, addresses or device labels. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Where the SDK writes what happens. `console` fits; for pino, which takes the fields first, `fromPino` of tsunagu-server adapts. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const quiet = (): void => undefined

/** Writes warnings and errors to the console and drops the rest. */
export const DEFAULT_LOGGER: Logger = {
  debug: quiet,
  info: quiet,
  warn: (message, fields) => console.warn(`[tsunagu] ${message}`, fields ?? ''),
  error: (message, fields) => console.error(`[tsunagu] ${message}`, fields ?? ''),
}
