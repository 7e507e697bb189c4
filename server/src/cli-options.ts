import { parseArgs } from 'node:util'
import { DOOR_NAMES, type DoorName } from './doors/all'
import type { IceServer } from './routes'
import { LOG_LEVELS, type LogLevel } from './logging'
import { originOf } from './origins'

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'serve'; readonly options: ServeOptions }

/** The options of the command line, checked; files are not read yet. */
export interface ServeOptions {
  readonly port: number
  readonly host: string
  readonly path: string
  readonly doors: readonly DoorName[] | undefined
  readonly origins: readonly string[] | undefined
  readonly tlsKey: string | undefined
  readonly tlsCert: string | undefined
  readonly iceServers: readonly IceServer[] | undefined
  readonly trustedProxies: number
  readonly guests: boolean
  readonly logLevel: LogLevel
  readonly auditLog: string | undefined
  readonly drainMs: number
}

/** What `--help` prints. */
export const HELP = `tsunagu-server: the signaling server of Tsunagu

Brings callers together. Sound and pictures go between the browsers and never
through this process. The command knows guests alone: everybody is who
they say they are. For accounts of your own, use createServer({ authenticate })
in a small script: node_modules/tsunagu/docs/guide/server.md has it all.

Usage
  tsunagu-server [options]

Where it listens
  --port NUMBER        port; 0 takes a free one            [8080, or $PORT]
  --host ADDRESS       address; 0.0.0.0 for all of IPv4    [127.0.0.1]
  --path PATH          where clients connect               [/signal]
  --door NAME          a transport that is let in, repeat for several; one of
                       ${DOOR_NAMES.join(', ')}
                                                           [all but socket-io]
  --tls-key FILE       private key, PEM; with --tls-cert: https and wss
  --tls-cert FILE      certificate chain, PEM

Who may use it
  --origin ORIGIN      a page's origin, like https://app.example; repeat for
                       several, * for any                  [this very host]
  --guests             yes, guests: needed where NODE_ENV is production
  --trusted-proxies N  proxies in front of it, for the address in
                       X-Forwarded-For                     [0]

How it ends
  --drain-ms N         on SIGINT or SIGTERM asks clients to go to another server
                       first, and gives them N ms for it            [0]

What it hands out
  --ice-server URL     STUN server for GET /ice, like stun:stun.example:3478;
                       repeat for several

What it writes
  --log-level LEVEL    ${LOG_LEVELS.join(', ')};    [info]
                       lines of JSON on standard error
  --audit-log FILE     appends every refusal as a line of JSON

  --help, --version

Examples
  tsunagu-server
  tsunagu-server --port 0 --log-level debug
  tsunagu-server --host 0.0.0.0 --origin https://app.example --guests \\
    --tls-key key.pem --tls-cert cert.pem --audit-log audit.jsonl

Exit codes: 0 stopped by a signal, 1 could not start, 2 wrong usage.
`

/** The flags, as `parseArgs` of node:util takes them. */
export const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  path: { type: 'string', default: '/signal' },
  door: { type: 'string', multiple: true },
  origin: { type: 'string', multiple: true },
  'tls-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  'ice-server': { type: 'string', multiple: true },
  'trusted-proxies': { type: 'string', default: '0' },
  'drain-ms': { type: 'string', default: '0' },
  guests: { type: 'boolean', default: false },
  'log-level': { type: 'string', default: 'info' },
  'audit-log': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', short: 'v', default: false },
} as const

class Wrong extends Error {}

const integer = (name: string, text: string, max: number): number => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN
  if (!(value <= max)) throw new Wrong(`${name} takes a whole number from 0 to ${max}, not "${text}".`)
  return value
}

const origin = (text: string): string => {
  const parsed = originOf(text)
  if (parsed === undefined) throw new Wrong(`--origin takes an origin like https://app.example, not "${text}".`)
  return parsed
}

const door = (text: string): DoorName => {
  const known = DOOR_NAMES.find((name) => name === text)
  if (!known) throw new Wrong(`--door takes ${DOOR_NAMES.join(', ')}, not "${text}".`)
  return known
}

const iceServer = (text: string): IceServer => {
  if (/^turns?:/i.test(text))
    throw new Wrong('--ice-server takes STUN servers: the command knows guests alone, and guests get no TURN.')
  if (!/^stuns?:[^\s]+$/i.test(text))
    throw new Wrong(`--ice-server takes a URL like stun:stun.example:3478, not "${text}".`)
  return { urls: text }
}

/** Reads a command line and the environment; never throws. */
export const parseCommand = (args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command => {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.help) return { kind: 'help' }
    if (values.version) return { kind: 'version' }
    const logLevel = LOG_LEVELS.find((level) => level === values['log-level'])
    if (!logLevel) throw new Wrong(`--log-level takes ${LOG_LEVELS.join(', ')}, not "${values['log-level']}".`)
    if (!values.path.startsWith('/')) throw new Wrong(`--path starts with a slash, unlike "${values.path}".`)
    if ((values['tls-key'] === undefined) !== (values['tls-cert'] === undefined))
      throw new Wrong('--tls-key and --tls-cert go together.')
    return {
      kind: 'serve',
      options: {
        port:
          values.port === undefined
            ? integer('PORT', env['PORT'] || '8080', 65_535)
            : integer('--port', values.port, 65_535),
        host: values.host,
        path: values.path,
        doors: values.door?.map(door),
        origins: values.origin?.map(origin),
        tlsKey: values['tls-key'],
        tlsCert: values['tls-cert'],
        iceServers: values['ice-server']?.map(iceServer),
        trustedProxies: integer('--trusted-proxies', values['trusted-proxies'], 16),
        guests: values.guests,
        logLevel,
        auditLog: values['audit-log'],
        drainMs: integer('--drain-ms', values['drain-ms'], 3_600_000),
      },
    }
  } catch (error) {
    // parseArgs explains itself over several sentences; the first says what is wrong.
    const message = error instanceof Error ? error.message : String(error)
    return { kind: 'wrong', message: error instanceof Wrong ? message : (message.split(/\. |\n/, 1)[0] ?? message) }
  }
}
