import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FakePeerConnection } from '../testing/fake-peer-connection'
import { received, World } from '../testing/world'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await world.close()
})

const pass = (ms: number): Promise<void> => world.pass(ms, 10)

/** A caller, and two devices that ring; from now on a frame takes 50 ms. */
const ringing = async () => {
  const aki = await world.online('aki')
  const rings = [received(await world.online('bob')), received(await world.online('bob'))]
  const outgoing = aki.call('bob')
  await world.settle()
  const [desk, phone] = rings.flat()
  if (!desk || !phone) throw new Error('It does not ring.')
  world.delayMs = () => 50
  const adding = vi.spyOn(FakePeerConnection.prototype, 'addIceCandidate')
  /** Which of the devices, counted as they answered, know where the caller can be reached. */
  const knowing = (): number[] => [1, 2].filter((at) => adding.mock.contexts.some((one) => one === world.connections[at]))
  return { outgoing, desk, phone, knowing }
}

describe('two devices that answer at the same moment', () => {
  it('look for a path to the caller only once the server says that the call is theirs, so that it hears of one alone', async () => {
    const { outgoing, desk, phone, knowing } = await ringing()
    void phone.accept()
    void desk.accept()
    await world.settle()
    // Both have answered its offer, and neither knows of the other.
    await pass(90)
    expect([world.connections.length, desk.state, phone.state, knowing()]).toEqual([3, 'connecting', 'connecting', []])
    await pass(20)
    expect(knowing()).toEqual([1])
    await pass(200)
    expect([outgoing.state, phone.state, desk.reason?.code]).toEqual(['active', 'active', 'call/answered-elsewhere'])
    expect([knowing(), world.connections.map(({ signalingState }) => signalingState)]).toEqual([[1], ['stable', 'stable', 'closed']])
  })

  it('answer the offer at once all the same: one flight from accept() to the caller is all that it takes', async () => {
    const { outgoing, phone } = await ringing()
    void phone.accept()
    await world.settle()
    await pass(100)
    expect([outgoing.state, phone.state]).toEqual(['active', 'active'])
  })
})
