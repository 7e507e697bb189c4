import { afterEach, describe, expect, it } from 'vitest'
import { mediaFile } from '../../src/dom'
import { devices } from '../../src/media/devices'
import { captureOf } from '../../src/media/facts'
import { LocalTrack } from '../../src/media/local-track'
import { Receiver } from './receiver'

const isChromium = navigator.userAgent.includes('Chrom')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const task of undo.splice(0).reverse()) await task()
})

/** A little of a red picture and a tone, as the browser itself records them. */
const film = async (hz: number): Promise<Blob> => {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 64
  const pen = canvas.getContext('2d')
  const context = new AudioContext()
  await context.resume()
  const destination = context.createMediaStreamDestination()
  const oscillator = new OscillatorNode(context, { frequency: hz })
  oscillator.connect(new GainNode(context, { gain: 0.2 })).connect(destination)
  oscillator.start()
  const stream = new MediaStream([...canvas.captureStream(30).getTracks(), ...destination.stream.getTracks()])
  const timer = setInterval(() => {
    if (!pen) return
    pen.fillStyle = 'red'
    pen.fillRect(0, 0, 64, 64)
  }, 30)
  const recorder = new MediaRecorder(stream)
  const parts: Blob[] = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  recorder.start()
  await new Promise((resolve) => setTimeout(resolve, 700))
  recorder.stop()
  await new Promise((resolve) => (recorder.onstop = resolve))
  clearInterval(timer)
  await context.close()
  return new Blob(parts, { type: recorder.mimeType })
}

const publish = (track: MediaStreamTrack | undefined, { stop = false } = {}): LocalTrack => {
  if (!track) throw new Error('no track')
  const { kind } = track
  const local = new LocalTrack({ id: kind, name: kind, kind: kind as 'video', source: 'custom', group: 'main', track, stop })
  undo.push(() => local.close())
  return local
}

const receive = async (local: LocalTrack): Promise<Receiver> => {
  const receiver = await Receiver.of(local)
  undo.push(() => receiver.close())
  return receiver
}

describe('a media file', () => {
  it('is seen and heard at the other side, and silent here', async () => {
    const file = await mediaFile(await film(700))
    undo.push(() => file.stop())
    file.element.loop = true
    const [picture, sound] = await Promise.all([receive(publish(file.video)), receive(publish(file.audio))])
    await Promise.all([picture.shows('red'), sound.sounds(700)])
    expect(file.element.muted).toBe(true)
    expect(captureOf(file.video as MediaStreamTrack)?.group).toBe(captureOf(file.audio as MediaStreamTrack)?.group)
    file.stop()
    expect([file.video?.readyState, file.audio?.readyState, file.element.src]).toEqual(['ended', 'ended', ''])
  })

  it('goes round as long as it is told to, and its tracks end with it', async () => {
    const file = await mediaFile(await film(700))
    undo.push(() => file.stop())
    file.element.loop = true
    const local = publish(file.video)
    const picture = await receive(local)
    await picture.shows('red')
    const ended = new Promise((resolve) => local.on('ended', resolve))
    const begun = (): Promise<unknown> => new Promise((resolve) => (file.element.onseeked = resolve))
    await begun()
    await begun()
    const before = picture.seen.length
    await expect.poll(() => picture.seen.length, { timeout: 5_000 }).toBeGreaterThan(before + 5)
    file.element.loop = false
    await ended
    expect([file.video?.readyState, local.muted]).toEqual(['ended', true])
  })

  it('that is none says so', async () => {
    await expect(mediaFile(new Blob(['no film'], { type: 'video/webm' }))).rejects.toMatchObject({ code: 'media/failed' })
    await expect(mediaFile('/nowhere.webm', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
  })
})

describe('a device in use', () => {
  it('cleans the sound as it is told to from now on, also when it is taken again', async () => {
    const microphone = await devices.microphone()
    const { deviceId } = microphone.getSettings()
    const local = publish(microphone, { stop: true })
    const sound = await receive(local)
    await expect.poll(() => sound.level(), { timeout: 10_000 }).toBeGreaterThan(0)
    await local.configure({ noiseSuppression: false, echoCancellation: false })
    await local.configure({ autoGainControl: false })
    const plain = { deviceId, noiseSuppression: false, echoCancellation: false, autoGainControl: false }
    expect(local.settings).toMatchObject(plain)
    // Chromium cannot change a microphone that runs: it is another capture of the same device, and the one before is closed.
    expect([microphone.readyState, local.mediaStreamTrack === microphone]).toEqual(isChromium ? ['ended', false] : ['live', true])
    await local.mute({ release: true })
    expect(local.settings).toEqual({})
    await local.unmute()
    expect(local.settings).toMatchObject(plain)
    await expect.poll(() => sound.level(), { timeout: 10_000 }).toBeGreaterThan(0)
  })

  it('changes the size of its picture without being taken again', async () => {
    const camera = await devices.camera({ width: 640, height: 480 })
    const local = publish(camera, { stop: true })
    await local.configure({ width: 320, height: 240 })
    expect(local.mediaStreamTrack).toBe(camera)
    // Firefox's fake camera has one size, and says so.
    expect(local.settings).toMatchObject(isChromium ? { width: 320, height: 240 } : { width: 640, height: 480 })
  })

  it('becomes another one', async () => {
    const camera = await devices.camera()
    const local = publish(camera, { stop: true })
    const { deviceId } = local.settings
    const [other] = (await devices.list('camera')).filter(({ id }) => id !== deviceId)
    await expect(local.configure({ deviceId: 'unplugged' })).rejects.toMatchObject({ code: 'media/not-found' })
    expect([camera.readyState, local.mediaStreamTrack]).toEqual(['live', camera])
    await local.mute({ release: true })
    await local.unmute()
    // Some browsers have one fake camera alone; the e2e tests have several.
    if (other) await local.configure({ deviceId: other.id })
    expect(local.settings.deviceId).toBe(other?.id ?? deviceId)
  })

  it('that the app made cannot become another one', async () => {
    const canvas = document.createElement('canvas')
    canvas.getContext('2d')
    const local = publish(canvas.captureStream().getTracks()[0])
    await expect(local.configure({ deviceId: 'other' })).rejects.toMatchObject({ code: 'media/not-recapturable' })
  })
})
