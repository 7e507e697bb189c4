import { describe, expect, it } from 'vitest'
import { deferred } from '../base/wait'
import { FakeTrack } from '../testing/fake-media'
import { FakePeerConnection, type FakePeerConnectionOptions } from '../testing/fake-peer-connection'
import { FakeTasks } from '../testing/fake-peer-connection-tasks'
import type { PeerMessage } from './message'
import { FakeRuntime } from '../testing/fake-runtime'
import { Peer, type PeerOptions } from './peer'

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Two peers, and the messages between them as the test wants them carried. */
const pair = ({ engine = 'firefox', ...more }: Partial<PeerOptions> & Pick<FakePeerConnectionOptions, 'engine'> = {}) => {
  const tasks = new FakeTasks()
  const clock = new FakeRuntime()
  const make = (name: string, polite: boolean) => {
    const fake = new FakePeerConnection({ name, tasks, engine })
    const peer = new Peer({ polite, runtime: { createPeerConnection: () => fake.connection, after: clock.after }, logger: quiet, ...more })
    const sent: PeerMessage[] = []
    peer.on('signal', ({ message }) => sent.push(JSON.parse(JSON.stringify(message)) as PeerMessage))
    return { fake, peer, sent }
  }
  const impolite = make('impolite', false)
  const polite = make('polite', true)
  /** Carries everything there is, until there is no more. */
  const carry = async (order: (messages: PeerMessage[]) => PeerMessage[] = (messages) => messages): Promise<void> => {
    for (;;) {
      await tasks.drain()
      const [there, back] = [impolite.sent.splice(0), polite.sent.splice(0)]
      if (!there.length && !back.length) return
      for (const message of order(there)) void polite.peer.receive(message)
      for (const message of order(back)) void impolite.peer.receive(message)
    }
  }
  return { tasks, clock, impolite, polite, carry }
}

const track = (kind: 'audio' | 'video' = 'audio'): MediaStreamTrack => new FakeTrack(kind).track

const tick = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve()
}

const isOffer = (message: PeerMessage): boolean => 'description' in message && message.description.type === 'offer'

