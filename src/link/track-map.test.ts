import { describe, expect, it } from 'vitest'
import { readTracks } from './track-map'

const info = { id: 'one', name: 'Aki', kind: 'video', source: 'camera', group: 'main', muted: false }

const read = (value: unknown) => {
  let refused = 0
  const tracks = readTracks(value, () => refused++)
  return { mids: [...tracks.keys()], refused }
}

describe('readTracks', () => {
  it('reads a track per section', () => {
    expect(read({ 0: info, 5: { ...info, id: 'two', name: '' } })).toEqual({ mids: ['0', '5'], refused: 0 })
  })

  it('believes an id once', () => {
    expect(read({ 0: info, 1: info })).toEqual({ mids: ['0'], refused: 1 })
  })

  it('believes at most 64 tracks', () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [index, { ...info, id: `track ${index}` }]))
    const { mids, refused } = read(many)
    expect([mids.length, refused]).toEqual([64, 6])
  })

  it('takes ids of 64 and names of 256 characters', () => {
    expect(read({ 0: { ...info, id: 'x'.repeat(64), name: 'x'.repeat(256) } }).refused).toBe(0)
  })

  it.each([
    [{ ...info, id: '' }],
    [{ ...info, id: 7 }],
    [{ ...info, id: 'x'.repeat(65) }],
    [{ ...info, name: 'x'.repeat(257) }],
    [{ ...info, name: undefined }],
    [{ ...info, kind: 'application' }],
    [{ ...info, source: 'door' }],
    [{ ...info, group: '' }],
    [{ ...info, muted: 'no' }],
    [null],
    ['camera'],
  ])('leaves out %j', (value) => {
    expect(read({ 0: value })).toEqual({ mids: [], refused: 1 })
  })

  it.each([[undefined], [null], ['tracks'], [7]])('reads nothing out of %j', (value) => {
    expect(read(value)).toEqual({ mids: [], refused: 1 })
  })
})
