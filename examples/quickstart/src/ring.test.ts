import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Ringer } from './ring'

const started: number[] = []
let gains = 0

class FakeParam {
  value = 0
  setValueAtTime = vi.fn()
  linearRampToValueAtTime = vi.fn()
  exponentialRampToValueAtTime = vi.fn()
}
class FakeNode {
  frequency = new FakeParam()
  gain = new FakeParam()
  connect = <Node>(node: Node): Node => node
  disconnect = () => void (gains -= 1)
  start = (at: number) => void started.push(at)
  stop = vi.fn()
}
class FakeContext {
  state = 'running'
  currentTime = 10
  destination = {}
  resume = async () => undefined
  createGain = () => new FakeNode()
  createOscillator = () => new FakeNode()
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('AudioContext', FakeContext)
  started.length = 0
  gains = 1
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('rings again and again until it is stopped', () => {
  const ringer = new Ringer()
  ringer.start('incoming')
  const once = started.length
  expect(once).toBeGreaterThan(0)
  vi.advanceTimersByTime(6_000)
  expect(started).toHaveLength(3 * once)
  ringer.stop()
  expect(gains).toBe(0)
  vi.advanceTimersByTime(30_000)
  expect(started).toHaveLength(3 * once)
})

it('keeps quiet, and breaks nothing, where the browser has no Web Audio', () => {
  vi.stubGlobal('AudioContext', undefined)
  const ringer = new Ringer()
  ringer.start('outgoing')
  vi.advanceTimersByTime(10_000)
  ringer.stop()
  expect(started).toEqual([])
})

it('waits with the sound until the person has touched the page', () => {
  const userActivation = { hasBeenActive: false }
  vi.stubGlobal('navigator', { userActivation })
  const ringer = new Ringer()
  ringer.start('incoming')
  vi.advanceTimersByTime(3_000)
  expect(started).toEqual([])
  userActivation.hasBeenActive = true
  vi.advanceTimersByTime(3_000)
  expect(started.length).toBeGreaterThan(0)
  ringer.stop()
})
