import { RtcError } from 'tsunagu'
import { beforeEach, expect, it, vi } from 'vitest'
import { Background } from './blur/background'
import { OwnMedia } from './own-media'

const devices = vi.hoisted(() => ({ camera: vi.fn(), microphone: vi.fn(), screen: vi.fn(), list: vi.fn() }))
vi.mock('tsunagu', async (original) => ({ ...(await original<object>()), devices }))

const media = (deviceId = 'one', facingMode?: string) => ({ stop: vi.fn(), getSettings: () => ({ deviceId, facingMode }) })

const published = (source: string, first = media()) => {
  const track = {
    source,
    muted: false,
    mediaStreamTrack: first as ReturnType<typeof media> | undefined,
    on: vi.fn(),
    mute: vi.fn(async () => void (track.muted = true)),
    unmute: vi.fn(async () => void (track.muted = false)),
    process: vi.fn(async () => undefined),
    replace: vi.fn(async (next: ReturnType<typeof media>) => void (track.mediaStreamTrack = next)),
  }
  return track
}

vi.mock('tsunagu/dom', () => ({ canvasFilter: () => 'a filter' }))
const background = new Background(() => Promise.reject(new Error('not here')))
const { signal } = new AbortController()
const options = { onChange: vi.fn(), onProblem: vi.fn(), onTrack: vi.fn(), background, signal }
const publish = vi.fn()
const withTracks = (...tracks: unknown[]): OwnMedia => new OwnMedia({ local: { tracks, publish, on: () => () => undefined } } as never, options)

beforeEach(() => {
  background.turn(false)
  vi.resetAllMocks()
})

it('mutes and unmutes the microphone, however fast the presses come', async () => {
  const track = published('microphone')
  const own = withTracks(track)
  track.mute.mockImplementation(async () => {
    track.muted = true
    await new Promise(() => undefined)
  })
  track.unmute.mockImplementation(async () => void (track.muted = false))
  void own.toggleMicrophone()
  expect(own.microphone).toBe(false)
  await own.toggleMicrophone()
  expect(own.microphone).toBe(true)
})

it('gives the camera back when it is turned off, so that its light goes out', async () => {
  const track = published('camera')
  await withTracks(track).toggleCamera()
  expect(track.mute).toHaveBeenCalledExactlyOnceWith({ release: true })
})

it('adds a camera to a voice call, asks once for two presses, and leaves it to the call to stop it', async () => {
  const camera = media()
  devices.camera.mockResolvedValue(camera)
  const own = withTracks()
  await Promise.all([own.toggleCamera(), own.toggleCamera()])
  expect(publish).toHaveBeenCalledExactlyOnceWith(camera, { stop: true })
})

it('shows what fails, but not that the person chose no screen after all', async () => {
  const denied = new RtcError('media/permission-denied', 'No camera: access was refused.')
  devices.camera.mockRejectedValue(denied)
  devices.screen.mockRejectedValue(new RtcError('media/screen-cancelled', 'No screen: nothing was chosen.'))
  const own = withTracks()
  await own.toggleCamera()
  await own.toggleScreen()
  expect(options.onProblem.mock.calls).toEqual([[denied, 'camera']])
})

it('goes round the cameras, and hands each to the call, which stops the one that it leaves', async () => {
  const track = published('camera', media('two'))
  devices.list.mockResolvedValue([{ id: 'one' }, { id: 'two' }])
  devices.camera.mockResolvedValue(media('one'))
  track.replace.mockImplementation(async (next) => void (track.mediaStreamTrack = next))
  const own = withTracks(track)
  await own.swapCamera()
  expect(devices.camera).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ deviceId: 'one' }))
  expect(own.deviceId('camera')).toBe('one')
  expect(track.replace).toHaveBeenCalledExactlyOnceWith(expect.anything(), { stop: true })
})

it('lets go of one camera before it takes the next where the machine opens one at a time, as most phones do', async () => {
  const track = published('camera')
  track.mute.mockImplementation(async () => void (track.muted = true))
  track.unmute.mockImplementation(async () => void (track.muted = false))
  devices.camera.mockRejectedValueOnce(new RtcError('media/in-use', 'No camera: it does not start.')).mockResolvedValue(media('two'))
  const own = withTracks(track)
  await own.choose('camera', 'two')
  expect(track.mute).toHaveBeenCalledWith({ release: true })
  expect(own.camera).toBe(true)
  expect(options.onProblem).not.toHaveBeenCalled()
})

it('does not mirror a camera that looks away', () => {
  expect(withTracks(published('camera', media('one', 'user'))).mirrored).toBe(true)
  expect(withTracks(published('camera', media('two', 'environment'))).mirrored).toBe(false)
})

it('sends nothing from the press on until the first blurred picture is there', async () => {
  const track = published('camera')
  track.mute.mockImplementation(async () => void (track.muted = true))
  track.unmute.mockImplementation(async () => void (track.muted = false))
  let sent: boolean | undefined
  track.process.mockImplementation(async () => void (sent = !track.muted))
  const own = withTracks(track)
  background.turn(true)
  await vi.waitFor(() => expect(track.unmute).toHaveBeenCalled())
  expect(sent).toBe(false)
  expect(own.camera).toBe(true)
})

it('does not turn the camera on while it is about to be blurred', async () => {
  const track = published('camera')
  track.mute.mockImplementation(async () => void (track.muted = true))
  track.process.mockReturnValue(new Promise(() => undefined))
  const own = withTracks(track)
  background.turn(true)
  await own.toggleCamera()
  expect(track.unmute).not.toHaveBeenCalled()
})

it('leaves the camera off where it cannot be blurred, and says so', async () => {
  const failed = new RtcError('media/process-failed', 'The processing failed.')
  const track = published('camera')
  track.mute.mockImplementation(async () => void (track.muted = true))
  track.process.mockRejectedValue(failed)
  const own = withTracks(track)
  background.turn(true)
  await vi.waitFor(() => expect(options.onProblem).toHaveBeenCalledExactlyOnceWith(failed, 'camera'))
  expect([own.camera, track.unmute.mock.calls]).toEqual([false, []])
})

it('turns a camera that could not be blurred on again without, unless the person has turned it off', async () => {
  for (const [own, sent] of [[false, true], [true, false]]) {
    const track = published('camera')
    track.mute.mockImplementation(async () => void (track.muted = true))
    track.unmute.mockImplementation(async () => void (track.muted = false))
    track.process.mockRejectedValueOnce(new RtcError('media/process-failed', 'The processing failed.'))
    const camera = withTracks(track)
    options.onProblem.mockClear()
    background.turn(true)
    await vi.waitFor(() => expect(options.onProblem).toHaveBeenCalled())
    if (own) for (let press = 0; press < 2; press++) await camera.toggleCamera()
    background.turn(false)
    await vi.waitFor(() => expect(track.process).toHaveBeenLastCalledWith(null))
    await vi.waitFor(() => expect(camera.camera).toBe(sent))
  }
})

it('blurs a camera that is added from its first picture on', async () => {
  background.turn(true)
  devices.camera.mockResolvedValue({ ...media(), kind: 'video' })
  await withTracks().toggleCamera()
  expect(publish).toHaveBeenCalledExactlyOnceWith(expect.anything(), { stop: true, process: 'a filter' })
})
