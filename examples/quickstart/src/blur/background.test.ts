import { beforeEach, expect, it, vi } from 'vitest'
import { Background } from './background'
import type { Segmenter } from './segmenter'

const { drawBlurred, drawPerson } = vi.hoisted(() => ({ drawBlurred: vi.fn(), drawPerson: vi.fn() }))
vi.mock('./draw', () => ({ drawBlurred, drawPerson }))
// A filter is what it draws with.
vi.mock('tsunagu/dom', () => ({ canvasFilter: (draw: unknown) => draw }))

type Draw = (picture: unknown, pen: unknown) => Promise<void>
const mask = { close: vi.fn() }
const segmenter = vi.fn(async () => mask) as unknown as Segmenter
const filterOf = (background: Background): Draw => background.filter() as unknown as Draw

beforeEach(() => {
  localStorage.clear()
  vi.clearAllMocks()
})

it('loads nothing before it is needed, and then once for all cameras', async () => {
  const load = vi.fn(async () => segmenter)
  const background = new Background(load)
  background.turn(true)
  expect(load).not.toHaveBeenCalled()
  background.filter()
  background.filter()
  expect(load).toHaveBeenCalledOnce()
})

it('blurs all of the picture until it knows where the person is, and says that it loads', async () => {
  let loaded: (segmenter: Segmenter) => void = () => undefined
  const background = new Background(() => new Promise((resolve) => (loaded = resolve)))
  background.turn(true)
  const draw = filterOf(background)
  await draw('picture', 'pen')
  expect([drawBlurred.mock.calls, drawPerson.mock.calls, background.loading]).toEqual([[['picture', 'pen']], [], true])
  loaded(segmenter)
  await new Promise((resolve) => setTimeout(resolve))
  await draw('next', 'pen')
  expect([drawPerson.mock.calls, background.loading]).toEqual([[['next', mask, 'pen']], false])
  expect(mask.close).toHaveBeenCalledOnce()
})

it('draws nothing where it cannot be loaded, so that nothing is sent, and tries again for the next camera', async () => {
  const load = vi.fn<() => Promise<Segmenter>>().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(segmenter)
  const background = new Background(load)
  const draw = filterOf(background)
  await new Promise((resolve) => setTimeout(resolve))
  await expect(draw('picture', 'pen')).rejects.toThrow('offline')
  expect(drawBlurred).not.toHaveBeenCalled()
  background.filter()
  expect(load).toHaveBeenCalledTimes(2)
})

it('is as it was in the next call and after a reload', () => {
  new Background(async () => segmenter).turn(true)
  const next = new Background(async () => segmenter)
  expect(next.isOn).toBe(true)
  next.turn(false)
  expect(new Background(async () => segmenter).isOn).toBe(false)
})

it('covers the camera of a call before it opens, whenever that is announced, and nothing else', () => {
  const track = (source: string) => ({ source, process: vi.fn(async () => undefined) })
  const [camera, microphone, later] = [track('camera'), track('microphone'), track('camera')]
  let announce: (payload: { readonly track: unknown }) => void = () => undefined
  const local = { tracks: [camera, microphone], on: (_: string, listener: typeof announce) => (announce = listener) }
  const background = new Background(async () => segmenter)
  background.turn(true)
  background.cover({ local } as never)
  announce({ track: later })
  expect([camera, microphone, later].map(({ process }) => process.mock.calls.length)).toEqual([1, 0, 1])
})
