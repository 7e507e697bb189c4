import type { Browser } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../setup/launch'
import { type PageServer, servePage } from '../setup/page-server'
import { type ServerProcess, startServer } from '../setup/server-process'
import { type Person, person } from './people'

let pages: PageServer
let server: ServerProcess
let chromium: Browser

beforeAll(async () => {
  pages = await servePage('tests/e2e/pages/call.ts')
  server = await startServer()
  chromium = await launch('chromium', { toneHz: 500 })
})
afterAll(async () => {
  await chromium.close()
  await server.close()
  await pages.close()
})

const enter = (browser: Browser, name: string): Promise<Person> => person(browser, pages.url, server.url, name)

/** How often what happened. */
interface Outcomes {
  crossed: number
  answered: number
}

/** Both call each other within `withinMs`: they are in one call with the smaller id, and hang up without leaving anything. */
const callEachOther = async (one: readonly [Person, string], other: readonly [Person, string], withinMs: number, outcomes: Outcomes): Promise<void> => {
  const delays = [Math.random() * withinMs, Math.random() * withinMs] as const
  const [ours, theirs] = await Promise.all([one[0].callSoon(other[1], delays[0]), other[0].callSoon(one[1], delays[1])])
  expect([ours.error, theirs.error, ours.id]).toEqual([undefined, undefined, theirs.id])
  const crossed = ours.direction === theirs.direction
  outcomes[crossed ? 'crossed' : 'answered']++
  // Where both were placed before either was heard of, that with the smaller id stays; otherwise the one that rang was answered.
  if (crossed) expect([ours.direction, ours.id]).toEqual(['outgoing', [ours.placed, theirs.placed].sort()[0]])
  else expect(ours.placed).toBe(theirs.placed)
  const [ender, hearer] = Math.random() < 0.5 ? [one[0], other[0]] : [other[0], one[0]]
  await ender.hangUp()
  expect(await Promise.all([ender.over(), hearer.over()])).toEqual(Array(2).fill({ code: 'call/hung-up', calls: 0, open: 0 }))
}

describe('two who call each other at once', () => {
  it('end in one call, 200 times with random delays', async () => {
    const outcomes: Outcomes = { crossed: 0, answered: 0 }
    const pairs = await Promise.all(
      [['aki', 'bob'], ['carol', 'dave']].map(async ([left = '', right = '']) => [[await enter(chromium, left), left], [await enter(chromium, right), right]] as const),
    )
    await Promise.all(
      pairs.map(async ([one, other]) => {
        for (let run = 0; run < 100; run++) await callEachOther(one, other, run % 2 ? 4 : 12, outcomes)
      }),
    )
    expect(outcomes.crossed + outcomes.answered).toBe(200)
    expect(outcomes.crossed, JSON.stringify(outcomes)).toBeGreaterThan(20)
    // It rang only where it was answered by calling back: one of the two hears it then.
    const rang = (await Promise.all(pairs.flat().map(([who]) => who.log()))).flat().filter((line) => line === 'rang').length
    expect(rang).toBe(outcomes.answered)
    await Promise.all(pairs.flat().map(([who]) => who.page.context().close()))
  })

  it('hear each other, in Chromium and Firefox', async () => {
    const firefox = await launch('firefox')
    try {
      const [aki, bob] = [await enter(chromium, 'aki'), await enter(firefox, 'bob')]
      for (let run = 0; run < 2; run++) {
        const [ours, theirs] = await Promise.all([aki.callSoon('bob', 0, 1), bob.callSoon('aki', 0, 1)])
        expect([ours.error, theirs.error, ours.id]).toEqual([undefined, undefined, theirs.id])
        // Firefox's microphone is always at 1,000 Hz.
        await expect.poll(async () => Math.abs((await bob.hertz('microphone', 300)) - 500), { timeout: 8_000 }).toBeLessThan(25)
        await expect.poll(async () => Math.abs((await aki.hertz('microphone', 300)) - 1_000), { timeout: 8_000 }).toBeLessThan(25)
        await aki.hangUp()
        expect(await Promise.all([aki.over(), bob.over()])).toEqual(Array(2).fill({ code: 'call/hung-up', calls: 0, open: 0 }))
      }
    } finally {
      await firefox.close()
    }
  })
})
