import { describe, expect, it } from 'vitest'
import { called, invite, types } from '../testing/hub-calls'
import { hubWorld } from '../testing/hub-world'

const message = (to: string, id = 1) => ({ type: 'message', id, to, data: 'hi' })

describe('authorize', () => {
  it.each([['"no"', 'no'], ['1', 1], ['{}', {}], ['an object that says no', { allowed: false }], ['[false]', [false]]])(
    'that answers %s allows nothing, and an error in the log says so',
    async (_, answer) => {
      const { join, runtime, audit, problems } = hubWorld({ authorize: async () => answer as never })
      const [alice, bob] = [await join('alice'), await join('bob')]
      alice.number(message('bob'))
      await runtime.settle()
      expect(alice.last('result')).toMatchObject({ code: 'signaling/forbidden' })
      expect(bob.all('message')).toEqual([])
      expect(audit).toEqual([expect.objectContaining({ allowed: false })])
      expect(problems).toEqual(['`authorize` must answer true or false; anything else allows nothing.'])
    },
  )

  it.each([undefined, null])('that answers %s by mistake allows nothing', async (answer) => {
    const { join, runtime } = hubWorld({ authorize: () => answer as never })
    const [alice] = [await join('alice'), await join('bob')]
    alice.number(message('bob'))
    await runtime.settle()
    expect(alice.last('result')).toMatchObject({ code: 'signaling/forbidden' })
  })

  it('that does not answer within 10 s allows nothing, and the frames behind it are handled', async () => {
    const { join, runtime, problems } = hubWorld({
      authorize: (_, __, to) => to !== 'slow' || new Promise(() => undefined),
    })
    const [alice, bob] = [await join('alice'), await join('bob')]
    alice.number(message('slow'))
    alice.number(message('bob', 2))
    await runtime.elapse(9_900, 100)
    expect(alice.all('result')).toEqual([])
    await runtime.elapse(200, 100)
    expect(alice.all('result').map(({ code }) => code)).toEqual(['signaling/forbidden', undefined])
    expect(bob.all('message')).toHaveLength(1)
    expect(problems).toEqual(['`authorize` failed.'])
  })
})

describe('resolve', () => {
  it.each([
    ['a text, which is no list of its characters', 'bob'],
    ['a number', 5],
    ['nothing', undefined],
    ['null', null],
    ['a list with what is no text', ['b', 5, null]],
    ['what only has a length', { length: 1e9 }],
  ])('that gives %s finds nobody, and an error in the log says so', async (_, answer) => {
    const { join, runtime, problems } = hubWorld({ resolve: async () => answer as never })
    const [alice, b] = [await join('alice'), await join('b')]
    alice.number(message('bob'))
    await runtime.settle()
    expect(alice.last('result')).toMatchObject({ code: 'signaling/recipient-offline' })
    expect(b.all('message')).toEqual([])
    expect(problems).toEqual(['`resolve` must give an array of user ids; this found nobody.'])
  })

  it('that does not answer within 10 s finds nobody', async () => {
    const { alice, runtime, problems } = await called(['alice', 'bob'], { resolve: () => new Promise(() => undefined) })
    await runtime.elapse(10_000, 1_000)
    expect(types(alice)).toEqual(['call/unreachable'])
    expect(problems).toEqual(['`resolve` failed.'])
  })
})

describe('audit', () => {
  it.each<[string, () => void]>([
    ['throws', () => { throw new Error('disk full') }],
    ['rejects', async () => Promise.reject(new Error('db down'))],
  ])('that %s stops no call and is logged', async (_, audit) => {
    const { alice, bob, problems, settle } = await called(['alice', 'bob'], { audit, authorize: () => true })
    alice.number(invite('nobody', 'c2'))
    await settle()
    expect(types(bob)).toEqual(['invited'])
    expect(types(alice)).toEqual(['call/unreachable'])
    expect(problems).toEqual(['`audit` failed.', '`audit` failed.'])
  })
})
