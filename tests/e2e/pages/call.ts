// Runs in the browser: a minimal app on the public API, with the instruments the tests look through.
import { webSocket } from '../../../adapters/websocket'
import { attach } from '../../../src/dom'
import { type Call, Client, devices, isRtcError, type LocalTrack, type RemoteTrack } from '../../../src'
import { turns, watchTurns } from './turns'

const log: string[] = []
const shown = new Map<string, HTMLVideoElement>()
let client: Client | undefined
let call: Call | undefined
let audioContext: AudioContext | undefined
const published = new Map<string, LocalTrack>()

const context = async (): Promise<AudioContext> => {
  audioContext ??= new AudioContext()
  await audioContext.resume()
  return audioContext
}

const theClient = (): Client => client ?? fail('no client')
const theCall = (): Call => call ?? fail('no call')
const fail = (text: string): never => {
  throw new Error(text)
}
const own = (name: string): LocalTrack => published.get(name) ?? theCall().local.tracks.find((t) => t.name === name) ?? fail(`no ${name}`)
const theirs = (name: string): RemoteTrack => theCall().remote.tracks.find((t) => t.name === name) ?? fail(`no ${name}`)

const follow = (next: Call): void => {
  const known = call === next
  call = next
  // Calling somebody whose call rings here gives that one.
  if (known) return
  watchTurns(next, log, follow)
  next.on('stateChanged', ({ from, to, reason }) => log.push(`${from}>${to}${reason ? ` ${reason.code} by ${reason.by}` : ''}`))
  next.on('trackAdded', ({ track }) => {
    const element = document.createElement('video')
    document.body.append(element)
    shown.set(track.name, element)
    attach(track, element)
    log.push(`added ${track.name} ${track.source}`)
  })
  next.on('trackRemoved', ({ track }) => log.push(`removed ${track.name}`))
  next.on('trackMuted', ({ track }) => log.push(`muted ${track.name}`))
  next.on('trackUnmuted', ({ track }) => log.push(`unmuted ${track.name}`))
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A tone of our own, for browsers whose fake microphone cannot be tuned. */
const tone = async (hz: number): Promise<MediaStreamTrack> => {
  const audio = await context()
  const oscillator = audio.createOscillator()
  oscillator.frequency.value = hz
  const out = audio.createMediaStreamDestination()
  oscillator.connect(out)
  oscillator.start()
  return out.stream.getAudioTracks()[0] ?? fail('no tone')
}

/** A moving picture of our own. */
const picture = (color: string): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  canvas.width = 320
  canvas.height = 180
  const pen = canvas.getContext('2d') ?? fail('no canvas')
  let n = 0
  const draw = (): void => {
    pen.fillStyle = n++ % 2 ? color : 'black'
    pen.fillRect(n % 320, 0, 40, 180)
    setTimeout(draw, 33)
  }
  draw()
  return canvas.captureStream(30).getVideoTracks()[0] ?? fail('no picture')
}

const codeOf = (error: unknown) => (isRtcError(error) ? { code: error.code, fix: error.fix, message: error.message } : String(error))

