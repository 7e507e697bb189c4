import { describe, expect, it } from 'vitest'
import { isRtcError } from '../base/errors'
import { body } from '../testing/native-world'
import { restartWorld } from '../testing/restart-world'
import { refused } from './errors'

const textOf = (failed: Promise<unknown>): Promise<string> =>
  failed.then(
    () => 'none',
    (error: unknown) => (isRtcError(error) ? error.message : String(error)),
  )

describe('what an error of signaling says', () => {
  it('is what the server said, or else the reason in words', () => {
    expect(refused('signaling/forbidden', 'Not you.').message).toBe('Not you.')
    expect(refused('signaling/recipient-offline').message).toBe('The server refused: signaling/recipient-offline')
  })

  it('names the limit of what is too large, and what helps where too much waits', async () => {
    const world = restartWorld()
    const alice = await world.join('alice')
    expect(await textOf(alice.messages.send('bob', 'x'.repeat(300_000)))).toBe('This has more than 256 KiB.')
    world.kill()
    const sent = Array.from({ length: 6 }, () => alice.messages.send('bob', 'x'.repeat(200_000)))
    expect(await textOf(Promise.race(sent))).toBe('Too much waits for the server: await each send.')
    for (const one of sent) one.catch(() => undefined)
  })

  it('is in the reason of a call that could not be placed', async () => {
    const world = restartWorld()
    const alice = await world.join('alice')
    const reasons: unknown[] = []
    const dialog = alice.session.invite('bob', { ...body, metadata: 'x'.repeat(300_000) })
    dialog.bind({ leg: () => undefined, progress: () => undefined, accepted: () => undefined, control: () => undefined, ended: (reason) => reasons.push(reason) })
    expect(reasons).toMatchObject([{ code: 'signaling/too-large', text: expect.stringContaining('256 KiB') }])
  })
})
