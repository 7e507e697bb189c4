import { describe, expect, it } from 'vitest'
import { readMessage } from './message'

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
  ])('refuses %j', (value) => {
    expect(readMessage(value)).toBeUndefined()
  })
})
