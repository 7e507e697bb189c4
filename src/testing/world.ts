import { memory } from '../../adapters/memory'
import { RtcError } from '../base/errors'
import { Client } from '../client'
import type { SessionKeeper } from '../signaling/port'
import type { SignalingTransport } from '../signaling/transport'
import { Hub, type HubOptions } from '../hub'
import type { CallsOptions } from '../options'
import type { Call } from '../session/call'
import { FakeMediaDevices, type FakeTrack } from './fake-media'
import { FakePeerConnection } from './fake-peer-connection'
import { FakeTasks } from './fake-peer-connection-tasks'
import { FakeRuntime } from './fake-runtime'
// Beforehand: what loads late takes longer than the steps in which tests let time pass.
import '../media/failures'
import '../session/kept-holds'
import '../session/keys'
import '../session/transfer'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** People around one hub, on one clock, with cameras that answer when the test says so and networks that connect at its word. */
export class World {
  readonly tasks = new FakeTasks()
  readonly media = new FakeMediaDevices()
  readonly connections: FakePeerConnection[] = []
  /** No candidate leads anywhere. */
  blocked = false
  /** How long the next frame is under way, each way, in milliseconds; in order all the same. 0: none waits for a timer. */
  delayMs = (): number => 0
  readonly runtime = new FakeRuntime({
    mediaDevices: () => this.media as unknown as MediaDevices,
    createMediaStream: () => ({ id: 'stream' }) as MediaStream,
    createPeerConnection: () => {
      const made = new FakePeerConnection({ name: `${this.connections.length}`, tasks: this.tasks })
      if (this.blocked) made.addIceCandidate = async () => undefined
      this.connections.push(made)
      return made.connection
    },
  })
  readonly hub: Hub
  readonly clients: Client[] = []
  /** What was logged as a warning. */
  readonly warnings: string[] = []
  /** What the clients logged for whoever looks for a mistake. */
  readonly details: string[] = []

  constructor(options: HubOptions = {}) {
    this.hub = new Hub({
      runtime: this.runtime,
      logger: silent,
      // The real one leaves the event loop, and `settle` would not know when it is back.
      hash: (text) => text,
      authenticate: (token) => {
        if (!token) throw new Error('no token')
        return { id: token, name: token.toUpperCase() }
      },
      ...options,
    })
  }

  client(token: string | (() => string), calls: CallsOptions = {}, keeper?: SessionKeeper): Client {
    const made = new Client({ signaling: this.#delaying(memory(this.hub)), token, calls, ...(keeper && { keeper }), runtime: this.runtime, logger: { ...silent, warn: (line) => this.warnings.push(line), debug: (line) => this.details.push(line) } })
    this.clients.push(made)
    return made
  }

  #delaying(transport: SignalingTransport): SignalingTransport {
    /** A lane in which nothing overtakes. */
    const lane = () => {
      let lastAt = 0
      return (task: () => void): void => {
        const delayMs = this.delayMs()
        const { now, after } = this.runtime
        lastAt = Math.max(lastAt, now() + delayMs)
        if (lastAt > now()) after(lastAt - now(), task)
        else task()
      }
    }
    return {
      name: transport.name,
      open: async (sink, context) => {
        const [up, down] = [lane(), lane()]
        const link = await transport.open(
          { frame: (frame) => down(() => sink.frame(frame)), closed: (why) => down(() => sink.closed(why)) },
          context,
        )
        return { send: async (frame) => up(() => void link.send(frame).catch(() => undefined)), close: async () => up(() => void link.close()) }
      },
    }
  }

  async online(token: string, calls?: CallsOptions, keeper?: SessionKeeper): Promise<Client> {
    const made = this.client(token, calls, keeper)
    const connected = made.connect()
    await this.settle()
    await connected
    return made
  }

  /** Lets everything that can happen without time passing happen. */
  async settle(): Promise<void> {
    for (let quiet = false; !quiet; ) {
      await this.runtime.settle()
      const { waiting } = this.tasks
      for (const queue of waiting) this.tasks.run(queue)
      quiet = waiting.length === 0
    }
    await this.runtime.settle()
  }

  /** Time passes in small steps, and whatever becomes possible in each happens. By default enough for what takes time, but for nobody to lose patience. */
  async pass(ms = 500, stepMs = 50): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.runtime.advance(Math.min(stepMs, left))
      await this.settle()
    }
  }

  /** What the server says of a call. */
  async serverSays(call: Call, message: object): Promise<void> {
    ;(call.dialog as unknown as { heard(message: object): void }).heard({ call: call.id, ...message })
    await this.settle()
  }

  /** The browsers find a path, or lose it. */
  async path(state: RTCPeerConnectionState): Promise<void> {
    for (const connection of this.connections) {
      connection.connectionState = state
      connection.dispatchEvent(new Event('connectionstatechange'))
    }
    await this.settle()
  }

  /** The person allows what was asked last. */
  async allow(...tracks: FakeTrack[]): Promise<void> {
    this.media.questions.at(-1)?.allow(...tracks)
    await this.settle()
  }

  async close(): Promise<void> {
    const closing = this.clients.map((client) => client.close())
    await this.settle()
    // A call that is being put through is left later.
    this.runtime.advance(5_000)
    await this.settle()
    await Promise.all(closing)
    this.hub.close()
  }
}

/** The calls that come in, as they come. */
export const received = (client: Client): Call[] => {
  const calls: Call[] = []
  client.on('callReceived', ({ call }) => calls.push(call))
  return calls
}

/** The calls that take the place of this one, as they come. */
export const successors = (call: Call): Call[] => {
  const calls: Call[] = []
  call.on('transferred', ({ call: next }) => calls.push(next))
  return calls
}

/** Two people, of whom one has just called the other. */
export const ringing = async (world: World, calls?: CallsOptions) => {
  const aki = await world.online('aki', calls)
  const bob = await world.online('bob', calls)
  const incoming = received(bob)
  const outgoing = aki.call('bob', { metadata: { subject: 'tea' } })
  await world.settle()
  const [call] = incoming
  if (!call) throw new Error('nothing rang')
  return { aki, bob, outgoing, incoming: call }
}

/** Two people in a call. */
export const talking = async (world: World, calls?: CallsOptions) => {
  const both = await ringing(world, calls)
  const accepted = both.incoming.accept()
  await world.settle()
  await accepted
  return both
}

/** A third person, who has calls with whoever calls them. */
export const third = async (world: World, token = 'carol') => {
  const carol = await world.online(token)
  const incoming = received(carol)
  /** That one calls, and is answered. */
  const talksWith = async (client: Client): Promise<readonly [Call, Call]> => {
    const outgoing = client.call(token)
    await world.settle()
    const call = incoming.at(-1)
    if (!call) throw new Error('nothing rang')
    void call.accept()
    await world.settle()
    return [outgoing, call]
  }
  return { carol, incoming, talksWith }
}

/** The code with which a promise rejects. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof RtcError ? error.code : error),
  )
