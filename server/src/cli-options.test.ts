import { describe, expect, it } from 'vitest'
import { HELP, OPTIONS, parseCommand } from './cli-options'

const wrong = (...args: string[]): string => {
  const command = parseCommand(args, {})
  return command.kind === 'wrong' ? command.message : `not wrong: ${command.kind}`
}
const serve = (args: string[], env: Record<string, string> = {}) => {
  const command = parseCommand(args, env)
  if (command.kind !== 'serve') throw new Error(JSON.stringify(command))
  return command.options
}

describe('the command line', () => {
  it('has defaults that serve this machine alone', () => {
    expect(serve([])).toEqual({
      port: 8080,
      host: '127.0.0.1',
      path: '/signal',
      doors: undefined,
      origins: undefined,
      tlsKey: undefined,
      tlsCert: undefined,
      iceServers: undefined,
      trustedProxies: 0,
      guests: false,
      logLevel: 'info',
      auditLog: undefined,
      drainMs: 0,
    })
  })

  it('takes how long clients may take to leave', () => {
    expect(serve(['--drain-ms', '30000']).drainMs).toBe(30_000)
  })

  it('takes the port from PORT, and from --port before that', () => {
    expect(serve([], { PORT: '9000' }).port).toBe(9000)
    expect(serve(['--port', '0'], { PORT: '9000' }).port).toBe(0)
    expect(parseCommand([], { PORT: 'tcp://10.0.0.1' })).toEqual({
      kind: 'wrong',
      message: 'PORT takes a whole number from 0 to 65535, not "tcp://10.0.0.1".',
    })
  })

  it('collects what may be repeated', () => {
    const options = serve([
      ...['--origin', 'HTTPS://App.Example:443/', '--origin', 'http://localhost:5173'],
      ...['--ice-server', 'stun:a.example', '--ice-server', 'stuns:b.example:5349'],
      ...['--door', 'websocket', '--door', 'socket-io'],
    ])
    expect(options.doors).toEqual(['websocket', 'socket-io'])
    expect(options.origins).toEqual(['https://app.example', 'http://localhost:5173'])
    expect(options.iceServers).toEqual([{ urls: 'stun:a.example' }, { urls: 'stuns:b.example:5349' }])
  })

  it.each([
    [['--prot', '80'], "Unknown option '--prot'"],
    [['--port', '70000'], '--port takes a whole number from 0 to 65535, not "70000".'],
    [['--port', '8e3'], '--port takes a whole number from 0 to 65535, not "8e3".'],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--drain-ms', '30s'], '--drain-ms takes a whole number from 0 to 3600000, not "30s".'],
    [['--origin', 'app.example'], '--origin takes an origin like https://app.example, not "app.example".'],
    [['--origin', 'https://*.example'], '--origin takes an origin like https://app.example, not "https://*.example".'],
    [['--log-level', 'loud'], '--log-level takes debug, info, warn, error, silent, not "loud".'],
    [['--path', 'signal'], '--path starts with a slash, unlike "signal".'],
    [['--door', 'back'], '--door takes websocket, '],
    [['--tls-key', 'key.pem'], '--tls-key and --tls-cert go together.'],
    [
      ['--ice-server', 'turn:t.example'],
      '--ice-server takes STUN servers: the command knows guests alone, and guests get no TURN.',
    ],
    [['--ice-server', 'http://a'], '--ice-server takes a URL like stun:stun.example:3478, not "http://a".'],
    [['start'], "Unexpected argument 'start'"],
  ])('%j is refused in one line', (args, message) => {
    const said = wrong(...args)
    expect(said).toContain(message)
    expect(said).not.toContain('\n')
  })

  it('offers every option in its help, within 80 columns', () => {
    for (const flag of Object.keys(OPTIONS)) expect(HELP).toContain(`--${flag}`)
    expect(Math.max(...HELP.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('knows -h and -v', () => {
    expect(parseCommand(['-h'], {}).kind).toBe('help')
    expect(parseCommand(['--version'], {}).kind).toBe('version')
  })
})
