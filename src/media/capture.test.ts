import { describe, expect, it } from 'vitest'
import { FakeMediaDevices, FakeTrack, type Question } from '../testing/fake-media'
import { capture, captureOf, captureScreen, type CaptureWish } from './capture'

const setup = ({ forbidden = [] as string[] } = {}) => {
  const fake = new FakeMediaDevices()
  const runtime = { mediaDevices: () => fake.devices, allows: (feature: string) => !forbidden.includes(feature) }
  const question = (number = 0): Question => {
    const found = fake.questions[number]
    if (!found) throw new Error(`question ${number} was never asked`)
    return found
  }
  return { fake, runtime, question }
}
const BOTH: CaptureWish = { audio: true, video: true }
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'did not fail',
    (error: unknown) => error,
  )

describe('a capture for a call', () => {
  it('asks the person once for microphone and camera together', async () => {
    const { fake, runtime, question } = setup()
    const captured = capture(BOTH, runtime)
    const microphone = new FakeTrack('audio', 'm1')
    const camera = new FakeTrack('video', 'c1')
    question().allow(microphone, camera)
    expect(await captured).toEqual({ audio: microphone, video: camera, owned: [microphone, camera] })
    expect(fake.questions).toHaveLength(1)
    expect(question().constraints).toEqual({ audio: true, video: true })
  })

  it('asks nobody when nothing is wanted', async () => {
    const { fake, runtime } = setup()
    expect(await capture({ audio: false }, runtime)).toEqual({ owned: [] })
    expect(fake.questions).toHaveLength(0)
  })

  it('leaves a track that the app gave to the app, and asks for the other kind alone', async () => {
    const { runtime, question } = setup()
    const given = new FakeTrack('audio')
    const camera = new FakeTrack('video', 'c1')
    const captured = capture({ audio: given.track, video: { width: 1280 } }, runtime)
    question().allow(camera)
    expect(await captured).toEqual({ audio: given, video: camera, owned: [camera] })
    expect(question().constraints).toEqual({ audio: false, video: { width: 1280 } })
    expect(captureOf(given.track)).toBeUndefined()
  })

  it('demands the chosen device and passes the rest on as it is said', async () => {
    const { runtime, question } = setup()
    const captured = capture({ audio: { deviceId: 'm2', noiseSuppression: false }, video: { facingMode: 'user' } }, runtime)
    expect(question().constraints).toEqual({
      audio: { deviceId: { exact: 'm2' }, noiseSuppression: false },
      video: { facingMode: 'user' },
    })
    question().allow(new FakeTrack('audio', 'm2'), new FakeTrack('video', 'c1'))
    await captured
  })

  it('knows afterwards what each track shows', async () => {
    const { runtime, question } = setup()
    const captured = capture(BOTH, runtime)
    const microphone = new FakeTrack('audio', 'm1')
    const camera = new FakeTrack('video', 'c1')
    question().allow(microphone, camera)
    await captured
    expect(captureOf(microphone.track)).toMatchObject({ source: 'microphone', group: 'main' })
    expect(captureOf(camera.track)).toMatchObject({ source: 'camera', group: 'main' })
  })
})

