import { afterEach, beforeEach, expect, it } from 'vitest'
import { memory } from '../../adapters/memory'
import { RUNTIME } from '../../src/base/runtime'
import { Client } from '../../src/client'
import { Hub } from '../../src/hub'
import { Link } from '../../src/link/link'
import { LocalTrack } from '../../src/media/local-track'
import { SERVER_FRAMES } from '../../src/protocol/server-frames'
import type { Call } from '../../src/session/call'
import type { LegMessage } from '../../src/signaling/port'
import { Chance } from './chance'
import { HostileServer, takes } from './hostile-server'
import { mutate, write } from './hostile'
import { evidence, Mutator } from './mutator'
import { LEG_SAMPLES, type Scene, SERVER_SAMPLES } from './samples'

const SEED = 20_261_120
/** Frames of a type; where one ends the session, each costs a new one. */
const FRAMES = 120
const FEW = 20
const COSTLY: readonly string[] = ['welcome', 'resumed', 'reclaimed', 'gone', 'refused', 'superseded', 'draining']

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const failures: unknown[] = []
const note = (event: Event): void => {
  failures.push((event as PromiseRejectionEvent).reason ?? (event as ErrorEvent).error ?? (event as ErrorEvent).message)
}
const opened: { close(): unknown }[] = []
beforeEach(() => {
  failures.length = 0
  for (const name of ['unhandledrejection', 'error']) window.addEventListener(name, note)
})
afterEach(async () => {
  for (const name of ['unhandledrejection', 'error']) window.removeEventListener(name, note)
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A picture that moves. */
const picture = (): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 64
  const pen = canvas.getContext('2d')
  let n = 0
  const timer = setInterval(() => {
    if (pen) pen.fillStyle = n++ % 2 ? 'red' : 'blue'
    pen?.fillRect(0, 0, 64, 64)
  }, 50)
  opened.push({ close: () => clearInterval(timer) })
  return canvas.captureStream(20).getVideoTracks()[0] as MediaStreamTrack
}

/** Two others in this page, in a call over a server that is none of anybody's business. */
const bystanders = async () => {
  const hub = new Hub({ authenticate: (token) => ({ id: token ?? 'nobody' }) })
  opened.push(hub)
  const [aki, bob] = ['aki', 'bob'].map((token) => new Client({ signaling: memory(hub), token, logger: silent }))
  if (!aki || !bob) throw new Error('nobody')
  opened.push(aki, bob)
  await Promise.all([aki.connect(), bob.connect()])
  bob.on('callReceived', ({ call }) => void call.accept())
  const video = document.createElement('video')
  video.muted = true
  document.body.append(video)
  let frames = 0
  const look = (): void => {
    frames++
    video.requestVideoFrameCallback(look)
  }
  bob.on('callReceived', ({ call }) =>
    call.on('trackAdded', ({ track }) => {
      video.srcObject = new MediaStream([track.mediaStreamTrack])
      void video.play()
      video.requestVideoFrameCallback(look)
    }),
  )
  const call = aki.call('bob', { video: picture() })
  await call.whenActive()
  /** New pictures of the call are shown, and it is still the same one. */
  const goesOn = async (): Promise<void> => {
    const before = frames
    await expect.poll(() => frames - before, { timeout: 5_000 }).toBeGreaterThan(2)
    expect(call.state).toBe('active')
  }
  await goesOn()
  return goesOn
}

it('is told whatever a server may think of: nothing is thrown into the page, and the call of others goes on', { timeout: 60_000 }, async () => {
  const goesOn = await bystanders()
  const server = new HostileServer()
  const scene: Scene = { calls: ['none'], users: ['mal', 'eve', '*'], sessions: ['session-1'], keys: ['key', 'k'], ids: [1, 2, 3] }
  const client = new Client({ signaling: server, token: 'eve', reconnect: { firstDelayMs: 5, maxDelayMs: 20 }, logger: silent })
  opened.push(client)
  const follow = (call: Call): void => void call.whenActive().catch(() => undefined)
  client.on('callReceived', ({ call }) => {
    follow(call)
    if (client.calls.length % 2) call.accept().catch(() => undefined)
  })
  const enter = async (): Promise<void> => {
    for (let tries = 0; client.state !== 'online' || !server.linked; tries++) {
      if (tries > 400) throw new Error(`never online again: ${client.state}`)
      if (client.state === 'offline') client.connect().catch(() => undefined)
      // Told to wait for minutes, it still comes back with the network.
      if (client.state === 'waiting') window.dispatchEvent(new Event('online'))
      await wait(5)
    }
    for (const call of client.calls) void call.hangUp().catch(() => undefined)
    const call = client.call('mal')
    follow(call)
    await wait(0)
    server.number({ type: 'accepted', call: call.id, from: { id: 'mal' }, key: 'k' })
    scene.calls = [call.id, 'none']
  }
  let told = 0
  for (const [type, fields] of Object.entries(SERVER_FRAMES)) {
    const mutator = new Mutator(type, { seed: SEED, samples: SERVER_SAMPLES, shapes: SERVER_FRAMES, scene })
    for (let index = 0; index < (COSTLY.includes(type) ? FEW : FRAMES); index++) {
      if (client.state !== 'online' || !server.linked || index % 30 === 0) await enter()
      const { text } = mutator.next('n' in fields ? server.n : undefined)
      const online = client.state === 'online'
      server.text(text)
      told++
      if (online && takes(text, server.n)) server.n++
      if (index % 10 === 9) await wait(0)
      const wrong = [...server.thrown.splice(0), ...failures.splice(0)]
      if (wrong.length) throw new Error(evidence(SEED, type, index, text), { cause: wrong[0] })
      expect(client.calls.length).toBeLessThanOrEqual(8)
    }
  }
  console.log(JSON.stringify({ told }))
  expect(told).toBeGreaterThan(1_500)
  await goesOn()
  expect(failures).toEqual([])
})

/** Changes a line or two of a description that a browser made. */
const spoilt = (sdp: string, chance: Chance): string => {
  const lines = sdp.split('\r\n')
  for (let times = chance.pick([1, 1, 2, 5]); times > 0; times--) {
    const at = chance.int(lines.length)
    const line = lines[at] ?? ''
    chance.pick([
      () => lines.splice(at, 1),
      () => lines.splice(at, 0, line),
      () => lines.push(line),
      () => (lines[at] = line.replace(/\d+/, String(chance.pick([0, 1, -1, 65_536, 2 ** 32])))),
      () => (lines[at] = line.slice(0, chance.int(line.length + 1))),
      () => (lines[at] = line.replace(/:.*/, ':')),
      () => (lines[at] = line.replace(/sendrecv|recvonly|sendonly|inactive/, chance.pick(['sendrecv', 'recvonly', 'sendonly', 'inactive', 'nothing']))),
      () => (lines[at] = `${line}${'x'.repeat(10_000)}`),
    ])()
  }
  return lines.join('\r\n')
}

it('is told whatever the other side of a call may think of: nothing is thrown into the page, and the call of others goes on', { timeout: 90_000 }, async () => {
  const goesOn = await bystanders()
  const scene: Scene = { calls: ['c'], users: ['mal'], sessions: ['s'], keys: ['k'], ids: [1] }
  const connections = new Set<RTCPeerConnection>()
  const runtime = {
    ...RUNTIME,
    createPeerConnection: (config: RTCConfiguration) => {
      const made = RUNTIME.createPeerConnection(config)
      connections.add(made)
      return made
    },
  }
  const media = picture()
  /** A link to another one in this page, whose side is taken over once they are connected. */
  const victim = async (polite: boolean) => {
    const receive: ((message: LegMessage) => void)[] = []
    const state: { offer: string; answer: string; heard: LegMessage; honest: boolean } = { offer: '', answer: '', heard: {}, honest: true }
    const end = (me: 0 | 1): Link =>
      new Link(
        {
          mode: 'symmetric', polite: (me === 0) === polite, epoch: 0,
          send: async (message) => {
            const { description } = message as { readonly description?: { readonly type: 'offer' | 'answer'; readonly sdp: string } }
            if (me === 0) state.heard = message
            else if (description) state[description.type] = description.sdp
            await wait(0)
            if (me === 0 || state.honest) receive[1 - me]?.(JSON.parse(JSON.stringify(message)) as LegMessage)
          },
          bind: (take) => (receive[me] = take),
        },
        { ice: async () => ({ servers: [], policy: 'all' }), runtime, logger: silent },
      )
    const [a, b] = [end(0), end(1)]
    opened.push(a, b)
    for (const link of [a, b]) link.publish(new LocalTrack({ id: link === a ? 't1' : 'x', name: 'picture', kind: 'video', source: 'custom', group: 'main', track: media }))
    await expect.poll(() => [a.state, b.state], { timeout: 10_000 }).toEqual(['connected', 'connected'])
    // Something of either kind to spoil.
    b.peer?.restartIce()
    await wait(200)
    state.honest = false
    return { a, b, state, say: (message: LegMessage) => receive[0]?.(message) }
  }
  let count = 0
  for (const polite of [true, false])
    for (const kind of [...Object.keys(LEG_SAMPLES), 'spoilt']) {
      const chance = new Chance(SEED + count)
      let target = await victim(polite)
      for (let index = 0; index < 60; index++) {
        if (target.a.state === 'failed' || target.a.state === 'closed') {
          target.b.close()
          target = await victim(polite)
        }
        target.a.restored()
        const { epoch, received } = target.state.heard as { readonly epoch: number; readonly received: number }
        const type = chance.pick(['offer', 'answer'] as const)
        const said =
          kind === 'spoilt'
            ? { description: { type, sdp: spoilt(target.state[type] || target.state.offer || target.state.answer, chance) }, tracks: {} }
            : LEG_SAMPLES[kind]?.(chance, scene)
        const message: Record<string, unknown> = { epoch, n: received + 1, received: 0, ...said }
        if (chance.flip()) mutate(message, chance, ['t1', 'x', '0'], chance.flip(0.9) ? ['epoch', 'n'] : [])
        const text = write(message)
        const evil = JSON.parse(text) as LegMessage
        // Real connections take their time, and each new epoch makes another one.
        if (Number(evil['epoch']) > epoch + 1) continue
        target.say(evil)
        count++
        if (index % 5 === 4) await wait(20)
        if (failures.length) throw new Error(evidence(SEED, `leg ${kind}`, index, text), { cause: failures[0] })
        expect(target.a.remoteTracks.size).toBeLessThanOrEqual(64)
        for (const one of connections) if (one.connectionState === 'closed') connections.delete(one)
        expect(connections.size).toBeLessThanOrEqual(6)
      }
      target.a.close()
      target.b.close()
    }
  console.log(JSON.stringify({ count }))
  expect(count).toBeGreaterThan(600)
  await wait(100)
  await goesOn()
  expect(failures).toEqual([])
})
