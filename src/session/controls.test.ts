import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, ringing, talking, third, World } from '../testing/world'
import type { Call } from './call'
import type { HoldState } from './controls'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import '../signaling/transfer'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

/** What goes out of the connection of the n-th who made one. */
const sent = (n: number): string[] => (world.connections[n]?.connection.getTransceivers() ?? []).flatMap(({ mid, sender }) => (mid && sender.track?.id) || [])

/** Two people who talk, of whom both publish a track. */
const speaking = async () => {
  const both = await talking(world)
  void both.outgoing.local.publish(new FakeTrack('audio', 'akis').track, { name: 'voice' })
  void both.incoming.local.publish(new FakeTrack('audio', 'bobs').track, { name: 'voice' })
  await world.settle()
  return both
}

const dropped = (): number => world.details.filter((line) => line === 'control message dropped').length

const holds = (call: Call): HoldState[] => {
  const seen: HoldState[] = []
  call.on('holdChanged', (held) => seen.push(held))
  return seen
}

describe('a held call', () => {
  it('carries no media either way, and shows its tracks muted, until it goes on', async () => {
    const { outgoing, incoming } = await speaking()
    const [ours, theirs] = [holds(outgoing), holds(incoming)]
    expect([sent(0), sent(1)]).toEqual([['audio-akis'], ['audio-bobs']])
    void outgoing.hold()
    await world.settle()
    expect([sent(0), sent(1)]).toEqual([[], []])
    expect([ours, theirs]).toEqual([[{ local: true, remote: false }], [{ local: false, remote: true }]])
    expect([outgoing, incoming].map(({ remote }) => remote.tracks.map(({ muted }) => muted))).toEqual([[true], [true]])
    expect([outgoing, incoming].map(({ local }) => local.tracks.map(({ muted }) => muted))).toEqual([[false], [false]])
    void outgoing.resume()
    await world.settle()
    expect([sent(0), sent(1)]).toEqual([['audio-akis'], ['audio-bobs']])
    expect([ours.at(-1), theirs.at(-1), outgoing.held, incoming.held]).toEqual(Array(4).fill({ local: false, remote: false }))
    expect([outgoing, incoming].map(({ remote }) => remote.tracks.map(({ muted }) => muted))).toEqual([[false], [false]])
  })

  it('negotiates nothing', async () => {
    const { outgoing } = await speaking()
    const before = world.connections.map(({ connection }) => connection.localDescription?.sdp)
    void outgoing.hold()
    await world.settle()
    void outgoing.resume()
    await world.settle()
    expect(world.connections.map(({ connection }) => connection.localDescription?.sdp)).toEqual(before)
  })

  it('is held until both sides have let go of it', async () => {
    const { outgoing, incoming } = await speaking()
    void outgoing.hold()
    void incoming.hold()
    await world.settle()
    expect([outgoing.held, incoming.held]).toEqual(Array(2).fill({ local: true, remote: true }))
    void outgoing.resume()
    await world.settle()
    expect([outgoing.held, incoming.held, sent(0), sent(1)]).toEqual([{ local: false, remote: true }, { local: true, remote: false }, [], []])
    void incoming.resume()
    await world.settle()
    expect([sent(0), sent(1)]).toEqual([['audio-akis'], ['audio-bobs']])
  })

  it('says a thing once, however often it is held', async () => {
    const { outgoing, incoming } = await speaking()
    const theirs = holds(incoming)
    await Promise.all([outgoing.hold(), outgoing.hold(), outgoing.hold()])
    await world.settle()
    expect(theirs).toHaveLength(1)
  })

  it('leaves the wishes of the app alone: what it mutes, replaces and publishes meanwhile comes when the call goes on', async () => {
    const { outgoing, incoming } = await speaking()
    void outgoing.hold()
    await world.settle()
    const [voice] = outgoing.local.tracks
    void voice?.replace(new FakeTrack('audio', 'other').track)
    const video = outgoing.local.publish(new FakeTrack('video', 'cam').track, { name: 'cam' })
    await world.settle()
    void (await video).mute()
    void incoming.local.tracks[0]?.mute()
    await world.settle()
    expect([sent(0), sent(1), incoming.remote.tracks.map(({ name, muted }) => [name, muted])]).toEqual([[], [], [['voice', true], ['cam', true]]])
    void outgoing.resume()
    await world.settle()
    expect([sent(0), sent(1)]).toEqual([['audio-other'], []])
    void (await video).unmute()
    await world.settle()
    expect(sent(0)).toEqual(['audio-other', 'video-cam'])
  })

  it('asks nothing of the devices', async () => {
    const { outgoing } = await talking(world)
    const track = new FakeTrack('audio', 'mic')
    void outgoing.local.publish(track.track, { stop: true })
    await world.settle()
    const asked = world.media.questions.length
    void outgoing.hold()
    await world.settle()
    void outgoing.resume()
    await world.settle()
    expect([track.readyState, world.media.questions.length]).toEqual(['live', asked])
  })

  it('can be held while its path is lost, and is held when that is back', async () => {
    const { outgoing, incoming } = await speaking()
    await world.path('disconnected')
    void outgoing.hold()
    await world.settle()
    expect([outgoing.state, incoming.held]).toEqual(['reconnecting', { local: false, remote: true }])
    await world.path('connected')
    expect([outgoing.state, sent(0), sent(1)]).toEqual(['active', [], []])
  })

  it('is one that was accepted and has not ended', async () => {
    const { outgoing, incoming } = await ringing(world)
    expect([await codeOf(outgoing.hold()), await codeOf(incoming.resume())]).toEqual(Array(2).fill('usage/invalid-state'))
    void outgoing.hangUp()
    await world.settle()
    expect([await codeOf(outgoing.hold()), outgoing.held]).toEqual(['usage/invalid-state', { local: false, remote: false }])
  })

  it('rests while another one is talked in', async () => {
    const { aki, outgoing } = await speaking()
    void outgoing.hold()
    await world.settle()
    const { talksWith } = await third(world)
    const [second] = await talksWith(aki)
    void second.local.publish(new FakeTrack('audio', 'second').track)
    await world.settle()
    expect([sent(0), sent(2), outgoing.state, second.state]).toEqual([[], ['audio-second'], 'active', 'active'])
    void second.hangUp()
    await world.settle()
    void outgoing.resume()
    await world.settle()
    expect([sent(0), outgoing.state]).toEqual([['audio-akis'], 'active'])
  })
})

