import { describe, expect, it } from 'vitest'
import { isModest, readMessage } from './message'

const line = 'candidate:1 1 udp 1 192.0.2.1 9 typ host'

describe('readMessage', () => {
  it('keeps what it knows and nothing else', () => {
    expect(readMessage({ description: { type: 'offer', sdp: 'v=0', more: 1 }, tracks: {} })).toEqual({
      description: { type: 'offer', sdp: 'v=0' },
    })
    expect(
      readMessage({ candidate: { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u', foundation: 'x' } }),
    ).toEqual({ candidate: { candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: 'u' } })
  })

  it('finds the generation in the line where the candidate does not name it', () => {
    expect(readMessage({ candidate: { candidate: `${line} ufrag abc network-cost 10`, sdpMid: '0' } })).toEqual({
      candidate: { candidate: `${line} ufrag abc network-cost 10`, sdpMid: '0', sdpMLineIndex: null, usernameFragment: 'abc' },
    })
  })

  it('takes the end of candidates', () => {
    expect(readMessage({ candidate: { candidate: '', sdpMid: '0', usernameFragment: 'u' } })).toBeDefined()
  })

  it.each([
    [undefined],
    [null],
    ['offer'],
    [[]],
    [{}],
    [{ description: null }],
    [{ description: { type: 'rollback', sdp: '' } }],
    [{ description: { type: 'pranswer', sdp: 'v=0' } }],
    [{ description: { type: 'offer' } }],
    [{ description: { type: 'offer', sdp: 7 } }],
    [{ candidate: null }],
    [{ candidate: line }],
    [{ candidate: { candidate: 7, sdpMid: '0' } }],
    [{ candidate: { candidate: line } }],
    [{ candidate: { candidate: line, sdpMid: 0 } }],
    [{ candidate: { candidate: 'x'.repeat(2_049), sdpMid: '0' } }],
    [{ candidate: { candidate: line, sdpMid: 'x'.repeat(257) } }],
  ])('refuses %j', (value) => {
    expect(readMessage(value)).toBeUndefined()
  })
})

describe('isModest', () => {
  it('tells descriptions a browser would choke on', () => {
    const sections = (count: number): string => 'v=0\r\n' + 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n'.repeat(count)
    expect([0, 1, 160, 161, 5_000].map((count) => isModest(sections(count)))).toEqual([true, true, true, false, false])
  })
})
