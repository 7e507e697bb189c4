import { describe, expect, it, vi } from 'vitest'
import { RtcError } from '../base/errors'
import { RUNTIME, type Runtime } from '../base/runtime'
import { deviceInfo, FakeMediaDevices, FakeTrack } from '../testing/fake-media'
import { captureOf } from './capture'
import { Devices, devices as singleton, type DevicesEvents } from './devices'

const setup = (infos: MediaDeviceInfo[] = [], permission?: PermissionState) => {
  const fake = new FakeMediaDevices()
  fake.infos = infos
  const tasks = new Set<() => void>()
  const runtime: Runtime = {
    ...RUNTIME,
    mediaDevices: () => fake.devices,
    after: (_, task) => {
      tasks.add(task)
      return () => tasks.delete(task)
    },
  }
  const settle = async (): Promise<void> => {
    for (const task of [...tasks]) {
      tasks.delete(task)
      task()
    }
    // The comparison waits for two lists, and each of those for the browser.
    for (let i = 0; i < 10; i++) await Promise.resolve()
  }
  return { fake, tasks, settle, devices: new Devices(runtime, async () => permission) }
}

const CAMERA = deviceInfo('videoinput', 'c1', 'Desk camera')
const OTHER = deviceInfo('videoinput', 'c2', 'Rear camera')
const MICROPHONE = deviceInfo('audioinput', 'm1', 'Desk microphone', 'g1')
const SPEAKER = deviceInfo('audiooutput', 's1', 'Desk speaker', 'g1')

describe('the list of devices', () => {
  it('speaks of cameras, microphones and speakers, and of one kind alone when asked', async () => {
    const { devices } = setup([MICROPHONE, CAMERA, OTHER, SPEAKER])
    expect((await devices.list()).map(({ kind, id }) => [kind, id])).toEqual([
      ['microphone', 'm1'],
      ['camera', 'c1'],
      ['camera', 'c2'],
      ['speaker', 's1'],
    ])
    expect(await devices.list('camera')).toEqual([
      { id: 'c1', label: 'Desk camera', kind: 'camera', groupId: '', isDefault: true },
      { id: 'c2', label: 'Rear camera', kind: 'camera', groupId: '', isDefault: false },
    ])
  })

  it("marks the device behind Chromium's aliases instead of listing it twice", async () => {
    const { devices } = setup([
      deviceInfo('audioinput', 'default', 'Default - Headset', 'g2'),
      deviceInfo('audioinput', 'communications', 'Communications - Headset', 'g2'),
      MICROPHONE,
      deviceInfo('audioinput', 'm2', 'Headset', 'g2'),
    ])
    expect((await devices.list()).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ['m1', false],
      ['m2', true],
    ])
  })

  it('keeps an alias that stands for no listed device', async () => {
    const { devices } = setup([deviceInfo('audioinput', 'default', 'Default', 'g0'), MICROPHONE])
    expect((await devices.list()).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ['default', true],
      ['m1', false],
    ])
  })
})

describe('the permission', () => {
  it.each(['granted', 'denied', 'prompt'] as const)('is what the browser says: %s', async (state) => {
    const { devices } = setup([], state)
    expect(await devices.permission('camera')).toBe(state)
  })

  it('is read off the labels of that kind where the browser does not say', async () => {
    const { devices } = setup([MICROPHONE, deviceInfo('videoinput', '', '')])
    expect(await devices.permission('microphone')).toBe('granted')
    expect(await devices.permission('camera')).toBe('unknown')
  })
})

describe('capturing', () => {
  it('gives the track of a chosen microphone, with what is known of it', async () => {
    const { devices, fake } = setup()
    const captured = devices.microphone({ deviceId: 'm1', echoCancellation: false })
    expect(fake.questions[0]?.constraints).toEqual({
      audio: { deviceId: { exact: 'm1' }, echoCancellation: false },
      video: false,
    })
    const track = new FakeTrack('audio', 'm1')
    fake.questions[0]?.allow(track)
    expect(await captured).toBe(track)
    expect(captureOf(track.track)?.source).toBe('microphone')
  })

  it('gives two cameras at the same time', async () => {
    const { devices, fake } = setup()
    const captured = [devices.camera({ deviceId: 'c1' }), devices.camera({ deviceId: 'c2', height: 720 })]
    const tracks = [new FakeTrack('video', 'c1'), new FakeTrack('video', 'c2')]
    for (const [i, track] of tracks.entries()) fake.questions[i]?.allow(track)
    expect(await Promise.all(captured)).toEqual(tracks)
  })

  it('does not mistake the signal for an option of the camera', async () => {
    const { devices, fake } = setup()
    const abort = new AbortController()
    const captured = devices.camera({ signal: abort.signal })
    expect(fake.questions[0]?.constraints).toEqual({ audio: false, video: {} })
    abort.abort(new Error('not needed'))
    await expect(captured).rejects.toThrow('not needed')
  })
})