describe('keys', () => {
  const heard = (call: Call): [string, number][] => {
    const tones: [string, number][] = []
    call.on('dtmfReceived', ({ tone }) => tones.push([tone, world.runtime.now()]))
    return tones
  }

  it('arrive one after the other, at the pace of a telephone, with pauses', async () => {
    const { outgoing, incoming } = await talking(world)
    const tones = heard(incoming)
    const sent = outgoing.sendDtmf('1a,#')
    await world.runtime.elapse(4_000)
    await sent
    const start = tones[0]?.[1] ?? NaN
    expect(tones.map(([tone, at]) => [tone, at - start])).toEqual([['1', 0], ['A', 170], ['#', 2_340]])
  })

  it('keep the pace they are told, within what W3C allows', async () => {
    const { outgoing, incoming } = await talking(world)
    const tones = heard(incoming)
    void outgoing.sendDtmf('12', { durationMs: 400, gapMs: 100 })
    void outgoing.sendDtmf('34', { durationMs: 1, gapMs: 1 })
    await world.runtime.elapse(2_000)
    const start = tones[0]?.[1] ?? NaN
    expect(tones.map(([tone, at]) => [tone, at - start])).toEqual([['1', 0], ['2', 500], ['3', 1_000], ['4', 1_070]])
  })

  it('are keys of a telephone', async () => {
    const { outgoing } = await talking(world)
    expect([await codeOf(outgoing.sendDtmf('12E')), await codeOf(outgoing.sendDtmf('1 2')), await codeOf(outgoing.sendDtmf(''))]).toEqual([
      'usage/invalid-argument',
      'usage/invalid-argument',
      'resolved',
    ])
  })

  it('need a call that is active and not held', async () => {
    const { outgoing, incoming } = await ringing(world)
    expect([await codeOf(outgoing.sendDtmf('1')), await codeOf(incoming.sendDtmf('1'))]).toEqual(Array(2).fill('usage/invalid-state'))
    void incoming.accept()
    await world.settle()
    void incoming.hold()
    await world.settle()
    expect([await codeOf(outgoing.sendDtmf('1')), await codeOf(incoming.sendDtmf('1'))]).toEqual(Array(2).fill('usage/invalid-state'))
  })

  it('stop where the call is held or ends in the middle, and leave no timer', async () => {
    const { outgoing, incoming } = await talking(world)
    const tones = heard(incoming)
    const held = codeOf(outgoing.sendDtmf('1234'))
    await world.runtime.elapse(200)
    void outgoing.hold()
    await world.runtime.elapse(1_000)
    expect([await held, tones.map(([tone]) => tone)]).toEqual(['usage/invalid-state', ['1', '2']])
    void outgoing.resume()
    await world.settle()
    const timers = world.runtime.timers
    const ended = outgoing.sendDtmf('5678')
    await world.runtime.elapse(10)
    void outgoing.hangUp()
    await world.settle()
    expect(await codeOf(ended)).not.toBe('resolved')
    expect(world.runtime.timers).toBeLessThanOrEqual(timers)
  })
})

