// Runs in the browser: a person who is in several calls at once, processes what they send and passes on what they get.
import { webSocket } from '../../../adapters/websocket'
import { type Call, Client, devices, type LocalTrack, type RemoteTrack } from '../../../src'
import { invert, ringModulation } from '../../setup/effects'
import { type Color, type Ear, type Eye, listen, look, picture, tone } from '../../setup/senses'

const fail = (text: string): never => {
  throw new Error(text)
}

const log: string[] = []
/** By the other side. */
const calls = new Map<string, Call>()
const eyes = new Map<RemoteTrack, Eye>()
const ears = new Map<RemoteTrack, Ear>()
let client: Client | undefined

const callWith = (id: string): Call => calls.get(id) ?? fail(`no call with ${id}`)
const own = (id: string, name: string): LocalTrack => callWith(id).local.tracks.find((t) => t.name === name) ?? fail(`no own ${name}`)
const theirs = (id: string, name: string): RemoteTrack => callWith(id).remote.tracks.find((t) => t.name === name) ?? fail(`no ${name}`)

const EFFECTS = { invert, ring: () => ringModulation(400), none: () => null }
export type Effect = keyof typeof EFFECTS

const follow = (id: string, call: Call): void => {
  calls.set(id, call)
  call.on('trackAdded', ({ track }) => log.push(`added ${track.name} ${track.source}`))
  call.on('trackRemoved', ({ track }) => log.push(`removed ${track.name}`))
  call.on('trackMuted', ({ track }) => log.push(`muted ${track.name}`))
  call.on('trackUnmuted', ({ track }) => log.push(`unmuted ${track.name}`))
}

const app = {
  async connect(url: string, token: string) {
    client = new Client({ signaling: webSocket({ url }), token })
    client.on('callReceived', ({ call }) => {
      follow(call.remote.id, call)
      return call.accept({})
    })
    await client.connect()
  },
  /** Calls, with the effects from the first moment on. */
  async call(to: string, media: { audio?: boolean; video?: boolean } = {}, effects: { microphone?: Effect; camera?: Effect } = {}) {
    const call = (client ?? fail('no client')).call(to, media)
    follow(to, call)
    for (const [source, effect] of Object.entries(effects))
      void call.local.tracks.find((track) => track.source === source)?.process(EFFECTS[effect]())
    await call.whenActive()
  },
  hangUp: (id: string) => callWith(id).hangUp(),
  log: () => log,

  publishPicture: async (id: string, name: string, color: Color) => void (await callWith(id).local.publish(picture(color), { name })),
  publishTone: async (id: string, name: string, hz: number) => void (await callWith(id).local.publish(await tone(hz), { name })),
  replacePicture: (id: string, name: string, color: Color) => own(id, name).replace(picture(color)),
  process: (id: string, name: string, effect: Effect) => own(id, name).process(EFFECTS[effect]()),
  mute: (id: string, name: string, release = false) => own(id, name).mute({ release }),
  unmute: (id: string, name: string) => own(id, name).unmute(),
  unpublish: (id: string, name: string) => own(id, name).unpublish(),
  settings: (id: string, name: string) => own(id, name).settings,
  configure: (id: string, name: string, options: Parameters<LocalTrack['configure']>[0]) => own(id, name).configure(options),
  otherCamera: async (id: string, name: string) => {
    const now = own(id, name).settings.deviceId
    // Chromium's second fake camera delivers depth, which no codec of a call takes.
    return (await devices.list('camera')).filter((_, i) => i !== 1).find((camera) => camera.id !== now)?.id
  },
  /** What a published track sends now: `live`, `ended`, or nothing. */
  sends: (id: string, name: string) => own(id, name).mediaStreamTrack?.readyState,

  passOn: async (from: string, name: string, to: string) => void (await callWith(to).local.publish(theirs(from, name))),

  /** The colours of the last pictures of a received track. */
  look(id: string, name: string, count = 1): readonly Color[] {
    const track = theirs(id, name)
    const eye = eyes.get(track) ?? look(track.mediaStreamTrack)
    eyes.set(track, eye)
    return eye.seen.slice(-count)
  },
  pictures: (id: string, name: string) => eyes.get(theirs(id, name))?.seen.length ?? 0,
  /** The loudest frequency of a received track. */
  async hear(id: string, name: string) {
    const track = theirs(id, name)
    const ear = ears.get(track) ?? (await listen(track.mediaStreamTrack))
    ears.set(track, ear)
    return ear.loudest()
  },
}

export type MediaCallApp = typeof app
Object.assign(globalThis, { app })
