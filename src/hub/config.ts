import { DEFAULT_LOGGER, type Logger } from '../base/log'
import { RUNTIME } from '../base/runtime'
import { sha256 } from './key'
import type { HubCounters, HubLimits, HubOptions, HubRuntime } from './options'
import { MemoryStore, type SessionStore } from './store'

export const HUB_DEFAULTS = Object.freeze({
  graceMs: 60_000,
  lingerMs: 5_000,
  pingMs: 20_000,
  pongMs: 10_000,
  helloMs: 10_000,
  hookMs: 10_000,
  limits: Object.freeze({
    framesPerSecond: 100,
    framesBurst: 500,
    bytesPerSecond: 262_144,
    bytesBurst: 2_097_152,
    callsPerSession: 50,
    sessionsPerUser: 20,
    sessionsPerAddress: 1_000,
    watchedIds: 1_000,
    sessions: 100_000,
  } satisfies Required<HubLimits>),
})

type Authenticate = NonNullable<HubOptions['authenticate']>
type Hash = NonNullable<HubOptions['hash']>

/** What every part of a hub is given: its options with nothing left open, and where it counts. */
export interface HubConfig {
  readonly runtime: HubRuntime
  readonly logger: Logger
  readonly authenticate: Authenticate
  readonly authorize: HubOptions['authorize']
  readonly resolve: NonNullable<HubOptions['resolve']>
  readonly audit: NonNullable<HubOptions['audit']>
  readonly limits: Required<HubLimits>
  readonly graceMs: number
  readonly lingerMs: number
  readonly pingMs: number
  readonly pongMs: number
  readonly helloMs: number
  readonly hookMs: number
  readonly store: SessionStore
  readonly hash: Hash
  readonly counters: Record<keyof HubCounters, number>
}

/** A guest's id follows from the instance but does not give it away: who knew it could open sessions as that guest. */
const guest =
  (hash: Hash): Authenticate =>
  async (_token, { instance }) => ({ id: `guest-${(await hash(`guest ${instance}`)).slice(0, 16)}` })

/** Fills in what the options leave open. */
export const resolveHub = (options: HubOptions): HubConfig => {
  const hash = options.hash ?? sha256
  return {
    runtime: options.runtime ?? RUNTIME,
    logger: options.logger ?? DEFAULT_LOGGER,
    authenticate: options.authenticate ?? guest(hash),
    authorize: options.authorize,
    resolve: options.resolve ?? ((address) => [address]),
    audit: options.audit ?? (() => undefined),
    limits: { ...HUB_DEFAULTS.limits, ...options.limits },
    graceMs: options.graceMs ?? HUB_DEFAULTS.graceMs,
    lingerMs: options.lingerMs ?? HUB_DEFAULTS.lingerMs,
    pingMs: options.pingMs ?? HUB_DEFAULTS.pingMs,
    pongMs: options.pongMs ?? HUB_DEFAULTS.pongMs,
    helloMs: options.helloMs ?? HUB_DEFAULTS.helloMs,
    hookMs: options.hookMs ?? HUB_DEFAULTS.hookMs,
    store: options.store ?? new MemoryStore(),
    hash,
    counters: {
      malformed: 0,
      unknownTypes: 0,
      unknownFields: 0,
      tooLarge: 0,
      replayed: 0,
      gaps: 0,
      forged: 0,
      strays: 0,
      rateLimited: 0,
      unauthorized: 0,
      forbidden: 0,
      superseded: 0,
      overflowed: 0,
      silent: 0,
    },
  }
}
