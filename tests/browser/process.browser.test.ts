import { afterEach, describe, expect, it } from 'vitest'
import { audioGraph, canvasFilter, volume } from '../../src/dom'
import { note } from '../../src/media/facts'
import { LocalTrack } from '../../src/media/local-track'
import type { FrameTransform, TrackProcessor } from '../../src/media/processor'
import { invert, ringModulation } from '../setup/effects'
import { type Color, endAll, picture, tone } from '../setup/senses'
import { Receiver } from './receiver'

const isChromium = navigator.userAgent.includes('Chrom')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const task of undo.splice(0).reverse()) await task()
  await endAll()
})

const publish = (track: MediaStreamTrack, process?: TrackProcessor | FrameTransform): LocalTrack => {
  const local = new LocalTrack({
    id: 'id',
    name: 'name',
    kind: track.kind as 'video',
    source: 'custom',
    group: 'main',
    track,
    process,
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  undo.push(() => local.close())
  return local
}

/** What the other end of a real connection gets of a track. */
const receive = async (local: LocalTrack): Promise<Receiver> => {
  const receiver = await Receiver.of(local)
  undo.push(() => receiver.close())
  return receiver
}

describe('a processed picture', () => {
  it('arrives inverted, and as it was once the transform is taken away', async () => {
    const local = publish(picture('red'))
    const far = await receive(local)
    await far.shows('red')
    await local.process(invert())
    await far.shows('cyan')
    await local.process(null)
    await far.shows('red')
  })

  it('was never seen unprocessed where it is published so', async () => {
    const local = publish(picture('red'), invert())
    const far = await receive(local)
    await far.shows('cyan')
    expect(far.seen).not.toContain('red')
  })

  it('stays processed when the media is replaced, also with another size, muted and unmuted', async () => {
    const local = publish(picture('red'), invert())
    const far = await receive(local)
    await far.shows('cyan')
    await local.replace(picture('lime', 128))
    await far.shows('magenta')
    await local.mute()
    await local.unmute()
    await local.replace(picture('blue', 96))
    await far.shows('yellow')
    expect(far.colors).toEqual(new Set(['cyan', 'magenta', 'yellow']))
  })

  it('stays processed when the device is released and taken again', async () => {
    const capture = (color: Color): MediaStreamTrack =>
      note(picture(color), { source: 'camera', group: 'main', recapture: async () => capture('lime') })
    const local = publish(capture('red'), invert())
    const far = await receive(local)
    await far.shows('cyan')
    await local.mute({ release: true })
    expect(local.mediaStreamTrack).toBeUndefined()
    await local.unmute()
    await far.shows('magenta')
    expect(far.colors).toEqual(new Set(['cyan', 'magenta']))
  })

  it('goes through the same transform again after it was taken away', async () => {
    const transform = invert()
    const local = publish(picture('red'), transform)
    const far = await receive(local)
    await far.shows('cyan')
    await local.process(null)
    await far.shows('red')
    await local.process(transform)
    await far.shows('cyan')
  })

  it('is gone, and not shown unprocessed, when the transform breaks', async () => {
    let breaks = false
    const local = publish(
      picture('red'),
      canvasFilter((frame, pen) => {
        if (breaks) throw new Error('out of memory')
        pen.filter = 'invert(1)'
        pen.globalCompositeOperation = 'difference'
        pen.fillStyle = 'white'
        pen.fillRect(0, 0, 200, 200)
        pen.drawImage(frame, 0, 0)
      }),
    )
    const far = await receive(local)
    await expect.poll(() => far.seen.length).toBeGreaterThan(3)
    const failed = new Promise((resolve) => local.on('processFailed', resolve))
    breaks = true
    expect(await failed).toMatchObject({ error: { code: 'media/process-failed', cause: { message: 'out of memory' } } })
    expect([local.muted, local.sending]).toEqual([true, null])
    await expect(local.unmute()).rejects.toMatchObject({ code: 'media/process-failed' })
    expect(local.sending).toBeNull()
    await local.process(null)
    await far.shows('red')
  })

  it('by a function takes whatever track that gives, and tells it when to stop', async () => {
    const local = publish(picture('red'))
    const far = await receive(local)
    const signals: AbortSignal[] = []
    await local.process((_track, { signal }) => {
      signals.push(signal)
      return picture('lime')
    })
    await far.shows('lime')
    const made = local.mediaStreamTrack
    await local.process(null)
    await far.shows('red')
    expect([signals.map(({ aborted }) => aborted), made?.readyState]).toEqual([[true], 'ended'])
  })
})

describe('the machinery', () => {
  /** Takes something away from the browser for one test. */
  const without = (object: object, name: string): void => {
    const own = Object.getOwnPropertyDescriptor(object, name)
    Reflect.deleteProperty(object, name)
    undo.push(() => own && Object.defineProperty(object, name, own))
  }
  /** A transform that changes nothing and counts. */
  const counting = () => {
    const counted = { pictures: 0 }
    const transform = canvasFilter((frame, pen) => {
      counted.pictures++
      pen.drawImage(frame, 0, 0)
    })
    return { counted, transform }
  }

  it('makes do with a canvas where a browser has nothing better, and its pictures change size', async () => {
    without(globalThis, 'MediaStreamTrackProcessor')
    const local = publish(picture('red'), invert())
    const far = await receive(local)
    await far.shows('cyan')
    await local.replace(picture('lime', 128))
    await far.shows('magenta')
    expect(far.colors).toEqual(new Set(['cyan', 'magenta']))
  })

  it('goes on, more slowly, where the page is not painted', async () => {
    without(globalThis, 'MediaStreamTrackProcessor')
    const { counted, transform } = counting()
    // A hidden page calls nobody back.
    const paint = HTMLVideoElement.prototype.requestVideoFrameCallback
    HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0
    undo.push(() => (HTMLVideoElement.prototype.requestVideoFrameCallback = paint))
    const local = publish(picture('red'), transform)
    await expect.poll(() => counted.pictures, { timeout: 10_000 }).toBeGreaterThan(5)
    expect(local.muted).toBe(false)
  })

  it('is refused by name where the browser knows no frames at all', async () => {
    without(globalThis, 'MediaStreamTrackProcessor')
    without(globalThis, 'VideoFrame')
    const local = publish(picture('red'))
    await expect(local.process(new TransformStream<VideoFrame, VideoFrame>())).rejects.toMatchObject({ code: 'media/unsupported' })
    expect(local.sending).toBeNull()
  })

  it.each([true, false])('takes nothing apart any more once the track is gone (with the browser\'s own frames: %s)', async (own) => {
    if (!own) without(globalThis, 'MediaStreamTrackProcessor')
    const { counted, transform } = counting()
    const raw = picture('red')
    const local = publish(raw, transform)
    await expect.poll(() => counted.pictures, { timeout: 10_000 }).toBeGreaterThan(3)
    await local.unpublish()
    // Whatever was under way.
    await new Promise((resolve) => setTimeout(resolve, 100))
    const { pictures } = counted
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect([counted.pictures, raw.readyState]).toEqual([pictures, 'live'])
  })

  it('serves two cameras at once, each with an effect of its own', async () => {
    const [first, second] = [publish(picture('red'), invert()), publish(picture('blue'), invert())]
    const [left, right] = await Promise.all([receive(first), receive(second)])
    await Promise.all([left.shows('cyan'), right.shows('yellow')])
    expect([left.colors, right.colors]).toEqual([new Set(['cyan']), new Set(['yellow'])])
  })
})

describe('a processed sound', () => {
  it('arrives at another pitch, and as it was once the processor is taken away', async () => {
    const local = publish(await tone(1_000))
    const far = await receive(local)
    await far.sounds(1_000)
    await local.process(ringModulation(400))
    await far.sounds(600, 1_400)
    await local.replace(await tone(2_000))
    await far.sounds(1_600, 2_400)
    await local.process(null)
    await far.sounds(2_000)
  })

  it('is as loud as it is told to be', async () => {
    const loudness = volume(1)
    const local = publish(await tone(1_000), loudness)
    const far = await receive(local)
    await far.sounds(1_000)
    // A sine of amplitude 0.2 has a level of 0.14.
    await expect.poll(() => far.level(), { timeout: 10_000 }).toBeCloseTo(0.14, 1)
    loudness.value = 0.25
    await expect.poll(() => far.level(), { timeout: 10_000 }).toBeCloseTo(0.035, 2)
    expect(loudness.value).toBe(0.25)
  })

  it('goes through a stream in Chromium, and is refused by name elsewhere', async () => {
    const local = publish(await tone(1_000))
    const far = await receive(local)
    await far.sounds(1_000)
    // A ring modulation by hand.
    let samples = 0
    const transform = new TransformStream<AudioData, AudioData>({
      transform: (data, controller) => {
        const plane = new Float32Array(data.numberOfFrames)
        data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' })
        for (let i = 0; i < plane.length; i++, samples++)
          plane[i] = (plane[i] ?? 0) * Math.sin((2 * Math.PI * 400 * samples) / data.sampleRate)
        const { timestamp, sampleRate, numberOfFrames } = data
        data.close()
        controller.enqueue(new AudioData({ format: 'f32-planar', sampleRate, numberOfFrames, numberOfChannels: 1, timestamp, data: plane }))
      },
    })
    if (isChromium) {
      await local.process(transform)
      await far.sounds(600, 1_400)
    } else {
      await expect(local.process(transform)).rejects.toMatchObject({ code: 'media/unsupported' })
      expect(local.sending).toBeNull()
      await local.process(null)
      await far.sounds(1_000)
    }
  })

  it('leaves no audio context and no timer behind', async () => {
    const open: AudioContext[] = []
    const graph = audioGraph((context, input) => {
      open.push(context)
      return input
    })
    const local = publish(await tone(1_000), graph)
    const far = await receive(local)
    await far.sounds(1_000)
    await local.replace(await tone(500))
    await far.sounds(500)
    await local.unpublish()
    await expect.poll(() => open.map(({ state }) => state)).toEqual(['closed', 'closed'])
  })
})
