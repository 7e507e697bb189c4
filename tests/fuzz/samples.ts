import type { Chance } from './chance'
import { COUNTS, hostileText, opaque } from './hostile'

/** What there is in the world that a frame may name: one's own, and what belongs to others. */
export interface Scene {
  calls: readonly string[]
  users: readonly string[]
  sessions: readonly string[]
  keys: readonly string[]
  /** Ids of requests under way, or used before. */
  ids: readonly number[]
}

export type Fields = Record<string, unknown>
/** Makes the fields of one type of frame: of the right shape, and mostly with a meaning. */
export type Sample = (chance: Chance, scene: Scene) => Fields

const fresh = (chance: Chance): string => `made-${chance.int(2 ** 40)}`

const call = (chance: Chance, { calls }: Scene): string => (calls.length && chance.flip(0.8) ? chance.pick(calls) : shortText(chance, 128))
const user = (chance: Chance, { users }: Scene): string => (chance.flip(0.8) ? chance.pick(users) : shortText(chance, 256))
const key = (chance: Chance, { keys }: Scene): string => (chance.flip(0.7) ? chance.pick(keys) : shortText(chance, 128))
const session = (chance: Chance, { sessions }: Scene): string => (chance.flip(0.7) ? chance.pick(sessions) : shortText(chance, 128))
const id = (chance: Chance, { ids }: Scene): number => (chance.flip(0.7) ? chance.pick(ids) : chance.pick(COUNTS))
const shortText = (chance: Chance, most: number): string => hostileText(chance, most) || 'x'
const sometimes = (chance: Chance, fields: () => Fields, probability = 0.4): Fields => (chance.flip(probability) ? fields() : {})
const media = (chance: Chance): Fields => ({ audio: chance.flip(), video: chance.flip() })
const person = (chance: Chance, scene: Scene): Fields => ({ id: user(chance, scene), ...sometimes(chance, () => ({ name: hostileText(chance, 300) })) })
const status = (chance: Chance): string => chance.pick(['online', 'away', 'busy', 'offline'])
const limits = (chance: Chance): Fields => ({
  frameBytes: chance.pick(COUNTS), heldFrames: chance.pick(COUNTS), heldBytes: chance.pick(COUNTS), pingMs: chance.pick(COUNTS),
  ...sometimes(chance, () => ({ partBytes: chance.pick(COUNTS) })),
})
const code = (chance: Chance): string =>
  chance.pick(['call/hung-up', 'call/cancelled', 'call/rejected', 'call/busy', 'call/lost', 'ice/failed', 'media/failed', 'signaling/rate-limited', 'usage/nonsense', 'call/toString'])
const errorCode = (chance: Chance): string => chance.pick([code(chance), 'signaling/recipient-offline', 'signaling/forbidden', 'toString', '__proto__', hostileText(chance, 60)])
const replaces = (chance: Chance, scene: Scene): Fields => sometimes(chance, () => ({ replaces: { call: call(chance, scene), key: key(chance, scene) } }), 0.2)
const credentials = (chance: Chance, scene: Scene): Fields => ({
  v: chance.flip(0.95) ? 1 : chance.pick(COUNTS),
  ...sometimes(chance, () => ({ token: user(chance, scene) }), 0.8),
})
const takesParts = (chance: Chance): Fields => sometimes(chance, () => ({ parts: chance.flip() }))
const attempt = (chance: Chance): Fields => sometimes(chance, () => ({ attempt: chance.pick(COUNTS) }))
const claims = (chance: Chance, scene: Scene, of: () => Fields): Fields[] => Array.from({ length: chance.int(4) }, () => ({ call: call(chance, scene), key: key(chance, scene), ...of() }))
const part = (chance: Chance): Fields => {
  const parts = chance.pick([1, 2, 3, 64])
  return { id: chance.pick([1, 2, 3, ...COUNTS]), key: chance.pick(['a', 'b', shortText(chance, 128)]), part: 1 + chance.int(chance.flip(0.8) ? parts : 64), parts, data: shortText(chance, 5_000) }
}

/** What the two ends of a call say to each other; signaling carries it unread. */
export const LEG_SAMPLES: Readonly<Record<string, Sample>> = {
  description: (chance) => ({
    description: { type: chance.pick(['offer', 'answer', 'offer', 'answer', 'pranswer', 'rollback']), sdp: sdp(chance) },
    ...sometimes(chance, () => ({ tracks: trackMap(chance) }), 0.8),
    ...sometimes(chance, () => ({ keeps: chance.flip() }), 0.2),
  }),
  candidate: (chance) => ({
    candidate: {
      candidate: chance.pick(['', 'candidate:1 1 udp 1 192.0.2.1 9 typ host', `candidate:1 1 udp 1 192.0.2.1 9 typ host ufrag ${ufrag(chance)}`, hostileText(chance)]),
      sdpMid: chance.pick(['0', '1', '2', null, hostileText(chance, 300)]),
      sdpMLineIndex: chance.pick([0, 1, null, -1, 65_536]),
      ...sometimes(chance, () => ({ usernameFragment: ufrag(chance) }), 0.7),
    },
  }),
  muted: (chance) => ({ control: { kind: 'muted', id: trackId(chance), muted: chance.flip() } }),
  paused: (chance) => ({ control: { kind: 'paused', id: trackId(chance), paused: chance.flip() } }),
  rebuild: () => ({ control: { kind: 'rebuild' } }),
  received: (chance) => ({ n: undefined, received: chance.pick(COUNTS) }),
}