describe('Peer', () => {
  it('connects over anything that carries its messages, and says each step once', async () => {
    const { impolite, polite, carry } = pair()
    const states: string[] = []
    impolite.peer.on('stateChanged', ({ from, to }) => states.push(`${from} ${to}`))
    impolite.peer.addTrack(track())
    await carry()
    expect(states).toEqual(['new connecting', 'connecting connected'])
    expect(polite.peer.state).toBe('connected')
    impolite.peer.close()
    impolite.peer.close()
    expect(states.at(-1)).toBe('connected closed')
    expect(states).toHaveLength(3)
  })

  it.each(['chromium', 'firefox'] as const)('ends each generation with one empty candidate, as %s', async (engine) => {
    const { impolite, tasks } = pair({ engine })
    impolite.peer.addTrack(track())
    await tasks.drain()
    const candidates = impolite.sent.flatMap((message) => ('candidate' in message ? [message.candidate] : []))
    expect(candidates.map(({ candidate }) => candidate === '')).toEqual([false, false, true])
    expect(new Set(candidates.map(({ usernameFragment }) => usernameFragment))).toEqual(new Set(['impolite-1']))
    expect(candidates.at(-1)?.sdpMid).toBe('0')
  })

  it('lets the polite offer give way, and needs one section for a track from each side', async () => {
    const { impolite, polite, carry } = pair()
    const [here, there] = [track(), track()]
    impolite.peer.addTrack(here)
    const slot = polite.peer.addTrack(there)
    const before = slot.transceiver
    await carry()
    expect([polite.peer.counters.rollbacks, impolite.peer.counters.ignoredOffers]).toEqual([1, 1])
    expect(slot.transceiver).not.toBe(before)
    expect(slot.transceiver).toMatchObject({ mid: '0', currentDirection: 'sendrecv', sender: { track: there } })
    expect(impolite.fake.localDescription?.sections).toHaveLength(1)
    expect([impolite.fake.reachable, polite.fake.reachable]).toEqual([true, true])
  })

  it('connects when every candidate comes before its description', async () => {
    const { impolite, polite, carry } = pair()
    impolite.peer.addTrack(track())
    await carry((messages) => [...messages].sort((a, b) => Number('description' in a) - Number('description' in b)))
    expect([impolite.peer.state, polite.peer.state]).toEqual(['connected', 'connected'])
    expect(polite.peer.counters.candidatesDropped).toBe(0)
  })

  it('drops the candidates of an offer that it ignored, and counts them', async () => {
    const { impolite, polite, carry } = pair()
    impolite.peer.addTrack(track())
    await carry()
    polite.peer.restartIce()
    impolite.peer.addTrack(track('video'))
    const answered: number[] = []
    impolite.peer.on('described', ({ type }) => type === 'offer' && answered.push(impolite.peer.counters.candidatesDropped))
    await carry()
    expect(impolite.peer.counters.ignoredOffers).toBe(1)
    // Two candidates and their end belonged to the restart that gave way; they went with the answer that came next, before
    // the restart was offered again and came through.
    expect(answered).toEqual([3])
    expect(impolite.peer.counters.candidatesDropped).toBe(3)
    expect(impolite.fake.remoteDescription?.sections[0]?.ufrag).toBe(polite.fake.localDescription?.sections[0]?.ufrag)
    expect(impolite.fake.reachable).toBe(true)
  })

  it('counts and drops what is no message, and an answer that nobody asked for', async () => {
    const { impolite, carry } = pair()
    await impolite.peer.receive({ description: { type: 'rollback' } })
    await impolite.peer.receive('nonsense')
    await carry()
    void impolite.peer.receive({ description: { type: 'answer', sdp: 'v=0\r\n' } })
    await carry()
    expect(impolite.peer.counters.invalidMessages).toBe(3)
    expect(impolite.peer.connection.signalingState).toBe('stable')
  })

  it('lets no picture rest that came while the place before it was still made to', async () => {
    const { impolite: { fake, peer }, tasks, carry } = pair()
    void peer.addTrack(track('video')).release()
    await carry()
    const sender = fake.getTransceivers()[0]?.sender ?? expect.fail('no sender')
    const set = sender.setParameters.bind(sender)
    const other = deferred<void>()
    sender.setParameters = async () => {
      sender.setParameters = set
      // Other parameters came between the two.
      await other.promise
      throw new DOMException('Read them again.', 'InvalidStateError')
    }
    const slot = peer.addTrack(null, { kind: 'video' })
    await tasks.drain()
    void slot.replace(track('video'))
    await tasks.drain()
    other.resolve()
    await tasks.drain()
    expect([fake.getTransceivers().length, sender.track?.kind, sender.active]).toEqual([1, 'video', true])
  })

  it('lets the encodings of a picture rest while there is none, and go on with it', async () => {
    const { polite, carry } = pair({ engine: 'firefox' })
    const slot = polite.peer.addTrack(track('video'))
    await carry()
    const { sender } = slot.transceiver as unknown as { sender: { active: boolean } }
    const seen = [sender.active]
    for (const next of [null, track('video')]) {
      const replaced = slot.replace(next)
      await carry()
      await replaced
      seen.push(sender.active)
    }
    expect(seen).toEqual([true, false, true])
  })

  it('offers nothing while there is nothing to offer', async () => {
    const { polite, carry } = pair({ engine: 'chromium' })
    polite.peer.negotiate()
    polite.peer.restartIce()
    await carry()
    expect([polite.sent, polite.peer.connection.signalingState]).toEqual([[], 'stable'])
  })

  it('rejects a description with more sections than any page has, before the browser sees it', async () => {
    const { polite, carry } = pair({ engine: 'firefox' })
    const sdp = 'v=0\r\n' + 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'.repeat(200)
    const refused = polite.peer.receive({ description: { type: 'offer', sdp } })
    await carry()
    await expect(refused).rejects.toMatchObject({ code: 'peer/invalid-description' })
    expect([polite.peer.connection.signalingState, polite.peer.connection.getTransceivers()]).toEqual(['stable', []])
  })

  it.each(['chromium', 'firefox'] as const)('rejects a description that the browser refuses, and goes on, as %s', async (engine) => {
    const { impolite, polite, carry, tasks } = pair({ engine })
    polite.peer.addTrack(track())
    await tasks.drain()
    const refused = polite.peer.receive({ description: { type: 'offer', sdp: 'nonsense' } })
    await tasks.drain()
    await expect(refused).rejects.toMatchObject({ code: 'peer/invalid-description' })
    // Our own offer is open in Chromium and rolled back in Firefox by now; either way the next one comes through.
    const offers = polite.sent.filter(isOffer)
    polite.sent.splice(0, polite.sent.length, ...polite.sent.filter((message) => !isOffer(message) || message === offers.at(-1)))
    await carry()
    expect([impolite.peer.state, polite.peer.state]).toEqual(['connected', 'connected'])
  })

  it.each([
    ['chromium', 'new'],
    ['chromium', 'gathering'],
    ['firefox', 'new'],
    ['firefox', 'gathering'],
  ] as const)('connects when its first offer gives way before anything was found for it, as %s, %s', async (engine, gathered) => {
    const { impolite, polite, carry, tasks, clock } = pair({ engine })
    impolite.peer.addTrack(track())
    await tasks.drain()
    polite.peer.addTrack(track())
    while (polite.peer.connection.signalingState === 'stable' || polite.fake.iceGatheringState !== gathered) {
      tasks.run('polite')
      await tick()
    }
    expect(polite.sent.filter((message) => 'candidate' in message)).toEqual([])
    for (const message of impolite.sent.splice(0)) void polite.peer.receive(message)
    await carry()
    expect([impolite.peer.state, polite.peer.state]).toEqual(['connected', 'connected'])
    expect([polite.peer.counters.rollbacks, clock.timers]).toEqual([1, 0])
  })

  it('gives way after a second where nothing is ever found for its first offer', async () => {
    const { impolite, polite, tasks, clock } = pair()
    polite.fake.dispatchEvent = (event) => event.type === 'icecandidate' || EventTarget.prototype.dispatchEvent.call(polite.fake, event)
    impolite.peer.addTrack(track())
    polite.peer.addTrack(track())
    await tasks.drain()
    void polite.peer.receive(impolite.sent.find(isOffer))
    await tasks.drain()
    clock.advance(999)
    await tasks.drain()
    expect(polite.peer.connection.signalingState).toBe('have-local-offer')
    clock.advance(1)
    await tasks.drain()
    expect([polite.peer.counters.rollbacks, clock.timers]).toEqual([1, 0])
  })

  it('offers again what went down with an offer that nobody could read', async () => {
    const { polite, impolite, carry, tasks } = pair()
    impolite.peer.addTrack(track())
    await carry()
    polite.peer.negotiate()
    await tasks.drain()
    expect(polite.sent.filter(isOffer)).toHaveLength(1)
    void polite.peer.receive({ description: { type: 'offer', sdp: 'nonsense' } })
    await tasks.drain()
    expect(polite.sent.filter(isOffer)).toHaveLength(2)
  })

  it('is ready for the next offer where the browser could not answer one', async () => {
    // Chromium, whose own first offer had its data section elsewhere.
    const { polite, impolite, tasks } = pair({ engine: 'chromium' })
    impolite.peer.createChannel('data')
    polite.peer.addTrack(track())
    polite.peer.createChannel('data')
    await tasks.drain()
    const received = polite.peer.receive(impolite.sent.find(isOffer))
    await tasks.drain()
    await expect(received).rejects.toMatchObject({ code: 'peer/invalid-description' })
    expect(polite.peer.connection.signalingState).not.toBe('have-remote-offer')
  })

  it('takes a free place of the kind before it adds one, and only of the kind', async () => {
    const { impolite, polite, carry } = pair()
    const first = impolite.peer.addTrack(track())
    await carry()
    void first.release()
    impolite.peer.addTrack(track())
    polite.peer.addTrack(track())
    await carry()
    expect(impolite.fake.localDescription?.sections).toHaveLength(1)
    impolite.peer.addTrack(track('video'))
    impolite.peer.addTrack(track())
    await carry()
    expect(impolite.fake.localDescription?.sections.map(({ kind }) => kind)).toEqual(['audio', 'video', 'audio'])
  })

  it('gives a released place back to nothing, and replaces no more there', async () => {
    const { impolite, carry } = pair()
    const slot = impolite.peer.addTrack(track())
    await carry()
    const released = slot.release()
    await carry()
    await released
    await slot.replace(track())
    await slot.release()
    expect(slot.transceiver).toMatchObject({ direction: 'recvonly', currentDirection: 'inactive', sender: { track: null } })
  })

  it('reserves a place without a track, which needs a kind', async () => {
    const { impolite, polite, carry } = pair()
    expect(() => impolite.peer.addTrack(null)).toThrow(expect.objectContaining({ code: 'usage/invalid-argument' }))
    const slot = impolite.peer.addTrack(null, { kind: 'video' })
    await carry()
    const needed = polite.fake.localDescription?.sdp
    const media = track('video')
    const replaced = slot.replace(media)
    await carry()
    await replaced
    expect(slot.transceiver.sender.track).toBe(media)
    expect(polite.fake.localDescription?.sdp).toBe(needed)
  })

  it('settles what waits when it is closed, and opens nothing more', async () => {
    const { impolite, polite, tasks } = pair()
    const slot = impolite.peer.addTrack(track())
    await tasks.drain()
    const offer = impolite.sent.find(isOffer)
    const waiting = [slot.replace(track()), slot.release(), polite.peer.receive(offer)]
    // Under way, so that they would never settle by themselves (webrtc-pc, 4.4.1.2).
    await tick()
    impolite.peer.close()
    polite.peer.close()
    await Promise.all(waiting)
    await polite.peer.receive(offer)
    expect(() => impolite.peer.addTrack(track())).toThrow(expect.objectContaining({ code: 'usage/closed' }))
    expect(() => impolite.peer.createChannel('late')).toThrow(expect.objectContaining({ code: 'usage/closed' }))
  })

  it('leaves the first offer to the other side where it is told to', async () => {
    const { polite, tasks } = pair({ answersFirst: true })
    polite.peer.addTrack(track())
    await tasks.drain()
    expect(polite.sent).toEqual([])
  })

  it('tells what came before it answers, with all that was in the message', async () => {
    const { impolite, polite, tasks } = pair()
    const seen: unknown[] = []
    polite.peer.on('described', ({ message, type }) =>
      seen.push({ names: (message as { names: unknown }).names, type, state: polite.peer.connection.signalingState }),
    )
    impolite.peer.addTrack(track())
    await tasks.drain()
    void polite.peer.receive({ ...impolite.sent.find(isOffer), names: ['aki'] })
    await tasks.drain()
    expect(seen).toEqual([{ names: ['aki'], type: 'offer', state: 'have-remote-offer' }])
  })

  it('asks for the way it was told to use', () => {
    const configs: RTCConfiguration[] = []
    const runtime = {
      after: () => () => undefined,
      createPeerConnection: (config: RTCConfiguration) => {
        configs.push(config)
        return new FakePeerConnection({ name: 'a', tasks: new FakeTasks() }).connection
      },
    }
    new Peer({ polite: true, iceServers: [{ urls: 'stun:stun.example.com' }], iceTransportPolicy: 'relay', runtime })
    expect(configs).toEqual([
      { iceServers: [{ urls: 'stun:stun.example.com' }], iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle' },
    ])
  })
})
