import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { selfSigned } from '../../server/src/testing/certificate'
import { Wire } from '../../server/src/testing/wire'
import { runServer, type ServerProcess, startServer } from '../setup/server-process'

const folder = mkdtempSync(join(tmpdir(), 'tsunagu-server-'))
afterAll(() => rmSync(folder, { recursive: true }))

let server: ServerProcess | undefined
afterEach(() => server?.close('SIGKILL'))
const start = async (...given: Parameters<typeof startServer>): Promise<ServerProcess> => (server = await startServer(...given))

describe('the command tsunagu-server', () => {
  it('explains itself', async () => {
    const { code, stdout, stderr } = await runServer(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Examples\n  tsunagu-server\n')
  })

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('server/package.json', 'utf8')) as { version: string }
    expect(await runServer(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
  })

  it('answers a wrong flag with one line and exit code 2', async () => {
    expect(await runServer(['--prot', '80'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: "tsunagu-server: Unknown option '--prot' See --help.\n",
    })
  })

  it('prints its address, warns of guests, serves, and frees everything on SIGTERM', async () => {
    const { url, log, close } = await start()
    expect(log()).toContain('GUEST MODE')
    expect((await fetch(new URL('/healthz', url))).status).toBe(200)
    const wire = await Wire.join(url, 'aki')
    expect(await close('SIGTERM')).toEqual({ code: 0, signal: null })
    expect((await wire.closed).code).toBe(1001)
    await expect(fetch(new URL('/healthz', url))).rejects.toThrow('fetch failed')
    expect(log()).toContain('"msg":"closed"')
  })

  it('asks clients to leave first where it was given the time, and ends when they have', async () => {
    const { url, close } = await start(['--drain-ms', '600000'])
    const wire = await Wire.join(url, 'aki')
    const ended = close('SIGTERM')
    expect(await wire.next('draining')).toEqual({ type: 'draining', retryWithinMs: 600_000 })
    await wire.close()
    expect(await ended).toEqual({ code: 0, signal: null })
  })

  it('ends on SIGINT too', async () => {
    const { close } = await start()
    expect(await close('SIGINT')).toEqual({ code: 0, signal: null })
  })

  it('listens on PORT, and says so in one line where that is taken', async () => {
    const { url } = await start()
    expect(await runServer([], { PORT: new URL(url).port })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^tsunagu-server: Cannot listen on 127\.0\.0\.1 port \d+: EADDRINUSE\. Take a free port.*\n$/) as string,
    })
  })

  it('takes guests in production only where told to', async () => {
    const refused = await runServer(['--port', '0'], { NODE_ENV: 'production' })
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/NODE_ENV.*--guests.*\n$/) as string })
    const { url } = await start(['--guests'], { NODE_ENV: 'production' })
    expect(await (await fetch(new URL('/healthz', url))).json()).toEqual({ status: 'ok', guests: true })
  })

  it('names the file of a certificate that is not there', async () => {
    const missing = join(folder, 'missing.pem')
    const { code, stderr } = await runServer(['--port', '0', '--tls-key', missing, '--tls-cert', missing])
    expect([code, stderr]).toEqual([1, expect.stringContaining(missing)])
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('serves wss with a certificate', async () => {
    const { key, cert } = selfSigned()
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    writeFileSync(keyFile, key)
    writeFileSync(certFile, cert)
    const { url } = await start(['--tls-key', keyFile, '--tls-cert', certFile, '--path', '/rtc'])
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/rtc$/)
    expect((await Wire.join(url, 'aki', { ca: cert })).welcome.type).toBe('welcome')
  })

  it('hands out the STUN servers it was given', async () => {
    const { url } = await start(['--ice-server', 'stun:stun.example:3478'])
    expect(await (await fetch(new URL('/ice', url))).json()).toEqual({ iceServers: [{ urls: 'stun:stun.example:3478' }] })
  })

  it('appends refusals to the audit log, and keeps tokens out of it and of the log', async () => {
    const file = join(folder, 'audit.jsonl')
    const { url, log, close } = await start(['--audit-log', file, '--origin', 'https://app.example', '--log-level', 'debug'])
    await expect(Wire.open(url, { origin: 'https://evil.example' })).rejects.toThrow('403')
    const wire = await Wire.open(url)
    wire.send({ type: 'hello', v: 1, instance: 'tab', token: '<secret-token>' })
    await wire.next('refused')
    await close()
    const entries = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as unknown)
    expect(entries).toMatchObject([
      { channel: 'audit', action: 'open', allowed: false, reason: 'origin not allowed', remote: '127.0.0.1' },
      { channel: 'audit', action: 'authenticate', allowed: false, reason: 'signaling/unauthorized' },
    ])
    expect(readFileSync(file, 'utf8') + log()).not.toContain('secret-token')
  })
})