/** What a client says inside of a call, beside its connection. */
export const CONTROL_SAMPLES: Readonly<Record<string, Sample>> = {
  held: (chance) => ({ kind: 'held', held: chance.flip() }),
  dtmf: (chance) => ({ kind: 'dtmf', tone: chance.pick(['1', '#', '*', 'A', ',', '12', 'x', hostileText(chance, 300)]) }),
  'mute-request': (chance) => ({ kind: 'mute-request', id: trackId(chance) }),
  transfer: (chance, scene) => ({ kind: 'transfer', to: user(chance, scene), ...sometimes(chance, () => ({ id: chance.pick(COUNTS) })), ...replaces(chance, scene) }),
  transferred: (chance) => ({ kind: 'transferred', ...sometimes(chance, () => ({ code: errorCode(chance) })), ...sometimes(chance, () => ({ id: chance.pick(COUNTS) })) }),
  replaceable: (chance, scene) => ({ kind: 'replaceable', key: key(chance, scene), by: user(chance, scene), ...sometimes(chance, () => ({ call: call(chance, scene) })) }),
  unknown: (chance) => ({ kind: hostileText(chance, 40), data: opaque(chance) }),
}

const trackId = (chance: Chance): string => chance.pick(['t1', 't2', 't3', 'x', hostileText(chance, 70)])
const ufrag = (chance: Chance): string => chance.pick(['0-1', '1-1', 'abcd', hostileText(chance, 300)])
const trackMap = (chance: Chance): Fields =>
  Object.fromEntries(
    Array.from({ length: chance.pick([0, 1, 2, 3, 80]) }, (_, index) => [
      chance.flip(0.8) ? String(index) : hostileText(chance, 20),
      {
        id: chance.flip() ? `t${index}` : trackId(chance),
        name: hostileText(chance, 300),
        source: chance.pick(['camera', 'microphone', 'screen', 'screen-audio', 'custom']),
        kind: chance.pick(['audio', 'video']),
        group: chance.pick(['main', 'screen', hostileText(chance, 70)]),
        muted: chance.flip(),
      },
    ]),
  )
/** As much of an SDP as the fake connection reads, or something that only looks like one. */
const sdp = (chance: Chance): string =>
  chance.pick([
    () => 'v=0\r\n',
    () => hostileText(chance),
    () =>
      ['v=0', ...Array.from({ length: chance.pick([1, 1, 2, 3, 170]) }, (_, index) => [
        `m=${chance.pick(['audio', 'video', 'application', 'application', 'text'])} ${chance.pick([9, 9, 0])}`,
        `a=mid:${chance.flip(0.8) ? index : 'x'}`,
        `a=ice-ufrag:${chance.pick(['evil', 'evil2', '0-1'])}`,
        `a=${chance.pick(['sendrecv', 'sendonly', 'recvonly', 'inactive'])}`,
      ]).flat(), ''].join('\r\n'),
  ])()

const legMessage = (chance: Chance, scene: Scene): Fields =>
  chance.flip(0.2) ? { any: opaque(chance) } : { epoch: chance.pick([0, 0, 0, 1, 65_536]), n: chance.pick([1, 2, 3, 4, ...COUNTS]), ...chance.pick(Object.values(LEG_SAMPLES))(chance, scene) }
const controlMessage = (chance: Chance, scene: Scene): Fields =>
  chance.flip(0.2) ? { any: opaque(chance) } : chance.pick(Object.values(CONTROL_SAMPLES))(chance, scene)