describe('asking the other side to mute', () => {
  it('leaves it to them', async () => {
    const { outgoing, incoming } = await speaking()
    const asked: unknown[] = []
    incoming.on('muteRequested', ({ track }) => asked.push(track))
    const [theirs] = outgoing.remote.tracks
    if (!theirs) throw new Error('no track')
    void outgoing.remote.requestMute(theirs)
    await world.settle()
    expect([asked, incoming.local.tracks.map(({ muted }) => muted)]).toEqual([incoming.local.tracks, [false]])
  })

  it('is about tracks of theirs alone', async () => {
    const { outgoing, incoming } = await speaking()
    const [own] = incoming.remote.tracks
    if (!own) throw new Error('no track')
    expect(await codeOf(outgoing.remote.requestMute(own))).toBe('usage/invalid-argument')
  })
})

it('drops what it does not understand of the other side', async () => {
  const { outgoing, incoming } = await talking(world)
  const events: unknown[] = []
  for (const name of ['holdChanged', 'dtmfReceived', 'muteRequested', 'transferRequested', 'transferred'] as const)
    incoming.on(name, (event) => events.push(event))
  for (const message of [
    { kind: 'held' },
    { kind: 'held', held: 1 },
    { kind: 'dtmf', tone: '12' },
    { kind: 'dtmf', tone: ['1'] },
    { kind: 'mute-request', id: 7 },
    { kind: 'mute-request' },
    { kind: 'transfer', id: 1 },
    { kind: 'transfer', id: 1, to: '' },
    { kind: 'transfer', id: 1, to: 'carol', replaces: { call: 'x' } },
    { kind: 'transferred', code: 7 },
    { kind: 'of the next version' },
  ])
    void outgoing.dialog.control(message)
  await world.settle()
  expect([events, dropped(), incoming.state]).toEqual([[], 11, 'active'])
})

it('hears nothing of a caller whose call is not accepted', async () => {
  const { outgoing, incoming } = await ringing(world)
  const events: unknown[] = []
  incoming.on('holdChanged', (event) => events.push(event))
  incoming.on('transferRequested', (event) => events.push(event))
  void outgoing.dialog.control({ kind: 'held', held: true })
  void outgoing.dialog.control({ kind: 'transfer', id: 1, to: 'carol' })
  await world.settle()
  expect([events, dropped()]).toEqual([[], 2])
})
