import { describe, expect, it, vi } from 'vitest'
import { deferred } from '../base/wait'
import { FakeTrack } from '../testing/fake-media'
import { note } from './facts'
import './made'
import { LocalTrack } from './local-track'
import type { ProcessContext, TrackProcessor } from './processor'

const LOGGER = { debug: () => undefined, info: () => undefined, warn: vi.fn(), error: () => undefined }

/** Long enough for what loads late, too: it is there already. */
const tick = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** A published camera, and everything that was sent and told of it. */
const publish = (track?: FakeTrack, process?: TrackProcessor, stop = false) => {
  const told: string[] = []
  const sent: (MediaStreamTrack | null)[] = []
  const local = new LocalTrack({
    id: 'id', name: 'name', kind: 'video', source: 'camera', group: 'main', track: track?.track, process, stop, logger: LOGGER,
  })
  local.addOutlet({ update: async () => void sent.push(local.sending), remove: async () => undefined })
  for (const event of ['muted', 'unmuted', 'ended'] as const) local.on(event, () => told.push(event))
  local.on('processFailed', ({ error }) => told.push(error.code))
  return { local, told, sent }
}

/** A processor whose every run the test answers. */
const effect = () => {
  const runs: { readonly media: MediaStreamTrack; readonly context: ProcessContext; answer(track?: FakeTrack): FakeTrack; refuse(error: unknown): void }[] = []
  const processor: TrackProcessor = (media, context) => {
    const made = deferred<MediaStreamTrack>()
    runs.push({
      media,
      context,
      answer: (track = new FakeTrack('video')) => {
        made.resolve(track.track)
        return track
      },
      refuse: made.reject,
    })
    return made.promise
  }
  return { processor, runs, run: (i: number) => runs[i] ?? expect.fail(`no run ${i}`) }
}

