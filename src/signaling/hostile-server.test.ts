import { describe, expect, it } from 'vitest'
import { FakeRuntime } from '../testing/fake-runtime'
import { body, listen, world } from '../testing/native-world'
import { message, RESUMED, ScriptedServer, startConnection, WELCOME } from '../testing/scripted-server'
import { native } from './native'
import { type Dialog, PRESENCE } from './port'

describe('a server that is mad or malicious', () => {
  it.each([
    ['patience beyond all reason', 1e12],
    ['no patience at all', 0],
  ])('asks for %s: the client keeps its own pace', async (_, retryWithinMs) => {
    const { runtime, server } = startConnection()
    for (let n = 0; n < 200; n++) {
      await runtime.elapse(100, 20)
      if (server.links.at(-1)?.open) server.say({ type: 'refused', code: 'signaling/server-full', retry: 'yes', retryWithinMs })
    }
    expect(server.opens).toBeLessThan(15)
  })

  it('welcomes and forgets in turns: the client comes back more and more slowly', async () => {
    const { runtime, server } = startConnection()
    for (let n = 0; n < 200; n++) {
      await runtime.elapse(100, 20)
      if (!server.links.at(-1)?.open) continue
      server.say(WELCOME)
      server.say({ type: 'gone', reason: 'unknown' })
    }
    expect(server.links.reduce((hellos, { heard }) => hellos + heard.filter(({ type }) => type === 'hello').length, 0)).toBeLessThan(15)
  })

  it('greets us again and again: nothing that it has heard is repeated, and we stay who we are', async () => {
    const { server, connection, online } = startConnection()
    await online()
    connection.send(message(1))
    for (let n = 0; n < 50; n++) {
      server.say({ ...WELCOME, self: { id: 'eve' } })
      server.say(RESUMED)
    }
    expect(server.heard.filter(({ type }) => type === 'message')).toHaveLength(1)
    expect(connection.self.id).toBe('alice')
  })

  it('brings up calls as if we had had them before, though we said hello: they are not ours', async () => {
    const { runtime, server, states, received } = startConnection()
    await runtime.settle()
    const calls = [{ call: 'c', key: 'k', role: 'callee', peer: { id: 'eve' }, media: body.media, epoch: 65_536 }]
    server.say({ ...WELCOME, type: 'reclaimed', calls })
    expect([states, received]).toEqual([['connecting'], []])
    server.say(WELCOME)
    expect(states).toEqual(['connecting', 'online'])
    server.lose()
    await runtime.elapse(1_000)
    server.say({ ...WELCOME, type: 'reclaimed', calls })
    server.say({ ...WELCOME, self: { id: 'eve' } })
    expect([states.at(-1), received]).toEqual(['connecting', []])
    server.say(RESUMED)
    expect(states.at(-1)).toBe('online')
  })

  it('welcomes us before we have said who we are: that is no answer', async () => {
    let say: (token: string) => void = () => undefined
    const { runtime, server, states } = startConnection()
    await runtime.settle()
    const open = server.open
    server.open = async (sink, context) => {
      sink.frame(JSON.stringify(WELCOME))
      await new Promise<string>((resolve) => (say = resolve))
      return open(sink, context)
    }
    server.lose()
    await runtime.elapse(2_000)
    expect(states).not.toContain('online')
    say('')
  })

  it.each([0, 1, 50])('says that it pings every %i ms: we ask it no more often than another one', async (pingMs) => {
    const { runtime, server } = startConnection()
    await runtime.settle()
    server.say({ ...WELCOME, limits: { ...WELCOME.limits, pingMs } })
    let pings = 0
    for (let n = 0; n < 500; n++) {
      await runtime.elapse(20)
      for (const { type } of server.heard.slice(pings)) if (type === 'ping') server.say({ type: 'pong' })
      pings = server.heard.length
    }
    expect([server.opens, pings]).toEqual([1, 1])
  })

  it('resumes a session that was never opened: that is no way to get online', async () => {
    const { runtime, server, states } = startConnection()
    await runtime.settle()
    server.say(RESUMED)
    expect(states).toEqual(['connecting'])
  })

  it('accepts an incoming call in our place: nothing happens to it', async () => {
    const { runtime, call } = world()
    const { dialog } = await call()
    const callee = listen(dialog)
    ;(dialog as unknown as { heard(message: object): void }).heard({ type: 'accepted', call: dialog.id, from: { id: 'eve' } })
    await runtime.settle()
    expect([callee.events, dialog.peer.id]).toEqual([[], 'alice'])
  })

  it('puts an invitation in the place of a call without the key for that: nobody hears of it', async () => {
    const runtime = new FakeRuntime()
    const server = new ScriptedServer()
    const invited: string[] = []
    const opening = native(server, { runtime }).open(
      { stateChanged: () => undefined, invited: (dialog) => void invited.push(dialog.id) },
      { token: async () => 'token', signal: new AbortController().signal },
    )
    await runtime.settle()
    server.say(WELCOME)
    await opening
    const from = { id: 'eve' }
    server.say({ type: 'invited', n: 1, call: 'real', from, media: body.media })
    server.say({ type: 'invited', n: 2, call: 'thief', from, media: body.media, replaces: { call: 'real' } })
    expect(invited).toEqual(['real'])
  })
})

