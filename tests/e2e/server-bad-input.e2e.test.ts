import { connect } from 'node:net'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Frame, Wire } from '../../server/src/testing/wire'
import { type ServerProcess, startServer } from '../setup/server-process'

const MEDIA = { audio: true, video: true }
const CALL = 'the-call-of-aki-and-bob'

let server: ServerProcess
let aki: Wire & { readonly welcome: Frame }
let bob: Wire & { readonly welcome: Frame }

beforeAll(async () => {
  server = await startServer(['--log-level', 'debug'])
  ;[aki, bob] = await Promise.all([Wire.join(server.url, 'aki'), Wire.join(server.url, 'bob')])
  aki.say({ type: 'invite', call: CALL, to: 'bob', media: MEDIA })
  await bob.next('invited', { call: CALL })
  bob.say({ type: 'accept', call: CALL })
  // The key of the call, for both sides.
  for (const wire of [aki, bob]) await wire.next('accepted', { call: CALL })
})
afterAll(() => server.close('SIGKILL'))

let round = 0
/** The bystanders' call goes on: what they say arrives, once, in order, and with nothing between. */
const undisturbed = async (): Promise<void> => {
  round++
  for (const [from, to] of [[aki, bob], [bob, aki]] as const) {
    from.say({ type: 'leg', call: CALL, message: { round, part: 1 } })
    from.say({ type: 'leg', call: CALL, message: { round, part: 2 } })
    expect((await to.next('leg')).message).toEqual({ round, part: 1 })
    expect((await to.next('leg')).message).toEqual({ round, part: 2 })
  }
  for (const wire of [aki, bob]) {
    // Acknowledgements and pings are the session's own.
    expect(wire.frames.filter(({ type }) => type !== 'ack' && type !== 'ping')).toEqual([])
    expect(wire.socket.readyState).toBe(wire.socket.OPEN)
  }
}
/** Waits until the server has handled everything said on this link so far. */
const settled = async (wire: Wire): Promise<void> => {
  const id = 1_000 + round
  wire.send({ type: 'ping', id })
  await wire.next('pong', { id })
}