describe('taking a device again', () => {
  const again = async (wish: CaptureWish) => {
    const { runtime, question } = setup()
    const captured = capture(wish, runtime)
    const first = new FakeTrack('video', 'c7')
    question().allow(first)
    await captured
    first.stop()
    const second = captureOf(first.track)?.recapture?.()
    const fresh = new FakeTrack('video', 'c7')
    question(1).allow(fresh)
    return { constraints: question(1).constraints, second: await second, fresh }
  }

  it('wishes for the same device when the app had not chosen one', async () => {
    const { constraints, second, fresh } = await again({ video: { width: 640 } })
    expect(constraints).toEqual({ video: { deviceId: 'c7', width: 640 } })
    expect(second).toBe(fresh)
    expect(captureOf(fresh.track)).toMatchObject({ source: 'camera' })
  })

  it('demands the same device when the app had chosen it', async () => {
    const { constraints } = await again({ video: { deviceId: 'c7' } })
    expect(constraints).toEqual({ video: { deviceId: { exact: 'c7' } } })
  })

  it('stops what arrives after the wait for it was given up', async () => {
    const { runtime, question } = setup()
    const captured = capture({ video: true }, runtime)
    const first = new FakeTrack('video', 'c1')
    question().allow(first)
    await captured
    const abort = new AbortController()
    const second = captureOf(first.track)?.recapture?.({ signal: abort.signal })
    abort.abort(new Error('unpublished'))
    await expect(second).rejects.toThrow('unpublished')
    const late = new FakeTrack('video', 'c1')
    question(1).allow(late)
    await Promise.resolve()
    await expect.poll(() => late.readyState).toBe('ended')
  })
})

