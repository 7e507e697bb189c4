import { pino, type DestinationStream } from 'pino'
import type { LogFields, Logger } from 'tsunagu/hub'

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** The names that {@link LogLevel} takes. */
export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error', 'silent']

/** What is needed of a pino logger: the fields come first there, the message second. */
export interface PinoLike {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}

/**
 * Makes a logger of this project out of a pino logger that the app already has.
 *
 * @example
 * ```ts
 * import { pino } from 'pino'
 * import { createServer, fromPino } from 'tsunagu-server'
 * const server = await createServer({ port: 8080, logger: fromPino(pino({ level: 'warn' })) })
 * ```
 */
export const fromPino = (log: PinoLike): Logger => ({
  debug: (message, fields = {}) => log.debug(fields, message),
  info: (message, fields = {}) => log.info(fields, message),
  warn: (message, fields = {}) => log.warn(fields, message),
  error: (message, fields = {}) => log.error(fields, message),
})

/** JSON lines on a stream, standard output if none is given. */
export const jsonLogger = (level: LogLevel, destination?: DestinationStream): Logger =>
  fromPino(pino({ name: 'tsunagu-server', level }, destination))
