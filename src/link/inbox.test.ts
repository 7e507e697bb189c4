import { describe, expect, it } from 'vitest'
import { Inbox } from './inbox'

const open = () => {
  const delivered: unknown[] = []
  const refused: string[] = []
  return { inbox: new Inbox(3, ({ n }) => delivered.push(n), (why) => refused.push(why)), delivered, refused }
}

describe('Inbox', () => {
  it('delivers in order, whatever the order of arrival', () => {
    const { inbox, delivered, refused } = open()
    for (const n of [2, 4, 1, 3]) inbox.push({ epoch: 3, n })
    expect(delivered).toEqual([1, 2, 3, 4])
    expect(refused).toEqual([])
  })

  it('delivers once, and counts what comes again, early or late', () => {
    const { inbox, delivered, refused } = open()
    for (const n of [1, 1, 3, 3, 2, 2]) inbox.push({ epoch: 3, n })
    expect(delivered).toEqual([1, 2, 3])
    expect(refused).toEqual(['duplicate', 'duplicate', 'duplicate'])
  })

  it('waits for at most 32 and refuses what is further ahead', () => {
    const { inbox, delivered, refused } = open()
    for (let n = 300; n > 1; n--) inbox.push({ epoch: 3, n })
    expect(refused).toHaveLength(268)
    inbox.push({ epoch: 3, n: 1 })
    expect(delivered).toHaveLength(32)
  })

  it.each([[{ epoch: 2, n: 1 }], [{ epoch: 4, n: 1 }], [{ n: 1 }], [{ epoch: 3 }], [{ epoch: 3, n: 0 }], [{ epoch: 3, n: 1.5 }], [{ epoch: 3, n: '1' }], [null], ['x']])(
    'refuses %j',
    (message) => {
      const { inbox, delivered, refused } = open()
      inbox.push(message)
      expect([delivered, refused]).toEqual([[], ['invalid']])
    },
  )
})