describe('plugging in and out', () => {
  const watch = async (from: MediaDeviceInfo[]) => {
    const lab = setup(from)
    const heard: DevicesEvents['changed'][] = []
    const off = lab.devices.on('changed', (change) => heard.push(change))
    await lab.settle()
    return { ...lab, heard, off }
  }
  const ids = (list: readonly { id: string }[] | undefined) => list?.map(({ id }) => id)

  it('tells what came, what went and what there is', async () => {
    const { fake, heard, settle } = await watch([CAMERA, MICROPHONE])
    fake.plug(MICROPHONE, OTHER)
    await settle()
    expect(heard).toHaveLength(1)
    expect(ids(heard[0]?.added)).toEqual(['c2'])
    expect(ids(heard[0]?.removed)).toEqual(['c1'])
    expect(ids(heard[0]?.devices)).toEqual(['m1', 'c2'])
  })

  it('tells once of a headset whose parts come one after the other', async () => {
    const { fake, heard, tasks, settle } = await watch([CAMERA])
    fake.plug(CAMERA, MICROPHONE)
    fake.plug(CAMERA, MICROPHONE, SPEAKER)
    expect(tasks.size).toBe(1)
    await settle()
    expect(heard.map(({ added }) => ids(added))).toEqual([['m1', 's1']])
  })

  it('compares each time with the time before', async () => {
    const { fake, heard, settle } = await watch([CAMERA])
    fake.plug(CAMERA, OTHER)
    await settle()
    fake.plug(CAMERA)
    await settle()
    expect(heard.map(({ added, removed }) => [ids(added), ids(removed)])).toEqual([
      [['c2'], []],
      [[], ['c2']],
    ])
  })

  it('says nothing when nothing is different', async () => {
    const { fake, heard, settle } = await watch([CAMERA])
    fake.plug(CAMERA)
    await settle()
    expect(heard).toEqual([])
  })

  it('calls nothing plugged in or out when a permission only brings the names to light', async () => {
    const { fake, heard, settle } = await watch([deviceInfo('videoinput', '', ''), deviceInfo('audioinput', '', '')])
    fake.plug(CAMERA, OTHER, MICROPHONE)
    await settle()
    expect(heard).toMatchObject([{ added: [], removed: [] }])
    expect(ids(heard[0]?.devices)).toEqual(['c1', 'c2', 'm1'])
  })

  it('listens to the system from the first listener to the last', async () => {
    const { fake, devices, heard, off, settle } = await watch([CAMERA])
    const page = new AbortController()
    const second = vi.fn()
    devices.on('changed', second, { signal: page.signal })
    devices.once('changed', () => undefined)
    expect(fake.watchers).toBe(1)
    off()
    fake.plug(OTHER)
    await settle()
    expect(fake.watchers).toBe(1)
    page.abort()
    expect(fake.watchers).toBe(0)
    fake.plug(CAMERA)
    await settle()
    expect(heard).toEqual([])
    expect(second).toHaveBeenCalledTimes(1)
  })

  it('forgets a change under way when the last listener goes', async () => {
    const { fake, heard, off, tasks, settle } = await watch([CAMERA])
    fake.plug(OTHER)
    off()
    expect(tasks.size).toBe(0)
    await settle()
    expect(heard).toEqual([])
  })

  it('starts anew with a later listener', async () => {
    const { fake, devices, off, settle } = await watch([CAMERA])
    off()
    fake.infos = [OTHER]
    const later = vi.fn()
    devices.on('changed', later)
    await settle()
    fake.plug(OTHER, CAMERA)
    await settle()
    expect(later).toHaveBeenCalledTimes(1)
    expect(ids((later.mock.calls[0]?.[0] as DevicesEvents['changed']).added)).toEqual(['c1'])
  })

  it('stays silent where the page may not capture', () => {
    const { devices } = setup()
    const blind = new Devices({
      ...RUNTIME,
      mediaDevices: () => {
        throw new RtcError('media/insecure-context', 'insecure')
      },
    })
    expect(() => blind.on('changed', () => undefined)()).not.toThrow()
    expect(() => devices.off('changed', () => undefined)).not.toThrow()
  })
})

it('works in plain Node as far as saying that there is nothing to capture', async () => {
  await expect(singleton.list()).rejects.toMatchObject({ code: 'media/insecure-context' })
  await expect(singleton.permission('camera')).rejects.toMatchObject({ code: 'media/insecure-context' })
})
