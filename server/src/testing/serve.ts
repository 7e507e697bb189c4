import { afterEach } from 'vitest'
import type { LogFields, Logger } from 'tsunagu/hub'
import type { AuditRecord } from '../audit'
import type { ServerOptions } from '../options'
import { createServer, type SignalingServer } from '../server'

/** One line that was logged. */
export interface Line extends LogFields {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
}

/** A server under test and what it wrote. */
export interface Served {
  readonly server: SignalingServer
  readonly lines: readonly Line[]
  readonly audited: readonly AuditRecord[]
}

const running: SignalingServer[] = []

/** Keeps what is logged. */
export const recorder = (): { readonly logger: Logger; readonly lines: Line[] } => {
  const lines: Line[] = []
  const at =
    (level: Line['level']) =>
    (message: string, fields: LogFields = {}): void =>
      void lines.push({ level, message, ...fields })
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}

/** Starts a server on a free port; it is closed after the test, however that ends. */
export const serve = async (options: ServerOptions = {}): Promise<Served> => {
  const { logger, lines } = recorder()
  const audited: AuditRecord[] = []
  const server = await createServer({ port: 0, logger, audit: (record) => void audited.push(record), ...options })
  running.push(server)
  return { server, lines, audited }
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})
