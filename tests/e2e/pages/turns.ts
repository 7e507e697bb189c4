// Runs in the browser: the turns that a call can take, for the app of `call.ts`.
import type { Call, Client } from '../../../src'

/** Every connection that the page ever made. */
const connections: RTCPeerConnection[] = []
const Native = globalThis.RTCPeerConnection
globalThis.RTCPeerConnection = class extends Native {
  constructor(config?: RTCConfiguration) {
    super(config)
    connections.push(this)
  }
}

/** What the app lends. */
export interface TurnsHost {
  readonly log: string[]
  readonly client: () => Client
  readonly call: () => Call
  readonly follow: (call: Call) => void
  readonly codeOf: (error: unknown) => unknown
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Logs what comes of the turns of a call. */
export const watchTurns = (call: Call, log: string[], follow: (call: Call) => void): void => {
  call.on('holdChanged', ({ local, remote }) => log.push(`held ${local} ${remote}`))
  call.on('dtmfReceived', ({ tone }) => log.push(`tone ${tone}`))
  call.on('muteRequested', ({ track }) => log.push(`asked to mute ${track.name}`))
  call.on('transferred', ({ call: next }) => {
    log.push(`transferred to ${next.remote.id}`)
    follow(next)
  })
}

export const turns = ({ log, client, call, follow, codeOf }: TurnsHost) => {
  const result = async (done: Promise<void>): Promise<unknown> => done.then(() => 'done', codeOf)
  /** The call that was there before another one. */
  const other = (): Call => client().calls.find((one) => one !== call()) ?? call()
  return {
    hold: () => result(call().hold()),
    resume: () => result(call().resume()),
    sendDtmf: (keys: string) => result(call().sendDtmf(keys)),
    transfer: (to: string) => result(call().transfer(to)),
    /** Puts the other of two calls through to whoever is at the other end of this one. */
    transferOther: () => result(other().transfer(call())),
    declineTransfers: () => {
      call().on('transferRequested', ({ request }) => request.decline('not now'))
    },
    requestMute: (name: string) => {
      const track = call().remote.tracks.find((one) => one.name === name)
      return track && result(call().remote.requestMute(track))
    },
    calls: () => client().calls.map(({ id, state, remote }) => ({ id, state, with: remote.id })),
    /** How many connections there ever were, and how many are open. */
    connections: () => ({ made: connections.length, open: connections.filter(({ connectionState }) => connectionState !== 'closed').length }),
    /** Packets of media that went out of all open connections so far. */
    async packetsSent() {
      let packets = 0
      for (const connection of connections) {
        if (connection.connectionState === 'closed') continue
        for (const stats of (await connection.getStats()).values())
          if (stats.type === 'outbound-rtp') packets += stats.packetsSent
      }
      return packets
    },
    /** Calls after a while; says how it went. */
    async callSoon(to: string, delayMs: number, toneHz = 0) {
      await wait(delayMs)
      const rang = log.filter((line) => line === 'rang').length
      const audio = toneHz > 0
      const placed = client().call(to, { audio })
      const id = placed.id
      follow(placed)
      try {
        await placed.whenActive({ signal: AbortSignal.timeout(8_000) })
      } catch (error) {
        return { error: String(error), placed: id, id: placed.id, direction: placed.direction, rang }
      }
      return { placed: id, id: placed.id, direction: placed.direction, rang }
    },
    /** When all calls are over: why the last one was, and what is left. */
    async over() {
      const last = call()
      for (let waited = 0; (client().calls.length || !last.reason) && waited < 3_000; waited += 5) await wait(5)
      return { code: last.reason?.code, calls: client().calls.length, open: connections.filter(({ connectionState }) => connectionState !== 'closed').length }
    },
  }
}
