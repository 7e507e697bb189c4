import type { Browser } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launch, openPage } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import type { MediaCallApp } from './pages/media-call'

type Async<T> = T extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
type Person = { readonly [Name in keyof MediaCallApp]: Async<MediaCallApp[Name]> } & { readonly leave: () => Promise<void> }

let pages: PageServer
let server: ServerProcess
const browsers = new Map<BrowserName, Browser>()
const here: Person[] = []

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/media-call.ts')
  server = await startServer()
})
afterEach(async () => {
  await Promise.all(here.splice(0).map((who) => who.leave()))
})
afterAll(async () => {
  await Promise.all([...browsers.values()].map((one) => one.close()))
  await server.close()
  await pages.close()
})

/** Fake microphones of both hum at 1,000 Hz. */
const browserOf = async (name: BrowserName): Promise<Browser> => {
  const running = browsers.get(name)
  if (running) return running
  const fresh = await launch(name, { toneHz: 1_000, args: ['--use-fake-device-for-media-stream=device-count=3,fps=10'] })
  browsers.set(name, fresh)
  return fresh
}

const arrive = async (browser: BrowserName, name: string): Promise<Person> => {
  const page = await openPage(await browserOf(browser), pages.url)
  const who = new Proxy({} as Person, {
    get: (_target, method: string) => {
      if (method === 'then') return undefined
      if (method === 'leave') return () => page.context().close()
      return (...args: unknown[]) =>
        page.evaluate(
          ([method, args]) => {
            const { app } = globalThis as unknown as { app: Record<string, (...args: unknown[]) => unknown> }
            return app[method]?.(...args.map((arg) => arg ?? undefined))
          },
          [method, args] as const,
        )
    },
  })
  here.push(who)
  await who.connect(server.url, name)
  return who
}

const WAIT = { timeout: 15_000, interval: 50 }

const heard = (who: Person, line: string): Promise<void> => expect.poll(() => who.log(), WAIT).toContain(line)
const sees = (who: Person, from: string, name: string, color: string): Promise<void> =>
  expect.poll(async () => (await who.look(from, name))[0], WAIT).toBe(color)
const hears = (who: Person, from: string, name: string, ...hertz: number[]): Promise<void> =>
  expect
    .poll(async () => {
      const loudest = await who.hear(from, name)
      return hertz.some((one) => Math.abs(loudest - one) < 25) ? 'heard' : loudest
    }, WAIT)
    .toBe('heard')

const ways = [
  ['chromium', 'chromium', 'chromium'],
  ['firefox', 'firefox', 'firefox'],
  ['chromium', 'firefox', 'chromium'],
  ['firefox', 'chromium', 'firefox'],
] as const satisfies readonly (readonly BrowserName[])[]

describe.each(ways)('what %s sends and %s passes on to %s', (from, through, to) => {
  it('is seen and heard there, follows what happens to it, and ends with it', async () => {
    const [aki, bob, carol] = [await arrive(from, 'aki'), await arrive(through, 'bob'), await arrive(to, 'carol')]
    await Promise.all([aki.call('bob'), bob.call('carol')])
    await Promise.all([aki.publishPicture('bob', 'camera 1', 'red'), aki.publishTone('bob', 'violin', 700)])
    await Promise.all([heard(bob, 'added camera 1 custom'), heard(bob, 'added violin custom')])
    await Promise.all([bob.passOn('aki', 'camera 1', 'carol'), bob.passOn('aki', 'violin', 'carol')])
    await Promise.all([heard(carol, 'added camera 1 custom'), heard(carol, 'added violin custom')])
    await Promise.all([sees(carol, 'bob', 'camera 1', 'red'), hears(carol, 'bob', 'violin', 700)])
    const before = await carol.pictures('bob', 'camera 1')
    await expect.poll(() => carol.pictures('bob', 'camera 1'), WAIT).toBeGreaterThan(before + 5)

    await aki.replacePicture('bob', 'camera 1', 'blue')
    await sees(carol, 'bob', 'camera 1', 'blue')

    await aki.mute('bob', 'violin')
    await heard(carol, 'muted violin')
    await hears(carol, 'bob', 'violin', 0)
    await aki.unmute('bob', 'violin')
    await heard(carol, 'unmuted violin')
    await hears(carol, 'bob', 'violin', 700)

    // The one in the middle has a say of its own: mute gives up a copy, and what arrives goes on.
    await sees(bob, 'aki', 'camera 1', 'blue')
    await bob.mute('carol', 'camera 1', true)
    await heard(carol, 'muted camera 1')
    const seen = await bob.pictures('aki', 'camera 1')
    await expect.poll(() => bob.pictures('aki', 'camera 1'), WAIT).toBeGreaterThan(seen + 5)
    await bob.unmute('carol', 'camera 1')
    await heard(carol, 'unmuted camera 1')
    await bob.process('carol', 'camera 1', 'invert')
    await sees(carol, 'bob', 'camera 1', 'yellow')
    await bob.process('carol', 'violin', 'ring')
    await hears(carol, 'bob', 'violin', 300, 1_100)

    await aki.unpublish('bob', 'violin')
    await heard(carol, 'removed violin')
    await aki.hangUp('bob')
    await heard(carol, 'removed camera 1')
  })
})

describe.each(['chromium', 'firefox'] as const)('in a call from %s', (name) => {
  it('a voice has its effect from the first sound on, also when the microphone was released and taken again', async () => {
    const [aki, bob] = [await arrive(name, 'aki'), await arrive('chromium', 'bob')]
    await aki.call('bob', { audio: true }, { microphone: 'ring' })
    await heard(bob, 'unmuted microphone')
    await hears(bob, 'aki', 'microphone', 600, 1_400)
    await aki.mute('bob', 'microphone', true)
    await heard(bob, 'muted microphone')
    expect(await aki.sends('bob', 'microphone')).toBeUndefined()
    await aki.unmute('bob', 'microphone')
    await hears(bob, 'aki', 'microphone', 600, 1_400)
    await aki.configure('bob', 'microphone', { noiseSuppression: false })
    expect(await aki.settings('bob', 'microphone')).toMatchObject({ noiseSuppression: false })
    await hears(bob, 'aki', 'microphone', 600, 1_400)
    await aki.process('bob', 'microphone', 'none')
    await hears(bob, 'aki', 'microphone', 1_000)
  })

  it('a camera keeps its effect when it becomes another one', async () => {
    const [aki, bob] = [await arrive(name, 'aki'), await arrive('chromium', 'bob')]
    await aki.call('bob', { video: true }, { camera: 'invert' })
    await heard(bob, 'unmuted camera')
    const other = await aki.otherCamera('bob', 'camera')
    // Firefox has one fake camera alone.
    expect(other !== undefined).toBe(name === 'chromium')
    await aki.configure('bob', 'camera', other ? { deviceId: other } : { width: 320 })
    const { deviceId } = await aki.settings('bob', 'camera')
    if (other) expect(deviceId).toBe(other)
    expect(await aki.sends('bob', 'camera')).toBe('live')
    await bob.look('aki', 'camera')
    const before = await bob.pictures('aki', 'camera')
    await expect.poll(() => bob.pictures('aki', 'camera'), WAIT).toBeGreaterThan(before + 5)
  })
})
