import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Link } from '../../src/link/link'
import { arrived, LinkRoom } from './link-room'

let room: LinkRoom
beforeEach(() => (room = new LinkRoom()))
afterEach(() => room.close())

const PATIENCE = { timeout: 15_000, interval: 50 }

const flows = async (link: Link, id: string): Promise<void> => {
  const before = await arrived(link, id)
  await vi.waitFor(async () => expect(await arrived(link, id)).toBeGreaterThan(before + 3), PATIENCE)
}

/** Nothing arrived for as long as a dozen frames, or packets, take. */
const rests = async (link: Link, id: string): Promise<void> => {
  await vi.waitFor(async () => {
    const before = await arrived(link, id)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await arrived(link, id)).toBe(before)
  }, PATIENCE)
}

const talking = async (): Promise<[Link, Link]> => {
  const links: [Link, Link] = [room.link(0), room.link(1)]
  for (const [me, link] of links.entries()) for (const kind of ['audio', 'video'] as const) link.publish(room.track(kind, `${kind} of ${me}`))
  await vi.waitFor(() => expect(links.map(({ remoteTracks }) => remoteTracks.size)).toEqual([2, 2]), PATIENCE)
  for (const [me, link] of links.entries()) for (const kind of ['audio', 'video']) await flows(link, `${kind} of ${1 - me}`)
  return links
}

/** Pictures that an element shows: what is decoded need not get so far. */
const shows = async (link: Link, id: string): Promise<void> => {
  const element = document.createElement('video')
  element.muted = element.autoplay = true
  element.srcObject = new MediaStream([link.remoteTracks.get(id)?.mediaStreamTrack ?? expect.fail(`no ${id}`)])
  document.body.append(element)
  let shown = 0
  const look = (): void => {
    shown++
    element.requestVideoFrameCallback(look)
  }
  look()
  // The first is where we begin, and the second may be an old one.
  await vi.waitFor(() => expect(shown, id).toBeGreaterThan(5), PATIENCE)
  element.remove()
}

it('a call with sound and picture takes one offer and one answer', async () => {
  const links = await talking()
  const said = room.said.flatMap(({ description }) => (description as RTCSessionDescriptionInit | undefined)?.type ?? [])
  expect(said).toEqual(['offer', 'answer'])
  const directions = links.map(({ peer }) => peer?.connection.getTransceivers().map(({ currentDirection }) => currentDirection))
  expect(directions).toEqual([['sendrecv', 'sendrecv'], ['sendrecv', 'sendrecv']])
})

it('shows every picture once an offer of the polite side was rolled back', async () => {
  const links = await talking()
  for (const nth of ['second', 'third']) {
    for (const [me, link] of links.entries()) link.publish(room.track('video', `${nth} of ${me}`))
    for (const [me, link] of links.entries()) {
      await vi.waitFor(() => expect([...link.remoteTracks.keys()]).toContain(`${nth} of ${1 - me}`), PATIENCE)
      await flows(link, `${nth} of ${1 - me}`)
    }
    for (const link of links)
      for (const id of link.remoteTracks.keys()) if (!id.startsWith('audio')) await shows(link, id)
    expect(links[1].peer?.counters.rollbacks, nth).toBeGreaterThan(nth === 'second' ? 0 : 1)
  }
})

it.each([0, 1] as const)('goes on over another connection below the same tracks, when side %i rebuilds in the middle', async (who) => {
  const links = await talking()
  const peers = links.map(({ peer }) => peer)
  const tracks = links.map(({ remoteTracks }) => [...remoteTracks.values()])
  const media = tracks.map((of) => of.map(({ mediaStreamTrack }) => mediaStreamTrack))
  let changes = 0
  for (const track of tracks.flat()) track.on('mediaStreamTrackChanged', () => changes++)
  links[who].rebuild()
  await vi.waitFor(() => {
    expect(links.map(({ state }) => state)).toEqual(['connected', 'connected'])
    expect(changes).toBe(4)
  }, PATIENCE)
  for (const [me, link] of links.entries()) for (const kind of ['audio', 'video']) await flows(link, `${kind} of ${1 - me}`)
  expect(links.map(({ remoteTracks }) => [...remoteTracks.values()])).toEqual(tracks)
  for (const [me, of] of tracks.entries()) for (const [at, track] of of.entries()) expect(track.mediaStreamTrack).not.toBe(media[me]?.[at])
  expect(peers.map((peer) => peer?.connection.connectionState)).toEqual(['closed', 'closed'])
  expect(room.told.filter((line) => /left|lost|failed|closed|ice/.test(line))).toEqual([])
})

it.each([0, 1] as const)('waits for side %i, whose page is loaded anew, and goes on with it', async (who) => {
  const links = await talking()
  const stays = links[1 - who] as Link
  // What is left of a page: its connection closes, nobody says anything.
  links[who].peer?.connection.close()
  await vi.waitFor(() => expect(stays.state).toBe('interrupted'), PATIENCE)
  const back = room.link(who, 65_536)
  back.publish(room.track('video', 'again'))
  await vi.waitFor(() => expect([stays.state, back.state]).toEqual(['connected', 'connected']), PATIENCE)
  await vi.waitFor(() => expect([...stays.remoteTracks.keys()]).toEqual(['again']), PATIENCE)
  await flows(stays, 'again')
  await flows(back, `video of ${1 - who}`)
  await flows(back, `audio of ${1 - who}`)
  expect(room.told.filter((line) => /left|failed|ice/.test(line))).toEqual([])
})

it('brings no more packets of a paused track, and all of the others', async () => {
  const [a, b] = await talking()
  const seen = b.remoteTracks.get('video of 0')
  await seen?.pause()
  await rests(b, 'video of 0')
  await flows(b, 'audio of 0')
  await flows(a, 'video of 1')
  expect(seen?.muted).toBe(false)
  await seen?.resume()
  await flows(b, 'video of 0')
})

it('brings nothing while it is held, and mutes instead of taking away', async () => {
  const [a, b] = await talking()
  a.hold(true)
  await vi.waitFor(() => expect([...b.remoteTracks.values()].map(({ muted }) => muted)).toEqual([true, true]), PATIENCE)
  for (const kind of ['audio', 'video']) await rests(b, `${kind} of 0`)
  a.hold(false)
  for (const kind of ['audio', 'video']) await flows(b, `${kind} of 0`)
  expect([...b.remoteTracks.values()].map(({ muted }) => muted)).toEqual([false, false])
  expect(room.told.filter((line) => /lost/.test(line))).toEqual([])
})

it('hears that the other side closed, and did not merely vanish', async () => {
  const [a, b] = await talking()
  b.suspect()
  a.close()
  await vi.waitFor(() => expect(room.told.filter((line) => line === '1 left')).toEqual(['1 left']), PATIENCE)
})

it.each([0, 1] as const)('keeps a track of side %i paused', async (whose) => {
  const links = await talking()
  const id = `video of ${whose}`
  const to = links[1 - whose] ?? expect.fail('no link')
  await to.remoteTracks.get(id)?.pause()
  await rests(to, id)
  links[0].rebuild()
  await vi.waitFor(() => expect(links.map(({ state }) => state)).toEqual(['connected', 'connected']), PATIENCE)
  await flows(to, `audio of ${whose}`)
  await rests(to, id)
})
