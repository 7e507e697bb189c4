import type { RtcError } from '../base/errors'
import { Link } from '../link/link'
import type { LinkOptions } from '../link/link-options'
import { LocalTrack } from '../media/local-track'
import type { IceConfig } from '../peer/ice-servers'
import type { LegMessage } from '../signaling/port'
import { FakeTrack } from './fake-media'
import { FakePeerConnection, type FakePeerConnectionOptions } from './fake-peer-connection'
import { FakeTasks } from './fake-peer-connection-tasks'
import { FakeRuntime } from './fake-runtime'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** No servers are needed where all are in one page. */
export const NO_SERVERS: IceConfig = { servers: [], policy: 'all' }

/** How one end is made. */
export interface LinkEndOptions extends Partial<Pick<LinkOptions, 'ice' | 'keeps'>>, Pick<FakePeerConnectionOptions, 'engine'> {
  readonly polite: boolean
  readonly epoch?: number
  readonly tasks?: FakeTasks
  readonly runtime?: FakeRuntime
}

/** One end of a link, with what it told its app and what it sent. */
export const linkEnd = ({
  polite,
  epoch = 0,
  tasks = new FakeTasks(),
  runtime = new FakeRuntime(),
  ice = () => Promise.resolve(NO_SERVERS),
  keeps = false,
  engine = 'firefox',
}: LinkEndOptions) => {
  const refusal: { error?: RtcError } = {}
  const sent: LegMessage[] = []
  const told: string[] = []
  const fakes: FakePeerConnection[] = []
  let receive: (message: LegMessage) => void = () => undefined
  let streams = 0
  let last = 0
  const keep = (message: LegMessage): void => {
    sent.push(message)
    last = Number(message.n ?? last)
  }
  const name = `${polite ? 'polite' : 'impolite'}-${epoch}`
  const link = new Link(
    {
      mode: 'symmetric',
      polite,
      epoch,
      send: async (message) => (refusal.error ? Promise.reject(refusal.error) : keep(message)),
      bind: (take) => (receive = take),
    },
    {
      ice,
      keeps,
      runtime: {
        after: runtime.after,
        createPeerConnection: () => {
          const fake = new FakePeerConnection({ name: `${name}-${fakes.length}`, tasks, engine })
          fakes.push(fake)
          return fake.connection
        },
        createMediaStream: () => ({ id: `stream ${++streams}` }) as MediaStream,
      },
      logger: quiet,
    },
  )
  for (const event of ['trackAdded', 'trackRemoved', 'trackMuted', 'trackUnmuted'] as const)
    link.on(event, ({ track }) => told.push(`${event} ${track.name}`))
  link.on('stateChanged', ({ from, to }) => told.push(`${from} ${to}`))
  link.on('failed', ({ error }) => told.push(error.code))
  link.on('left', () => told.push('left'))
  return {
    link,
    tasks,
    runtime,
    refusal,
    sent,
    told,
    fakes,
    /** The number of the next message. */
    next: () => last + 1,
    receive: (message: unknown) => receive(message as LegMessage),
    /** The connection now. */
    get fake(): FakePeerConnection {
      const fake = fakes.at(-1)
      if (!fake) throw new Error('There is no connection.')
      return fake
    },
  }
}

/** One end, as {@link linkEnd} makes it. */
export type LinkEnd = ReturnType<typeof linkEnd>

/** Brings what two ends say to each other, until they have said everything. */
export const carryBetween = async (a: LinkEnd, b: LinkEnd): Promise<void> => {
  for (;;) {
    await a.tasks.drain()
    const [there, back] = [a.sent.splice(0), b.sent.splice(0)]
    if (!there.length && !back.length) return
    for (const message of there) b.receive(JSON.parse(JSON.stringify(message)))
    for (const message of back) a.receive(JSON.parse(JSON.stringify(message)))
  }
}

/** Two ends of one link: `a` is the impolite one. */
export const linkPair = (options: Omit<LinkEndOptions, 'polite'> = {}) => {
  const shared = { tasks: new FakeTasks(), runtime: new FakeRuntime(), ...options }
  const a = linkEnd({ ...shared, polite: false })
  const b = linkEnd({ ...shared, polite: true })
  return { ...shared, a, b, carry: () => carryBetween(a, b) }
}

/** A track of ours that has media. */
export const localTrack = (id: string, more: Partial<ConstructorParameters<typeof LocalTrack>[0]> = {}): LocalTrack =>
  new LocalTrack({ id, name: id, kind: 'audio', source: 'microphone', group: 'main', track: new FakeTrack('audio').track, ...more })
