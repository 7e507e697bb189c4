import { describe, expect, it } from 'vitest'
import { Inbox } from './inbox'

const open = () => {
  const inbox = new Inbox()
  const delivered: unknown[] = []
  const refused: string[] = []
  const push = (n: number): void => {
    const ready = inbox.push(n, { n })
    if (typeof ready === 'string') refused.push(ready)
    else delivered.push(...ready.map((message) => message.n))
  }
  return { inbox, push, delivered, refused }
}

describe('Inbox', () => {
  it('delivers in order, whatever the order of arrival', () => {
    const { inbox, push, delivered, refused } = open()
    for (const n of [2, 4, 1, 3]) push(n)
    expect(delivered).toEqual([1, 2, 3, 4])
    expect(inbox.last).toBe(4)
    expect(refused).toEqual([])
  })

  it('delivers once, and counts what comes again, early or late', () => {
    const { push, delivered, refused } = open()
    for (const n of [1, 1, 3, 3, 2, 2]) push(n)
    expect(delivered).toEqual([1, 2, 3])
    expect(refused).toEqual(['duplicate', 'duplicate', 'duplicate'])
  })

  it('waits for at most 32 and refuses what is further ahead', () => {
    const { push, delivered, refused } = open()
    for (let n = 300; n > 1; n--) push(n)
    expect(refused).toHaveLength(268)
    push(1)
    expect(delivered).toHaveLength(32)
  })
})