const app = {
  ...turns({ log, client: theClient, call: theCall, follow, codeOf }),
  log: () => log,
  codeOf,

  async connect(url: string, token: string) {
    client = new Client({ signaling: webSocket({ url }), token, calls: { ringTimeoutMs: 20_000 } })
    client.on('callReceived', ({ call: next }) => {
      log.push('rang')
      follow(next)
    })
    await client.connect()
    return client.id
  },
  async call(to: string, media: { audio?: boolean; video?: boolean; toneHz?: number }, metadata: unknown = {}) {
    const audio = media.toneHz ? await tone(media.toneHz) : (media.audio ?? false)
    follow(theClient().call(to, { audio, video: media.video ?? false, metadata }))
  },
  async accept(media: { audio?: boolean; video?: boolean; toneHz?: number }) {
    const audio = media.toneHz ? await tone(media.toneHz) : (media.audio ?? false)
    try {
      await theCall().accept({ audio, video: media.video ?? false })
      return 'accepted'
    } catch (error) {
      return app.codeOf(error)
    }
  },
  async whenActive() {
    try {
      await theCall().whenActive()
      return 'active'
    } catch (error) {
      return app.codeOf(error)
    }
  },
  hangUp: () => theCall().hangUp(),
  reject: (reason?: 'busy' | 'rejected') => theCall().reject(reason),
  state: () => call?.state,
  reason: () => call?.reason,
  metadata: () => call?.metadata,
  remoteTracks: () =>
    theCall().remote.tracks.map(({ name, source, kind, muted }) => ({ name, source, kind, muted })),
  localTracks: () =>
    theCall().local.tracks.map(({ name, source, kind, muted, mediaStreamTrack }) => ({ name, source, kind, muted, live: mediaStreamTrack?.readyState })),
  cameras: async () => (await devices.list('camera')).map(({ id, label }) => ({ id, label })),

  async publish(what: 'camera' | 'picture' | 'screen' | 'tone', name: string, deviceId?: string, hz = 440) {
    if (what === 'screen') {
      const { video, audio } = await theCall().local.publish(await devices.screen({ audio: true }), { name })
      published.set(name, video)
      return { audio: !!audio }
    }
    const track = what === 'camera' ? await devices.camera(deviceId ? { deviceId } : {}) : what === 'tone' ? await tone(hz) : picture('red')
    published.set(name, await theCall().local.publish(track, { name }))
    return {}
  },
  async replace(name: string, what: 'picture' | 'tone', hz = 440) {
    await own(name).replace(what === 'tone' ? await tone(hz) : picture('lime'))
  },
  mute: (name: string, release = false) => own(name).mute({ release }),
  unmute: (name: string) => own(name).unmute(),
  unpublish: (name: string) => own(name).unpublish(),
  /** What a browser does when the person stops the capture in its own bar. */
  stopFromBar(name: string) {
    const track = own(name).mediaStreamTrack ?? fail('no media')
    track.stop()
    track.dispatchEvent(new Event('ended'))
  },
  send: (to: string, data: unknown) => theClient().send(to, data).then(() => 'sent', app.codeOf),
  watch(ids: string[]) {
    theClient().presence.watch(ids, ({ id, status }) => log.push(`${id} is ${status}`))
  },
  close: () => theClient().close(),

  /** How many new frames of a remote track are shown in the time; stops counting at `enough`. */
  frames(name: string, ms: number, enough = Infinity) {
    const element = shown.get(name) ?? fail(`nothing shows ${name}`)
    return new Promise<number>((resolve) => {
      let count = -1 // The frame that is on show already counts for nothing.
      const look = (): void => {
        if (++count >= enough) resolve(count)
        else element.requestVideoFrameCallback(look)
      }
      element.requestVideoFrameCallback(look)
      setTimeout(() => resolve(Math.max(0, count)), ms)
    })
  },
  /** The loudest frequency of a remote track over the time, in hertz; 0 for silence. */
  async hertz(name: string, ms: number) {
    const audio = await context()
    const analyser = audio.createAnalyser()
    analyser.fftSize = 8192
    analyser.smoothingTimeConstant = 0
    const source = audio.createMediaStreamSource(new MediaStream([theirs(name).mediaStreamTrack]))
    source.connect(analyser)
    const bins = new Float32Array(analyser.frequencyBinCount)
    const sums = new Float64Array(bins.length)
    const end = performance.now() + ms
    // The analyser's window still holds what was before.
    await wait(200)
    while (performance.now() < end) {
      analyser.getFloatFrequencyData(bins)
      bins.forEach((db, i) => (sums[i] = (sums[i] ?? 0) + (db > -75 ? 10 ** (db / 10) : 0)))
      await wait(50)
    }
    source.disconnect()
    let peak = 0
    sums.forEach((power, i) => {
      if (power > (sums[peak] ?? 0)) peak = i
    })
    return Math.round((peak * audio.sampleRate) / analyser.fftSize)
  },

  /** Publishes a flash and a beep that happen at the same moment, once a second. */
  async publishFlashes() {
    const audio = await context()
    const canvas = document.createElement('canvas')
    canvas.width = 160
    canvas.height = 120
    const pen = canvas.getContext('2d') ?? fail('no canvas')
    const gain = audio.createGain()
    gain.gain.value = 0
    const oscillator = audio.createOscillator()
    oscillator.frequency.value = 1_000
    const out = audio.createMediaStreamDestination()
    oscillator.connect(gain).connect(out)
    oscillator.start()
    const started = performance.now()
    setInterval(() => {
      const on = (performance.now() - started) % 1_000 < 200
      gain.gain.value = on ? 0.8 : 0
      pen.fillStyle = on ? 'white' : Math.random() < 0.5 ? '#000' : '#010101'
      pen.fillRect(0, 0, 160, 120)
    }, 10)
    const { local } = theCall()
    await local.publish(out.stream.getAudioTracks()[0] ?? fail('no sound'), { name: 'beep', source: 'microphone' })
    await local.publish(canvas.captureStream(30).getVideoTracks()[0] ?? fail('no picture'), { name: 'flash', source: 'camera' })
  },
  /** How much later than its flash each beep is heard, in milliseconds. */
  async lipSync(count: number) {
    const audio = await context()
    const element = shown.get('flash') ?? fail('no flash')
    const analyser = audio.createAnalyser()
    analyser.fftSize = 256
    audio.createMediaStreamSource(new MediaStream([theirs('beep').mediaStreamTrack])).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 1
    const pen = canvas.getContext('2d', { willReadFrequently: true }) ?? fail('no canvas')
    const flashes: number[] = []
    const beeps: number[] = []
    let light = true
    let loud = true
    let quietSince = 0
    const look: VideoFrameRequestCallback = (_now, { expectedDisplayTime }) => {
      pen.drawImage(element, 0, 0, 1, 1)
      const on = (pen.getImageData(0, 0, 1, 1).data[0] ?? 0) > 128
      if (on && !light) flashes.push(expectedDisplayTime)
      light = on
      if (flashes.length <= count) element.requestVideoFrameCallback(look)
    }
    element.requestVideoFrameCallback(look)
    const end = performance.now() + (count + 4) * 1_000
    while (flashes.length <= count && performance.now() < end) {
      analyser.getFloatTimeDomainData(samples)
      const on = samples.some((sample) => Math.abs(sample) > 0.05)
      const now = performance.now()
      if (on && !loud && now - quietSince > 300) beeps.push(now)
      if (on !== loud && !on) quietSince = now
      loud = on
      await wait(4)
    }
    return flashes
      .map((flash) => beeps.map((beep) => beep - flash).sort((a, b) => Math.abs(a) - Math.abs(b))[0])
      .filter((delta): delta is number => delta !== undefined && Math.abs(delta) < 500)
  },
}

export type App = typeof app
Object.assign(globalThis, { app })
