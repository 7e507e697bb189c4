#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import pino from 'pino'
import { isRtcError } from 'tsunagu/hub'
import type { AuditRecord } from './audit'
import { HELP, parseCommand, type ServeOptions } from './cli-options'
import { jsonLogger } from './logging'
import { createServer } from './server'

const print = (text: string): void => void process.stdout.write(`${text}\n`)

const fail = (exitCode: number, message: string): void => {
  process.stderr.write(`tsunagu-server: ${message}\n`)
  process.exitCode = exitCode
}

const versionOf = (): string => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const known = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return known ? String(manifest.version) : 'unknown'
}

/** Appends refusals to a file, each line on disk before the next is decided: an audit log must survive a crash. */
const auditFile = (path: string): ((record: AuditRecord) => void) => {
  const lines = pino({ name: 'tsunagu-server' }, pino.destination({ dest: path, append: true, sync: true, mode: 0o600 }))
  return (record) => {
    if (!record.allowed) lines.warn({ channel: 'audit', ...record }, 'refused')
  }
}

const serve = async (options: ServeOptions): Promise<void> => {
  const { tlsKey, tlsCert, auditLog, origins, iceServers } = options
  const server = await createServer({
    port: options.port,
    host: options.host,
    path: options.path,
    trustedProxies: options.trustedProxies,
    logger: jsonLogger(options.logLevel, pino.destination({ dest: 2, sync: true })),
    ...(options.guests && { guests: true }),
    ...(options.doors && { doors: options.doors }),
    ...(origins && { allowedOrigins: origins }),
    ...(iceServers && { iceServers }),
    ...(tlsKey !== undefined &&
      tlsCert !== undefined && { tls: { key: readFileSync(tlsKey), cert: readFileSync(tlsCert) } }),
    ...(auditLog !== undefined && { audit: auditFile(auditLog) }),
  })
  const stop = (): void => {
    // A second signal ends the process at once, as without a handler.
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    void server.close({ drainMs: options.drainMs })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // Last: whoever waits for this line may send a signal at once.
  print(`Tsunagu signaling server: ${server.url}`)
}

const command = parseCommand(process.argv.slice(2), process.env)
if (command.kind === 'help') print(HELP.trimEnd())
else if (command.kind === 'version') print(versionOf())
else if (command.kind === 'wrong') fail(2, `${command.message} See --help.`)
else
  serve(command.options).catch((error: unknown) => {
    const fix = isRtcError(error) ? ` ${error.fix}` : ''
    fail(1, (error instanceof Error ? error.message : String(error)) + fix)
  })