/** What a client says; `n` is whoever sends it to add. */
export const CLIENT_SAMPLES: Readonly<Record<string, Sample>> = {
  hello: (chance, scene) => ({ ...credentials(chance, scene), instance: shortText(chance, 128), ...takesParts(chance) }),
  resume: (chance, scene) => ({ ...credentials(chance, scene), session: session(chance, scene), key: key(chance, scene), received: chance.pick(COUNTS), ...attempt(chance) }),
  reclaim: (chance, scene) => ({ ...credentials(chance, scene), session: session(chance, scene), key: key(chance, scene), instance: shortText(chance, 128), ...takesParts(chance), ...attempt(chance) }),
  bye: (chance) => sometimes(chance, () => ({ backWithinMs: chance.pick(COUNTS) })),
  ping: (chance) => sometimes(chance, () => ({ id: chance.pick(COUNTS) })),
  pong: (chance) => sometimes(chance, () => ({ id: chance.pick(COUNTS) })),
  ack: (chance) => ({ received: chance.pick(COUNTS) }),
  invite: (chance, scene) => ({
    call: chance.flip(0.6) ? fresh(chance) : call(chance, scene), to: user(chance, scene), media: media(chance),
    ...sometimes(chance, () => ({ metadata: opaque(chance) })), ...replaces(chance, scene),
  }),
  ring: (chance, scene) => ({ call: call(chance, scene) }),
  accept: (chance, scene) => ({ call: call(chance, scene) }),
  end: (chance, scene) => ({ call: call(chance, scene), code: code(chance).toLowerCase(), ...sometimes(chance, () => ({ text: shortText(chance, 1_000) })) }),
  leg: (chance, scene) => ({ call: call(chance, scene), message: legMessage(chance, scene) }),
  control: (chance, scene) => ({ call: call(chance, scene), message: controlMessage(chance, scene) }),
  message: (chance, scene) => ({ id: id(chance, scene), to: user(chance, scene), ...sometimes(chance, () => ({ data: opaque(chance) })) }),
  watch: (chance, scene) => ({ id: id(chance, scene), ids: Array.from({ length: chance.pick([0, 1, 3, 20]) }, () => (chance.flip(0.9) ? user(chance, scene) : opaque(chance))) }),
  presence: (chance, scene) => ({ id: id(chance, scene), status: status(chance) }),
  sync: (chance, scene) => ({
    calls: claims(chance, scene, () => ({ peer: user(chance, scene), role: chance.pick(['caller', 'callee']), epoch: chance.pick([0, 1, 65_536, 2 ** 39]) })),
  }),
  part: (chance, scene) => ({ to: user(chance, scene), ...part(chance) }),
}

/** What a server says. */
export const SERVER_SAMPLES: Readonly<Record<string, Sample>> = {
  welcome: (chance, scene) => ({
    session: session(chance, scene), key: key(chance, scene), epoch: chance.pick(COUNTS), graceMs: chance.pick(COUNTS),
    self: person(chance, scene), limits: limits(chance),
  }),
  resumed: (chance) => ({ received: chance.pick(COUNTS), epoch: chance.pick(COUNTS) }),
  reclaimed: (chance, scene) => ({
    session: session(chance, scene), key: key(chance, scene), epoch: chance.pick(COUNTS), graceMs: chance.pick(COUNTS), self: person(chance, scene), limits: limits(chance),
    calls: claims(chance, scene, () => ({
      role: chance.pick(['caller', 'callee']), peer: person(chance, scene), media: media(chance), epoch: chance.pick(COUNTS), ...sometimes(chance, () => ({ metadata: opaque(chance) })),
    })),
  }),
  gone: (chance) => ({ reason: chance.pick(['unknown', 'overflow', 'replay', hostileText(chance, 60)]) }),
  refused: (chance) => ({
    code: errorCode(chance), retry: chance.pick(['yes', 'yes', 'never']),
    ...sometimes(chance, () => ({ retryWithinMs: chance.pick(COUNTS) })), ...sometimes(chance, () => ({ text: hostileText(chance) })),
  }),
  superseded: () => ({}),
  draining: (chance) => ({ retryWithinMs: chance.pick(COUNTS) }),
  ping: (chance) => sometimes(chance, () => ({ id: chance.pick(COUNTS) })),
  pong: (chance) => sometimes(chance, () => ({ id: chance.pick(COUNTS) })),
  ack: (chance) => ({ received: chance.pick(COUNTS) }),
  invited: (chance, scene) => ({
    call: chance.flip(0.6) ? fresh(chance) : call(chance, scene), from: person(chance, scene), media: media(chance),
    ...sometimes(chance, () => ({ metadata: opaque(chance) })), ...replaces(chance, scene), ...sometimes(chance, () => ({ epoch: chance.pick(COUNTS) })),
  }),
  ringing: (chance, scene) => ({ call: call(chance, scene) }),
  accepted: (chance, scene) => ({ call: call(chance, scene), from: person(chance, scene), ...sometimes(chance, () => ({ key: key(chance, scene) })) }),
  ended: (chance, scene) => ({
    call: call(chance, scene), code: errorCode(chance), by: chance.pick(['remote', 'system']), ...sometimes(chance, () => ({ text: hostileText(chance) })),
  }),
  leg: (chance, scene) => ({ call: call(chance, scene), message: legMessage(chance, scene) }),
  control: (chance, scene) => ({ call: call(chance, scene), message: controlMessage(chance, scene) }),
  link: (chance, scene) => ({ call: call(chance, scene), up: chance.flip() }),
  message: (chance, scene) => ({ from: person(chance, scene), ...sometimes(chance, () => ({ data: opaque(chance) })) }),
  presence: (chance, scene) => ({ id: user(chance, scene), status: status(chance), ...sometimes(chance, () => ({ name: hostileText(chance, 300) })) }),
  result: (chance, scene) => ({ id: id(chance, scene), ...sometimes(chance, () => ({ code: errorCode(chance) })) }),
  synced: (chance, scene) => ({ call: call(chance, scene) }),
  part: (chance, scene) => ({ from: person(chance, scene), ...part(chance) }),
}