describe('bad input at the door', () => {
  afterEach(undisturbed)

  it('that is no frame is counted and changes nothing', async () => {
    const eve = await Wire.join(server.url, 'eve')
    const nonsense = [
      '', ' ', '{', '}{', 'null', 'true', '0', '[]', '"hello"', 'undefined', '{"type":}', '\u0000', '\ud800',
      '{}', '{"type":null}', '{"type":7}', '{"type":["hello"]}', '[{"type":"bye"}]', '{"a":'.repeat(40_000), '['.repeat(200_000),
    ]
    const fresh = await Wire.open(server.url)
    for (const wire of [eve, fresh]) for (const text of nonsense) wire.send(text)
    await settled(eve)
    await settled(fresh)
    eve.say({ type: 'message', id: 1, to: 'eve', data: 'still here' })
    expect(await eve.next('result', { id: 1 })).not.toHaveProperty('code')
    fresh.send({ type: 'hello', v: 1, instance: 'late', token: 'mallory' })
    expect(await fresh.next('welcome')).toMatchObject({ self: { id: 'mallory' } })
  })

  it('of unknown types and with fields of the wrong kind is counted, and its numbers leave no gap', async () => {
    const eve = await Wire.join(server.url, 'eve')
    for (const type of ['teleport', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '']) eve.say({ type, to: 'bob' })
    eve.say({ type: 'invite', call: 7, to: 'bob', media: MEDIA })
    eve.say({ type: 'invite', call: 'x'.repeat(500), to: 'bob', media: MEDIA })
    eve.say({ type: 'invite', call: 'call-x', to: { id: 'bob' }, media: MEDIA })
    eve.say({ type: 'invite', call: 'call-x', to: 'bob', media: 'yes' })
    // Where somebody waits for an answer, there is one.
    for (let n = 0; n < 2; n++) expect(await eve.next('ended', { call: 'call-x' })).toMatchObject({ code: 'signaling/invalid-message', by: 'system' })
    eve.say({ type: 'watch', id: 2, ids: [{}] })
    eve.say({ type: 'presence', id: 3, status: 'emperor' })
    for (const id of [2, 3]) expect(await eve.next('result', { id })).toMatchObject({ code: 'signaling/invalid-message' })
    eve.send('{"type":"message","n":13,"id":1,"to":"nobody","__proto__":{"polluted":true},"constructor":{"prototype":{}}}')
    expect(await eve.next('result', { id: 1 })).toMatchObject({ code: 'signaling/recipient-offline' })
    expect(eve.frames.filter(({ type }) => type === 'result')).toEqual([])
  })

  it('with numbers that are none, or skip some, closes that link alone', async () => {
    const eve = await Wire.join(server.url, 'eve')
    for (const n of ['0', '-1', '1.5', '"1"', 'null', '1e400', '9007199254740993'])
      eve.send(`{"type":"message","n":${n},"id":9,"to":"bob","data":"never"}`)
    await settled(eve)
    eve.send({ type: 'message', n: 5, id: 5, to: 'bob', data: 'never' })
    expect((await eve.closed).code).toBe(1002)
  })

  it('of 10 MB is refused with 1009 before it is read', async () => {
    const eve = await Wire.join(server.url, 'eve')
    eve.send(JSON.stringify({ type: 'message', n: 1, id: 1, to: 'bob', data: 'x'.repeat(10_000_000) }))
    expect((await eve.closed).code).toBe(1009)
    const fresh = await Wire.open(server.url)
    fresh.send('x'.repeat(10_000_000))
    expect((await fresh.closed).code).toBe(1009)
  })

  it('of a session that answers nothing and takes no part is refused where it asks', async () => {
    const old = await Wire.open(server.url)
    old.send({ type: 'hello', v: 99, instance: 'tab', token: 'eve' })
    expect(await old.next('refused')).toMatchObject({ code: 'signaling/protocol-unsupported', retry: 'never' })
    const silent = await Wire.open(server.url)
    silent.send({ type: 'message', n: 1, id: 1, to: 'bob', data: 'before hello' })
    silent.send({ type: 'end', n: 2, call: CALL, code: 'call/hung-up' })
    silent.send({ type: 'ack', received: 7 })
    silent.send({ type: 'bye' })
    await settled(silent)
    expect(silent.frames).toEqual([])
  })

  it('that claims to come from somebody else arrives under the name of who sent it', async () => {
    const eve = await Wire.join(server.url, 'eve')
    const mal = await Wire.join(server.url, 'mal')
    const forged = { from: { id: 'aki', name: 'Aki' }, self: { id: 'aki' }, user: 'aki', session: aki.welcome['session'] }
    eve.say({ type: 'message', id: 1, to: 'mal', data: 'send me the money', ...forged })
    expect((await mal.next('message')).from).toEqual({ id: 'eve', name: 'eve' })
    eve.say({ type: 'invite', call: 'forged-call', to: 'mal', media: MEDIA, ...forged })
    expect((await mal.next('invited')).from).toEqual({ id: 'eve', name: 'eve' })
  })

  it('that is said again is not done again, and is acknowledged again', async () => {
    const eve = await Wire.join(server.url, 'eve')
    const mal = await Wire.join(server.url, 'mal')
    const frame = { type: 'message', n: 1, id: 1, to: 'mal', data: 'once' }
    eve.send(frame)
    await eve.next('ack', { received: 1 })
    for (let again = 0; again < 20; again++) eve.send({ ...frame, data: `again ${again}` })
    await eve.next('ack', { received: 1 })
    eve.send({ ...frame, n: 2, id: 2, data: 'last' })
    await eve.next('result', { id: 2 })
    expect((await mal.next('message')).data).toBe('once')
    expect((await mal.next('message')).data).toBe('last')
    expect(mal.frames.filter(({ type }) => type === 'message')).toEqual([])
  })

  it('that guesses a session learns nothing, not even which sessions there are', async () => {
    const session = String(aki.welcome['session'])
    const answers: Frame[] = []
    for (const [claimed, key, token] of [
      ['A'.repeat(22), 'B'.repeat(44), 'aki'],
      [session, 'B'.repeat(44), 'aki'],
      [session, String(bob.welcome['key']), 'aki'],
      [session, String(aki.welcome['key']), 'eve'],
    ]) {
      const eve = await Wire.open(server.url)
      eve.send({ type: 'resume', v: 1, session: claimed, key, token, received: 0 })
      answers.push(await eve.next('gone'))
      expect(eve.frames).toEqual([])
      await eve.close()
    }
    expect(answers).toEqual(answers.map(() => ({ type: 'gone', reason: 'unknown' })))
  })

  it('about a call of others does nothing to it', async () => {
    const eve = await Wire.join(server.url, 'eve')
    eve.say({ type: 'leg', call: CALL, message: { description: { type: 'offer', sdp: 'v=0' } } })
    eve.say({ type: 'control', call: CALL, message: { kind: 'muted' } })
    eve.say({ type: 'ring', call: CALL })
    eve.say({ type: 'accept', call: CALL })
    eve.say({ type: 'end', call: CALL, code: 'call/hung-up' })
    eve.say({ type: 'invite', call: CALL, to: 'bob', media: MEDIA })
    eve.say({ type: 'message', id: 1, to: 'eve', data: 'done' })
    await eve.next('result', { id: 1 })
  })

  it('that is no WebSocket at all is answered as HTTP, or cut', async () => {
    const { hostname, port } = new URL(server.url)
    const speak = async (text: string): Promise<string> => {
      const socket = connect(Number(port), hostname)
      let heard = ''
      socket.setEncoding('utf8').on('data', (data: string) => (heard += data))
      socket.on('error', () => undefined)
      socket.write(text)
      await once(socket, 'close')
      return heard.split('\r\n', 1)[0] ?? ''
    }
    const upgrade = 'GET /signal HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n'
    const websocket = `${upgrade}Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`
    expect(await speak('\u0016\u0003\u0001 garbage\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request')
    expect(await speak(`${upgrade}Upgrade: h2c\r\n\r\n`)).toBe('HTTP/1.1 426 Upgrade Required')
    expect(await speak(`${upgrade}Upgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n`)).toBe('HTTP/1.1 400 Bad Request')
    expect(await speak(`${websocket}Sec-WebSocket-Protocol: ,,\r\n\r\n`)).toBe('HTTP/1.1 400 Bad Request')
    expect(await speak(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toBe(
      'HTTP/1.1 431 Request Header Fields Too Large',
    )
    // Frames of a client must be masked (RFC 6455 section 5.1).
    expect(await speak(`${websocket}Sec-WebSocket-Protocol: tsunagu.v1\r\n\r\n\u0001\u0005hello`)).toBe(
      'HTTP/1.1 101 Switching Protocols',
    )
  })

})

describe('the process after all that', () => {
  it('is up, has counted every kind of it and logged no text of it', async () => {
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(200)
    const { close, log } = server
    expect(await close()).toEqual({ code: 0, signal: null })
    const counters = JSON.parse(log().split('\n').find((line) => line.includes('"msg":"closed"')) ?? '{}') as Record<string, number>
    for (const kind of ['malformed', 'unknownTypes', 'unknownFields', 'replayed', 'gaps', 'forged', 'strays', 'turnedAway'])
      expect([kind, counters[kind]]).toEqual([kind, expect.toSatisfy((count: number) => count > 0)])
    expect(counters).toMatchObject({ replayed: 20, gaps: 1, tooLarge: 2 })
    expect(log()).not.toMatch(/money|never|polluted|v=0|uncaught|TypeError/i)
  })
})
