import { afterEach, describe, expect, it } from 'vitest'
import { attach, playback, setOutput } from '../../src/dom'
import { devices } from '../../src/media/devices'
import { LocalTrack } from '../../src/media/local-track'
import { RemoteTrack } from '../../src/media/remote-track'

/** The tracks of a call, told by hand what a link would tell them; how many listeners they have left. */
class Received extends RemoteTrack {
  constructor(media: MediaStreamTrack) {
    super({ id: media.id, name: 'test', kind: media.kind as 'video', source: 'custom', group: 'main', muted: false }, media)
  }

  listeners(): number {
    return this.listenerCount('mediaStreamTrackChanged') + this.listenerCount('ended')
  }
}

class Published extends LocalTrack {
  constructor(media?: MediaStreamTrack) {
    super({ id: 'own', name: 'test', kind: 'video', source: 'custom', group: 'main', ...(media && { track: media }) })
  }

  listeners(): number {
    return this.listenerCount('mediaStreamTrackChanged') + this.listenerCount('unpublished')
  }
}

const undo: (() => void)[] = []
afterEach(() => undo.splice(0).forEach((task) => task()))

const video = (): HTMLVideoElement => {
  const element = document.createElement('video')
  document.body.append(element)
  undo.push(() => element.remove())
  return element
}

/** A picture of one colour, of a size that tells it from others. */
const picture = (width: number): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = width / 2
  const context = canvas.getContext('2d')
  let shade = 0
  const draw = (): void => {
    if (!context) throw new Error('no canvas')
    context.fillStyle = `rgb(${(shade += 8) % 256}, 0, 0)`
    context.fillRect(0, 0, width, width)
  }
  draw()
  const timer = setInterval(draw, 30)
  const [track] = canvas.captureStream(30).getVideoTracks()
  if (!track) throw new Error('no picture')
  undo.push(() => {
    clearInterval(timer)
    track.stop()
  })
  return track
}

/** A picture that came over a real connection, and whose end is real: Firefox hands no dispatched event to a track's listeners. */
const received = async (width: number): Promise<{ track: MediaStreamTrack; end: () => Promise<void> }> => {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()]
  undo.push(() => [near, far].forEach((one) => one.close()))
  near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined)
  far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined)
  const negotiate = async (): Promise<void> => {
    await near.setLocalDescription()
    await far.setRemoteDescription(near.localDescription as RTCSessionDescription)
    await far.setLocalDescription()
    await near.setRemoteDescription(far.localDescription as RTCSessionDescription)
  }
  const transceiver = near.addTransceiver(picture(width), { direction: 'sendonly' })
  await negotiate()
  const { track } = (far.getTransceivers()[0] as RTCRtpTransceiver).receiver
  const end = async (): Promise<void> => {
    const ended = new Promise((resolve) => track.addEventListener('ended', resolve, { once: true }))
    transceiver.stop()
    await negotiate()
    await ended
  }
  return { track, end }
}

/** A sound, from the fake microphone: an AudioContext would want a click. */
const sound = async (): Promise<MediaStreamTrack> => {
  // A clone is unknown to us, as a received track is.
  const microphone = await devices.microphone()
  const track = microphone.clone()
  undo.push(() => [microphone, track].forEach((one) => one.stop()))
  return track
}

/** Resolves with the width of a decoded frame once it is as expected. */
const frameOf = (element: HTMLVideoElement, width: number): Promise<number> =>
  new Promise((resolve) => {
    const look = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      if (frame.width === width) resolve(frame.width)
      else element.requestVideoFrameCallback(look)
    }
    element.requestVideoFrameCallback(look)
  })

const tracksOf = (element: HTMLMediaElement): MediaStreamTrack[] =>
  element.srcObject instanceof MediaStream ? element.srcObject.getTracks() : []

