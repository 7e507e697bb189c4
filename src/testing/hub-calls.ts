import { hubWorld } from './hub-world'
import type { RawClient, RawFrame } from './raw-client'

export const MEDIA = { audio: true, video: true }
export const invite = (to: string, call = 'c') => ({ type: 'invite', call, to, media: MEDIA, metadata: { why: 'hi' } })
export const leg = (message: object, call = 'c') => ({ type: 'leg', call, message })
export const end = (code: string, call = 'c') => ({ type: 'end', call, code })

/** What a client heard about calls, without the numbers. */
export const heard = (client: RawClient): readonly RawFrame[] =>
  client.frames
    .filter((frame) => 'call' in frame)
    .map((frame) => Object.fromEntries(Object.entries(frame).filter(([field]) => field !== 'n')) as RawFrame)
export const types = (client: RawClient): readonly string[] => heard(client).map(({ type, code }) => (typeof code === 'string' ? code : type))

/** A world in which these have joined and the first has called the second user. */
export const called = async (tokens: readonly string[], options: Parameters<typeof hubWorld>[0] = {}, to = 'bob') => {
  const world = hubWorld(options)
  const clients: RawClient[] = []
  for (const token of tokens) clients.push(await world.join(token))
  clients[0]?.number(invite(to))
  await world.runtime.settle()
  const [alice, bob, third, fourth] = clients as [RawClient, RawClient, RawClient, RawClient]
  return { ...world, alice, bob, third, fourth, settle: () => world.runtime.settle() }
}