describe('another side of a call that says anything', () => {
  it.each(['{"toString":1,"valueOf":1}', '[[]]', '"1e400"', '-1', '1e308', 'null'])('numbers its connection %s: nothing is thrown at the transport', async (epoch) => {
    const { runtime, call } = world()
    const { caller, dialog } = await call()
    const callee = listen(dialog)
    await caller.legs[0]?.send({ epoch: JSON.parse(epoch), n: 1 })
    const heard = (): void => (dialog as unknown as { heard(message: object): void }).heard({ type: 'leg', call: dialog.id, message: { epoch: JSON.parse(epoch), n: 1 } })
    expect(heard).not.toThrow()
    await runtime.settle()
    expect(callee.messages).toHaveLength(2)
  })
})

describe('a caller that fills our memory while it only rings', () => {
  it('loses the call, and the caller hears why', async () => {
    const { runtime, call } = world({ limits: { framesBurst: 2_000 } })
    const { caller, dialog } = await call()
    for (let n = 1; n <= 300; n++) await caller.legs[0]?.send({ n }).catch(() => undefined)
    await runtime.elapse(100)
    expect(caller.events).toContainEqual({ code: 'signaling/rate-limited', by: 'remote' })
    const late = listen(dialog)
    expect(late.events).toContainEqual({ code: 'signaling/rate-limited', by: 'system' })
    expect(late.messages.length).toBeLessThanOrEqual(256)
  })

  it('loses it too where we can say nothing any more: nothing is thrown at the transport', async () => {
    const runtime = new FakeRuntime()
    const server = new ScriptedServer()
    const dialogs: Dialog[] = []
    const opening = native(server, { runtime }).open(
      { stateChanged: () => undefined, invited: (dialog) => void dialogs.push(dialog) },
      { token: async () => 'token', signal: new AbortController().signal },
    )
    await runtime.settle()
    server.say(WELCOME)
    const session = await opening
    for (let n = 0; n < 1_000; n++) void session.extension(PRESENCE)?.set('away')
    const invited = { type: 'invited', from: { id: 'eve' }, media: body.media }
    server.say({ ...invited, n: 1, call: 'real' })
    // Hanging up has a tenth more room.
    for (let n = 2; n <= 120; n++) server.say({ ...invited, n, call: `call ${n}`, replaces: { call: 'none', key: 'k' } })
    expect(() => {
      for (let n = 121; n <= 421; n++) server.say({ type: 'leg', n, call: 'real', message: { n } })
    }).not.toThrow()
    expect(listen(dialogs[0] as Dialog).events).toContainEqual({ code: 'signaling/rate-limited', by: 'system' })
  })
})

describe('an app that hears that its session was lost', () => {
  it('may close the client at that moment: nothing is thrown at the transport, and what waited rejects', async () => {
    const runtime = new FakeRuntime()
    const server = new ScriptedServer()
    const opening = native(server, { runtime }).open(
      { stateChanged: () => undefined, invited: () => undefined },
      { token: async () => 'token', signal: new AbortController().signal },
    )
    await runtime.settle()
    server.say(WELCOME)
    const session = await opening
    const watching = session.extension(PRESENCE)?.watch(['bob'])
    session.invite('bob', body).bind({
      progress: () => undefined,
      accepted: () => undefined,
      control: () => undefined,
      leg: () => undefined,
      ended: () => void session.close(),
    })
    server.say({ type: 'ack', received: 2 })
    server.lose()
    await runtime.elapse(1_000)
    expect(() => server.say({ type: 'gone', reason: 'unknown' })).not.toThrow()
    await expect(watching).rejects.toMatchObject({ code: 'signaling/closed' })
  })
})
