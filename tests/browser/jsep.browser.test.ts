import { expect, it } from 'vitest'
import { browserWorld } from '../fixtures/jsep/browser-world'
import { fakeWorld } from '../fixtures/jsep/fake-world'
import recorded from '../fixtures/jsep/sequences.json'
import { run, type Step, walk } from '../fixtures/jsep/sequences'

const engine = navigator.userAgent.includes('Firefox') ? 'firefox' : 'chromium'

/** A few at a time: most of a walk is waiting. */
const AT_ONCE = 35

it('this browser and the fake both do on every recorded walk what was recorded', async () => {
  expect(recorded.length).toBeGreaterThanOrEqual(200)
  const world = browserWorld()
  for (let i = 0; i < recorded.length; i += AT_ONCE)
    await Promise.all(
      recorded.slice(i, i + AT_ONCE).map(async ({ seed, steps, outcome }) => {
        const known = { seed, outcome }
        expect({ seed, outcome: await run(steps as Step[], world) }, 'browser').toEqual(known)
        expect({ seed, outcome: await run(steps as Step[], fakeWorld(engine)) }, 'fake').toEqual(known)
      }),
    )
  world.close()
}, 90_000)

it('the recorded walks are those that the generator makes', () => {
  for (const { seed, steps } of recorded) expect(walk(seed)).toEqual(steps)
})