describe('a processed track', () => {
  it('sends what was sent before until the result is there, then the result alone', async () => {
    const raw = new FakeTrack('video')
    const { local, told, sent } = publish(raw)
    const { processor, run } = effect()
    const processed = local.process(processor)
    await tick()
    expect([local.sending, run(0).media]).toEqual([raw, raw])
    const result = run(0).answer()
    await processed
    expect([local.sending, local.mediaStreamTrack, local.muted]).toEqual([result, result, false])
    expect([sent, told, raw.readyState]).toEqual([[result], [], 'live'])
  })

  it('sends nothing of what has not been processed when it is published so', async () => {
    const { processor, run } = effect()
    const { local, told, sent } = publish(new FakeTrack('video'), processor)
    await tick()
    expect([local.muted, local.sending, sent]).toEqual([true, null, []])
    const result = run(0).answer()
    await tick()
    expect([sent, told]).toEqual([[result], ['unmuted']])
  })

  it('sends nothing unprocessed either where the processor is there before the media', async () => {
    const { processor, run } = effect()
    const { local, sent } = publish()
    await local.process(processor)
    void local.adopt(new FakeTrack('video').track, true)
    await tick()
    expect([local.muted, local.sending]).toEqual([true, null])
    const result = run(0).answer()
    await tick()
    expect(sent).toEqual([null, result])
  })

  it('processes whatever media comes, and stops the result before', async () => {
    const { processor, run } = effect()
    const { local, sent } = publish(new FakeTrack('video'), processor)
    await tick()
    const first = run(0).answer()
    await tick()
    const other = new FakeTrack('video')
    const replaced = local.replace(other.track)
    await tick()
    expect([local.sending, run(1).media, run(0).context.signal.aborted]).toEqual([first, other, false])
    const second = run(1).answer()
    await replaced
    expect([sent, first.readyState, run(0).context.signal.aborted]).toEqual([[first, second], 'ended', true])
  })

  it('keeps what it has captured open until the result of what replaces it is sent', async () => {
    const { processor, run } = effect()
    const own = new FakeTrack('video')
    const { local } = publish(own, processor, true)
    await tick()
    run(0).answer()
    await tick()
    const replaced = local.replace(new FakeTrack('video').track)
    await tick()
    expect(own.readyState).toBe('live')
    run(1).answer()
    await replaced
    expect(own.readyState).toBe('ended')
  })

  it('keeps open what is still shown while one replacement overtakes another', async () => {
    const { processor, run } = effect()
    const [first, second, third] = [new FakeTrack('video'), new FakeTrack('video'), new FakeTrack('video')]
    const { local } = publish(first, processor, true)
    await tick()
    const shown = run(0).answer()
    await tick()
    void local.replace(second.track, { stop: true })
    await tick()
    const replaced = local.replace(third.track, { stop: true })
    await tick()
    expect([local.sending, first.readyState]).toEqual([shown, 'live'])
    void local.process(processor)
    await tick()
    expect([local.sending, first.readyState, third.readyState]).toEqual([shown, 'live', 'live'])
    run(3).answer()
    await replaced
    await tick()
    expect([first, second, third].map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'live'])
    await local.unpublish()
    expect(third.readyState).toBe('ended')
  })

  it('stops the processing with the device, and begins again with it', async () => {
    const { processor, run } = effect()
    const raw = new FakeTrack('video')
    const again = new FakeTrack('video')
    note(raw.track, { source: 'camera', group: 'main', recapture: async () => again.track })
    const { local, sent } = publish(raw, processor)
    await tick()
    run(0).answer()
    await tick()
    await local.mute({ release: true })
    expect([run(0).context.signal.aborted, local.mediaStreamTrack]).toEqual([true, undefined])
    const unmuted = local.unmute()
    await tick()
    expect([local.muted, run(1).media]).toEqual([true, again])
    const second = run(1).answer()
    await unmuted
    expect(sent.at(-1)).toBe(second)
  })

  it('goes on while it is muted, so that a preview does', async () => {
    const { processor, run } = effect()
    const { local, sent } = publish(new FakeTrack('video'), processor)
    await tick()
    const result = run(0).answer()
    await tick()
    await local.mute()
    expect([local.mediaStreamTrack, local.sending]).toEqual([result, null])
    await local.unmute()
    expect(sent).toEqual([result, null, result])
  })

  it('sends the media itself again when the processor is taken away', async () => {
    const raw = new FakeTrack('video')
    const { processor, run } = effect()
    const { local, sent } = publish(raw, processor)
    await tick()
    const result = run(0).answer()
    await tick()
    await local.process(null)
    expect([sent.at(-1), result.readyState, run(0).context.signal.aborted]).toEqual([raw, 'ended', true])
  })

  it('does the last of what it is asked for, and stops what comes too late', async () => {
    const { local } = publish(new FakeTrack('video'))
    const [slow, quick] = [effect(), effect()]
    const both = [local.process(slow.processor)]
    await tick()
    both.push(local.process(quick.processor))
    await tick()
    const result = quick.run(0).answer()
    expect(await Promise.all(both)).toEqual([undefined, undefined])
    const late = slow.run(0).answer()
    await tick()
    expect([local.sending, late.readyState, slow.run(0).context.signal.aborted]).toEqual([result, 'ended', true])
  })

  it('does not fail for a processor that nobody waits for any more', async () => {
    const { local } = publish(new FakeTrack('video'))
    const slow = effect()
    const overtaken = local.process(slow.processor)
    await tick()
    await local.process(null)
    slow.run(0).refuse(new Error('aborted'))
    await overtaken
    expect(local.muted).toBe(false)
  })

  it('is muted, and says so where it was asked for, when the processor does not start', async () => {
    const { local, told, sent } = publish(new FakeTrack('video'))
    const cause = new Error('no model')
    await expect(local.process(() => Promise.reject(cause))).rejects.toMatchObject({ code: 'media/process-failed', cause })
    expect([local.muted, sent, told]).toEqual([true, [null], ['muted']])
    await expect(
      local.process(() => {
        throw cause
      }),
    ).rejects.toMatchObject({ cause })
  })

  it('is muted, and tells, when the processor breaks; unmute tries it once more', async () => {
    const { processor, run } = effect()
    const { local, told, sent } = publish(new FakeTrack('video'), processor)
    await tick()
    const first = run(0).answer()
    await tick()
    run(0).context.failed(new Error('lost the context'))
    expect([local.muted, local.mediaStreamTrack]).toEqual([true, undefined])
    await tick()
    expect([sent, told, first.readyState]).toEqual([[first, null], ['unmuted', 'muted', 'media/process-failed'], 'ended'])
    const unmuted = local.unmute()
    await tick()
    const second = run(1).answer()
    await unmuted
    expect([sent.at(-1), local.muted]).toEqual([second, false])
  })

  it('takes the end of the result for a failure, but not where the media ended', async () => {
    const { processor, run } = effect()
    const raw = new FakeTrack('video')
    const { local, told } = publish(raw, processor)
    await tick()
    const result = run(0).answer()
    await tick()
    result.end()
    await tick()
    expect([told.at(-1), local.muted]).toEqual(['media/process-failed', true])
    const again = local.unmute()
    await tick()
    const other = run(1).answer()
    await again
    raw.stop()
    other.end()
    raw.end()
    await tick()
    expect([told.at(-1), told.filter((line) => line === 'media/process-failed')]).toEqual(['ended', ['media/process-failed']])
  })

  it('takes no result that has ended already', async () => {
    const { local } = publish(new FakeTrack('video'))
    const ended = new FakeTrack('video')
    ended.stop()
    await expect(local.process(() => ended.track)).rejects.toMatchObject({ code: 'media/process-failed' })
    expect(local.sending).toBeNull()
  })

  it('tells of media that came with the call and could not be processed', async () => {
    const { local, told } = publish(undefined, () => Promise.reject(new Error('no model')))
    await local.adopt(new FakeTrack('video').track, true)
    expect([told, local.sending]).toEqual([['media/process-failed'], null])
  })

  it('stops everything with itself, also a processor that never answers', async () => {
    const { processor, run } = effect()
    const own = new FakeTrack('video')
    const { local } = publish(own, processor, true)
    await tick()
    const first = run(0).answer()
    await tick()
    const next = new FakeTrack('video')
    const replaced = local.replace(next.track, { stop: true })
    await tick()
    await local.unpublish()
    await replaced
    expect([own, first, next].map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'ended'])
    expect([run(0), run(1)].map(({ context }) => context.signal.aborted)).toEqual([true, true])
    await expect(local.process(null)).rejects.toMatchObject({ code: 'usage/closed' })
  })

  it('may be given its own media back', async () => {
    const raw = new FakeTrack('video')
    const { local, sent } = publish(raw)
    await local.process((track) => track)
    await local.process(null)
    expect([sent, raw.readyState]).toEqual([[raw, raw], 'live'])
  })
})
