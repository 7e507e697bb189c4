import { describe, expect, it } from 'vitest'
import { IceBox } from './ice-box'

const sdp = (ufrag: string): string => `v=0\r\nm=audio 9\r\na=ice-ufrag:${ufrag}\r\n`

const candidate = (usernameFragment: string | undefined, number = 1): RTCIceCandidateInit => ({
  candidate: `candidate:${number} 1 udp 1 192.0.2.1 9 typ host`,
  sdpMid: '0',
  ...(usernameFragment !== undefined && { usernameFragment }),
})

const boxed = () => {
  const dropped: number[] = []
  return { box: new IceBox((count) => dropped.push(count)), dropped }
}

describe('IceBox', () => {
  it('lets a candidate through once the description of its generation is set', () => {
    const { box } = boxed()
    box.open(sdp('one'))
    expect(box.take(candidate('one'))).toBe(true)
    expect(box.take(candidate('two'))).toBe(false)
  })

  it('gives what came early, in order, when its description is set', () => {
    const { box, dropped } = boxed()
    expect(box.take(candidate('one', 1))).toBe(false)
    expect(box.take(candidate('one', 2))).toBe(false)
    expect(box.open(sdp('one'))).toEqual([candidate('one', 1), candidate('one', 2)])
    expect(box.open(sdp('one'))).toEqual([])
    expect(dropped).toEqual([])
  })

  it('drops candidates of an ignored offer, and counts them, when the next description is another', () => {
    const { box, dropped } = boxed()
    box.open(sdp('one'))
    box.ignore(sdp('ignored'))
    box.take(candidate('ignored'))
    expect(box.open(sdp('two'))).toEqual([])
    expect(dropped).toEqual([1])
  })

  it('keeps candidates of an ignored offer for an answer that takes its generation up, as Firefox gives', () => {
    const { box, dropped } = boxed()
    box.ignore(sdp('ignored'))
    box.take(candidate('ignored'))
    expect(box.open(sdp('ignored'))).toEqual([candidate('ignored')])
    expect(dropped).toEqual([])
  })

  it('keeps a generation that nobody knows over one description, not over two', () => {
    const { box, dropped } = boxed()
    box.take(candidate('three'))
    box.open(sdp('one'))
    expect(dropped).toEqual([])
    box.open(sdp('two'))
    expect(dropped).toEqual([1])
    expect(box.open(sdp('three'))).toEqual([])
  })

  it('keeps at most 256 and drops the oldest', () => {
    const { box, dropped } = boxed()
    for (let number = 1; number <= 300; number++) box.take(candidate('one', number))
    expect(dropped).toHaveLength(44)
    const ready = box.open(sdp('one'))
    expect(ready).toHaveLength(256)
    expect(ready[0]).toEqual(candidate('one', 45))
  })

  it('believes 256 candidates of one generation and begins anew with the next', () => {
    const { box, dropped } = boxed()
    for (let number = 1; number <= 6; number++) box.take(candidate('one', number))
    box.open(sdp('one'))
    let taken = 0
    for (let number = 1; number <= 300; number++) if (box.take(candidate('one', number))) taken++
    expect([taken, dropped.length]).toEqual([250, 50])
    box.open(sdp('one'))
    expect(box.take(candidate('one', 1))).toBe(false)
    box.open(sdp('two'))
    expect(box.take(candidate('two', 1))).toBe(true)
  })

  it('takes a candidate that names no generation for one of the current', () => {
    const { box } = boxed()
    expect(box.take(candidate(undefined))).toBe(false)
    expect(box.open(sdp('one'))).toEqual([candidate(undefined)])
    expect(box.take(candidate(undefined))).toBe(true)
  })

  it('tells a new generation from the one that is set', () => {
    const { box } = boxed()
    box.open(sdp('one'))
    expect([box.isNew(sdp('one')), box.isNew(sdp('two')), box.isNew('no description')]).toEqual([false, true, false])
  })
})
