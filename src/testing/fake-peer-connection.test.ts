import { describe, expect, it } from 'vitest'
import recorded from '../../tests/fixtures/jsep/sequences.json'
import { fakeWorld } from '../../tests/fixtures/jsep/fake-world'
import { run, type Step } from '../../tests/fixtures/jsep/sequences'

describe('FakePeerConnection', () => {
  it.each(['chromium', 'firefox'] as const)('does on every recorded walk what the browsers did, as %s', async (engine) => {
    expect(recorded.length).toBeGreaterThanOrEqual(200)
    const walked = await Promise.all(
      recorded.map(async ({ seed, steps }) => ({ seed, steps, outcome: await run(steps as Step[], fakeWorld(engine)) })),
    )
    for (const [index, walk] of walked.entries()) expect(walk).toEqual(recorded[index])
  })
})