describe('attach', () => {
  it('plays a plain track: frames are shown', async () => {
    const element = video()
    undo.push(attach(picture(64), element))
    expect(await frameOf(element, 64)).toBe(64)
    expect(element.paused).toBe(false)
    expect(element).toMatchObject({ autoplay: true, muted: false })
    expect(element.hasAttribute('playsinline')).toBe(true)
  })

  it('plays a camera, muted, for it is our own', async () => {
    const element = video()
    const camera = await devices.camera({ width: 320, height: 240 })
    undo.push(() => camera.stop(), attach(camera, element))
    expect(await frameOf(element, 320)).toBe(320)
    expect(element.muted).toBe(true)
  })

  it('follows a received track whose media is replaced', async () => {
    const element = video()
    const track = new Received(picture(64))
    undo.push(attach(track, element))
    await frameOf(element, 64)
    const next = picture(96)
    track.setMedia(next)
    expect(await frameOf(element, 96)).toBe(96)
    expect(tracksOf(element)).toEqual([next])
  })

  it('waits for the media of a published track, and follows it through a gap', async () => {
    const element = video()
    const track = new Published()
    undo.push(attach(track, element), () => track.close())
    expect(tracksOf(element)).toEqual([])
    const first = await received(64)
    await track.replace(first.track)
    expect(await frameOf(element, 64)).toBe(64)
    await first.end()
    expect(tracksOf(element)).toEqual([])
    await track.replace(picture(96))
    expect(await frameOf(element, 96)).toBe(96)
    expect(element.paused).toBe(false)
  })

  it('shows nothing of media that has ended', async () => {
    const element = video()
    const stopped = picture(64)
    stopped.stop()
    undo.push(attach(new Received(stopped), element))
    expect(tracksOf(element)).toEqual([])
  })

  it('plays sound and picture of one person in one element, each with its own undo', async () => {
    const element = video()
    const heard = await sound()
    const seen = picture(64)
    const quiet = attach(new Received(heard), element)
    const blank = attach(new Received(seen), element)
    expect(tracksOf(element)).toEqual([heard, seen])
    await frameOf(element, 64)
    quiet()
    expect(tracksOf(element)).toEqual([seen])
    await frameOf(element, 64)
    blank()
    expect(element.srcObject).toBeNull()
  })

  it('lets another picture take the place of the one before, whose undo does nothing any more', async () => {
    const element = video()
    const first = new Received(picture(64))
    const before = attach(first, element)
    await frameOf(element, 64)
    undo.push(attach(new Received(picture(96)), element))
    expect(await frameOf(element, 96)).toBe(96)
    expect(first.listeners()).toBe(0)
    before()
    expect(tracksOf(element)).toHaveLength(1)
  })

  it('may be called twice for the same track, as a component that is mounted twice does', () => {
    const element = video()
    const media = picture(64)
    const track = new Received(media)
    const once = attach(track, element)
    const twice = attach(track, element)
    expect(tracksOf(element)).toEqual([media])
    once()
    expect(tracksOf(element)).toEqual([media])
    twice()
    twice()
    expect(element.srcObject).toBeNull()
    expect(track.listeners()).toBe(0)
  })

  it('undoes itself when a received track ends', () => {
    const element = video()
    const track = new Received(picture(64))
    attach(track, element)
    track.end()
    expect(element.srcObject).toBeNull()
    expect(track.listeners()).toBe(0)
  })

  it('undoes itself when a published track is unpublished', async () => {
    const element = video()
    const track = new Published(picture(64))
    attach(track, element)
    await track.unpublish()
    expect(element.srcObject).toBeNull()
    expect(track.listeners()).toBe(0)
  })

  it('undoes itself when a plain track ends', async () => {
    const element = video()
    const { track, end } = await received(64)
    attach(track, element)
    await frameOf(element, 64)
    await end()
    expect(element.srcObject).toBeNull()
  })

  it('mutes the element for a published track alone, and gives the sound back', async () => {
    const element = video()
    const own = attach(new Published(picture(64)), element)
    expect(element.muted).toBe(true)
    own()
    expect(element.muted).toBe(false)
    undo.push(attach(new Received(await sound()), element))
    expect(element.muted).toBe(false)
  })

  it('leaves alone an element that was muted before', () => {
    const element = video()
    element.muted = true
    attach(new Published(picture(64)), element)()
    expect(element.muted).toBe(true)
  })

  it('mutes or not as told', () => {
    const [hushed, loud] = [video(), video()]
    undo.push(
      attach(new Received(picture(64)), hushed, { muted: true }),
      attach(new Published(picture(64)), loud, { muted: false }),
    )
    expect([hushed.muted, loud.muted]).toEqual([true, false])
  })

  it('does not start what the person has paused', async () => {
    const element = video()
    const track = new Received(picture(64))
    undo.push(attach(track, element))
    await frameOf(element, 64)
    element.pause()
    const other = video()
    undo.push(attach(track, other))
    track.setMedia(picture(96))
    await frameOf(other, 96)
    expect(element.paused).toBe(true)
    await element.play()
    expect(await frameOf(element, 96)).toBe(96)
    track.setMedia(picture(128))
    expect(await frameOf(element, 128)).toBe(128)
    expect(element.paused).toBe(false)
  })
})

describe('setOutput', () => {
  it('plays on a listed speaker, and says so when it is gone', async () => {
    const element = video()
    const microphone = await devices.microphone()
    undo.push(() => microphone.stop())
    const speakers = await devices.list('speaker')
    for (const { id } of speakers) {
      await setOutput(element, id)
      expect(element.sinkId).toBe(id)
    }
    await setOutput(element, '')
    expect(element.sinkId).toBe('')
    await expect(setOutput(element, 'unplugged')).rejects.toMatchObject({ code: 'media/not-found' })
  })

  it('is refused by name where there is no choice of speakers', async () => {
    await expect(setOutput({} as HTMLMediaElement, 'any')).rejects.toMatchObject({ code: 'media/unsupported' })
  })
})

it('blocks nothing in a page that may play', async () => {
  const element = video()
  undo.push(attach(picture(64), element))
  await frameOf(element, 64)
  expect(playback.blocked).toEqual([])
  await playback.unlock()
})