describe('aborting', () => {
  it('rejects at once while the question stands, and stops what the person allows later', async () => {
    const { runtime, question } = setup()
    const abort = new AbortController()
    const captured = capture(BOTH, runtime, abort.signal)
    abort.abort(new Error('hung up'))
    await expect(captured).rejects.toThrow('hung up')
    const late = [new FakeTrack('audio'), new FakeTrack('video')]
    question().allow(...late)
    await expect.poll(() => late.map(({ readyState }) => readyState)).toEqual(['ended', 'ended'])
  })

  it('never leaves a device running unseen, whenever it comes after the answer', async () => {
    for (let ticks = 0; ticks < 12; ticks++) {
      const { runtime, question } = setup()
      const abort = new AbortController()
      const captured = capture({ video: true }, runtime, abort.signal).then(({ owned }) => owned, () => [])
      const camera = new FakeTrack('video')
      question().allow(camera)
      for (let i = 0; i < ticks; i++) await Promise.resolve()
      abort.abort(new Error('hung up'))
      const owned = await captured
      await expect.poll(() => owned.length > 0 || camera.readyState === 'ended').toBe(true)
    }
  })

  it('does not ask at all once aborted', async () => {
    const { fake, runtime } = setup()
    await expect(capture(BOTH, runtime, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(fake.questions).toHaveLength(0)
  })

  it('reports the abort, not what the browser makes of it', async () => {
    const { runtime, question } = setup()
    const abort = new AbortController()
    const captured = capture(BOTH, runtime, abort.signal)
    const reason = new Error('hung up')
    abort.abort(reason)
    question().refuse('NotAllowedError')
    await expect(captured).rejects.toBe(reason)
  })
})

describe('a refused camera and microphone', () => {
  it.each([
    ['NotAllowedError', 'media/permission-denied', 'No camera and microphone: access was refused.', /settings/],
    ['NotFoundError', 'media/not-found', 'No camera and microphone: there is none.', /devices.list/],
    ['NotReadableError', 'media/in-use', 'No camera and microphone: another program may have it.', /docs.errors/],
    ['AbortError', 'media/in-use', 'No camera and microphone: another program may have it.', /docs.errors/],
    ['SecurityError', 'media/insecure-context', 'No camera and microphone: the page needs https.', /docs.errors/],
    ['TypeError', 'usage/invalid-argument', 'No camera and microphone: the options are not valid.', /docs.errors/],
    ['InvalidStateError', 'usage/invalid-state', 'No camera and microphone: a click is needed.', /click/],
    ['OddError', 'media/failed', 'No camera and microphone: said so.', /docs.errors/],
  ])('says of %s: %s', async (name, code, message, fix) => {
    const { runtime, question } = setup()
    const failure = failureOf(capture(BOTH, runtime))
    question().refuse(name, 'said so')
    const cause: unknown = expect.objectContaining({ name })
    expect(await failure).toMatchObject({ code, message, fix: expect.stringMatching(fix) as unknown, cause })
  })

  it.each([
    ['deviceId', 'media/not-found', 'No camera: the chosen one is gone.'],
    ['width', 'media/overconstrained', 'No camera: its width cannot be met.'],
    ['', 'media/overconstrained', 'No camera: it cannot do that.'],
  ])('names the constraint %s', async (constraint, code, message) => {
    const { runtime, question } = setup()
    const failure = failureOf(capture({ video: true }, runtime))
    question().refuse('OverconstrainedError', '', constraint)
    expect(await failure).toMatchObject({ code, message })
  })

  it("is told apart from a page's policy that forbids it", async () => {
    const { runtime, question } = setup({ forbidden: ['microphone'] })
    const failure = failureOf(capture({ audio: true }, runtime))
    question().refuse('NotAllowedError')
    expect(await failure).toMatchObject({
      code: 'media/permission-denied',
      message: 'No microphone: the page may not ask.',
      fix: expect.stringContaining('iframe') as unknown,
    })
  })

  it('is also an answer with one of the two alone, which is stopped', async () => {
    const { runtime, question } = setup({ forbidden: ['camera'] })
    const failure = failureOf(capture(BOTH, runtime))
    const microphone = new FakeTrack('audio')
    question().allow(microphone)
    expect(await failure).toMatchObject({ code: 'media/permission-denied', message: expect.stringContaining('may not') as unknown })
    await expect.poll(() => microphone.readyState).toBe('ended')
  })

  it('keeps the error of a page that may not capture at all', async () => {
    const insecure = new Error('insecure')
    const runtime = {
      mediaDevices: () => {
        throw insecure
      },
      allows: () => true,
    }
    await expect(capture(BOTH, runtime)).rejects.toBe(insecure)
    await expect(captureScreen({}, runtime)).rejects.toBe(insecure)
  })
})

describe('a captured screen', () => {
  it('comes with its sound, uncleaned, and knows what both are', async () => {
    const { runtime, question } = setup()
    const captured = captureScreen({ audio: true }, runtime)
    const video = new FakeTrack('video', 'screen:0')
    const audio = new FakeTrack('audio')
    question().allow(audio, video)
    const screen = await captured
    expect(screen).toMatchObject({ video, audio })
    expect(question().constraints).toEqual({
      video: true,
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    })
    expect(captureOf(video.track)).toEqual({ source: 'screen', group: 'screen' })
    expect(captureOf(audio.track)).toEqual({ source: 'screen-audio', group: 'screen' })
    expect(video.contentHint).toBe('detail')
    screen.stop()
    expect([video.readyState, audio.readyState]).toEqual(['ended', 'ended'])
  })

  it('comes without sound where nobody asked for it or the browser gives none', async () => {
    const { runtime, question } = setup()
    const captured = captureScreen({}, runtime)
    question().allow(new FakeTrack('video'))
    expect(await captured).not.toHaveProperty('audio')
    expect(question().constraints).toEqual({ video: true, audio: false })
  })

  it.each([
    ['NotAllowedError', 'Permission denied', [], 'media/screen-cancelled'],
    ['NotAllowedError', 'Permission denied by system', [], 'media/permission-denied'],
    ['NotAllowedError', 'Permission denied', ['display-capture'], 'media/permission-denied'],
    ['InvalidStateError', '', [], 'usage/invalid-state'],
    ['NotReadableError', '', [], 'media/in-use'],
  ])('fails by %s "%s" with the policy forbidding %j as %s: %s', async (name, message, forbidden, code) => {
    const { runtime, question } = setup({ forbidden })
    const failure = failureOf(captureScreen({}, runtime))
    question().refuse(name, message)
    expect(await failure).toMatchObject({ code })
  })

  it('is refused by name in a browser that has no screen capture', async () => {
    const runtime = { mediaDevices: () => ({}) as MediaDevices, allows: () => true }
    await expect(captureScreen({}, runtime)).rejects.toMatchObject({ code: 'media/unsupported' })
  })
})
