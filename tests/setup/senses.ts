// Runs in the browser: what is really seen and heard of a track.

const COLORS = {
  red: [255, 0, 0],
  lime: [0, 255, 0],
  blue: [0, 0, 255],
  cyan: [0, 255, 255],
  magenta: [255, 0, 255],
  yellow: [255, 255, 0],
  black: [0, 0, 0],
} as const

export type Color = keyof typeof COLORS

/** The colour that a pixel is nearest to: codecs and colour ranges change it a little. */
const nameOf = (pixel: Uint8ClampedArray): Color => {
  const distance = (name: Color): number =>
    COLORS[name].reduce<number>((sum, part, i) => sum + Math.abs(part - (pixel[i] ?? 0)), 0)
  return (Object.keys(COLORS) as Color[]).reduce((best, name) => (distance(name) < distance(best) ? name : best))
}

/** Looks at a track's pictures. */
export interface Eye {
  /** The colour in the middle of every picture so far. */
  readonly seen: readonly Color[]
  close(): void
}

export const look = (track: MediaStreamTrack): Eye => {
  const seen: Color[] = []
  const video = document.createElement('video')
  video.muted = true
  video.srcObject = new MediaStream([track])
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const pen = canvas.getContext('2d', { willReadFrequently: true })
  const next = (): void => {
    pen?.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1)
    if (pen) seen.push(nameOf(pen.getImageData(0, 0, 1, 1).data))
    video.requestVideoFrameCallback(next)
  }
  video.requestVideoFrameCallback(next)
  video.play().catch(() => undefined)
  return { seen, close: () => (video.srcObject = null) }
}

/** Listens to a track. */
export interface Ear {
  /** The loudest frequency now, in hertz; 0 for silence. */
  loudest(): number
  /** The root mean square now. */
  level(): number
  close(): Promise<void>
}

export const listen = async (track: MediaStreamTrack): Promise<Ear> => {
  const context = new AudioContext()
  await context.resume()
  // Chromium's sound of a connection flows only while an element plays it.
  const element = document.createElement('audio')
  element.muted = true
  element.srcObject = new MediaStream([track])
  const analyser = new AnalyserNode(context, { fftSize: 4_096, smoothingTimeConstant: 0 })
  context.createMediaStreamSource(element.srcObject).connect(analyser)
  const bins = new Float32Array(analyser.frequencyBinCount)
  const samples = new Float32Array(analyser.fftSize)
  return {
    loudest: () => {
      analyser.getFloatFrequencyData(bins)
      let peak = 0
      bins.forEach((db, i) => {
        if (db > (bins[peak] ?? 0)) peak = i
      })
      return (bins[peak] ?? -Infinity) > -75 ? Math.round((peak * context.sampleRate) / analyser.fftSize) : 0
    },
    level: () => {
      analyser.getFloatTimeDomainData(samples)
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
    },
    close: async () => {
      element.srcObject = null
      await context.close()
    },
  }
}

const undo: (() => unknown)[] = []

/** Ends whatever was made here to be seen and heard. */
export const endAll = async (): Promise<void> => {
  for (const task of undo.splice(0).reverse()) await task()
}

/** A moving picture, all of one colour. */
export const picture = (color: Color, width = 64): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = width
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('no canvas')
  let n = 0
  const draw = (): void => {
    pen.fillStyle = color
    pen.fillRect(0, 0, width, width)
    // One pixel moves, so that there is a new picture each time.
    pen.fillStyle = 'grey'
    pen.fillRect(n++ % width, 0, 1, 1)
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

/** A sine of amplitude 0.2, whose level is 0.14. */
export const tone = async (hz: number): Promise<MediaStreamTrack> => {
  const context = new AudioContext()
  await context.resume()
  const destination = context.createMediaStreamDestination()
  const oscillator = new OscillatorNode(context, { frequency: hz })
  oscillator.connect(new GainNode(context, { gain: 0.2 })).connect(destination)
  oscillator.start()
  undo.push(() => context.close())
  const [track] = destination.stream.getAudioTracks()
  if (!track) throw new Error('no tone')
  return track
}
