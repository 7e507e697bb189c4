import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeTrack } from '../testing/fake-media'
import { codeOf, talking, successors, third, World } from '../testing/world'
// Beforehand: what loads late takes longer than the steps in which these tests let time pass.
import '../signaling/transfer'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.close())

const pass = (ms?: number): Promise<void> => world.pass(ms)

/** Aki talks with Bob and with Carol, who both publish a microphone. */
const three = async () => {
  const { aki, bob, outgoing: ours, incoming: bobs } = await talking(world)
  const { carol, incoming, talksWith } = await third(world)
  const [asking, carols] = await talksWith(aki)
  for (const call of [bobs, carols]) void call.local.publish(new FakeTrack('audio', 'microphone').track)
  await pass()
  const rang = incoming.splice(0, 0)
  carol.on('callReceived', ({ call }) => rang.push(call))
  return { bob, carol, ours, bobs, asking, carols, rang }
}

describe('an app that listens for nothing that takes the place of its call', () => {
  it('is not put through: the request is declined, whatever it does with requests', async () => {
    const { bob, ours, bobs, rang } = await three()
    const done = codeOf(ours.transfer('carol'))
    await pass()
    expect([await done, bob.calls, bobs.state, ours.state, rang]).toEqual(['call/transfer-declined', [bobs], 'active', 'active', []])
    bobs.on('transferRequested', () => undefined)
    const again = codeOf(ours.transfer('carol'))
    await pass()
    expect([await again, bob.calls, world.warnings.filter((line) => line === 'nothing listens to transferred').length]).toEqual(['call/transfer-declined', [bobs], 2])
  })

  it('may begin to listen as it is asked', async () => {
    const { ours, bobs, rang } = await three()
    bobs.on('transferRequested', () => void successors(bobs))
    void ours.transfer('carol')
    await pass()
    expect(rang.length).toBe(1)
  })

  it('is not put through either as the third person of an attended transfer', async () => {
    const { carol, ours, bobs, asking, carols, rang } = await three()
    const next = successors(bobs)
    const done = codeOf(ours.transfer(asking))
    await pass()
    expect([await done, next[0]?.reason?.code, carol.calls, rang]).toEqual(['call/transfer-declined', 'call/transfer-declined', [carols], []])
    expect([ours, asking, bobs, carols].map(({ state }) => state)).toEqual(Array(4).fill('active'))
  })
})

describe('whoever holds a call', () => {
  it('holds the one that takes its place, and the third person hears so', async () => {
    const { ours, bobs, rang } = await three()
    const next = successors(bobs)
    await bobs.hold()
    void ours.transfer('carol')
    await pass()
    expect(next[0]?.held).toEqual({ local: true, remote: false })
    void rang[0]?.accept()
    await pass()
    expect([rang[0]?.held, rang[0]?.remote.tracks.map(({ muted }) => muted)]).toEqual([{ local: false, remote: true }, [true]])
    await next[0]?.resume()
    await pass()
    expect([rang[0]?.held.remote, rang[0]?.remote.tracks.map(({ muted }) => muted)]).toEqual([false, [false]])
  })

  it('holds it too as the third person of an attended transfer', async () => {
    const { ours, bobs, asking, carols } = await three()
    const [bobsNext, carolsNext] = [successors(bobs), successors(carols)]
    await carols.hold()
    void ours.transfer(asking)
    await pass()
    expect([carolsNext[0]?.held, bobsNext[0]?.held]).toEqual([{ local: true, remote: false }, { local: false, remote: true }])
    expect(bobsNext[0]?.remote.tracks.map(({ muted }) => muted)).toEqual([true])
  })
})
