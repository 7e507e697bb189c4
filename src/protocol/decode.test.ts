import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CLIENT_FRAMES } from './client-frames'
import { decode, encode } from './decode'
import type { ClientFrame, ServerFrame } from './messages'
import { SERVER_FRAMES } from './server-frames'

const client = (frame: unknown) => decode<ClientFrame>(CLIENT_FRAMES, typeof frame === 'string' ? frame : JSON.stringify(frame))
const server = (frame: unknown) => decode<ServerFrame>(SERVER_FRAMES, JSON.stringify(frame))

describe('decode', () => {
  it('reads back what was encoded', () => {
    const frame = { type: 'invite', n: 3, call: 'c1', to: 'bob', media: { audio: true, video: false }, metadata: { ö: [1] } }
    expect(client(encode(frame))).toEqual({ frame, unknownFields: 0 })
  })

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"hello"'],
    ['no type', '{}'],
    ['a type that is no text', '{"type":7}'],
    ['a field of the wrong kind', '{"type":"hello","v":"1","instance":"i"}'],
    ['a missing field', '{"type":"ack"}'],
    ['a negative count', '{"type":"ack","received":-1}'],
    ['a broken count', '{"type":"ack","received":1.5}'],
    ['a count beyond what a double holds', '{"type":"ack","received":9007199254740993}'],
    ['an empty id', '{"type":"ring","n":1,"call":""}'],
    ['number 0', '{"type":"ring","n":0,"call":"c"}'],
    ['a control that is no object', '{"type":"control","n":1,"call":"c","message":[1]}'],
    ['an end in no known area', '{"type":"end","n":1,"call":"c","code":"<script>"}'],
    ['media of the wrong kind', '{"type":"invite","n":1,"call":"c","to":"b","media":{"audio":1,"video":true}}'],
    ['an id that is too long', JSON.stringify({ type: 'ring', n: 1, call: 'x'.repeat(129) })],
  ])('finds %s malformed', (_, text) => {
    expect(client(text)).toMatchObject({ problem: 'malformed' })
  })

  it('keeps the number of a frame it does not understand', () => {
    expect(client({ type: 'ring', n: 7 })).toEqual({ problem: 'malformed', n: 7 })
    expect(client({ type: 'of the future', n: 8 })).toEqual({ problem: 'unknown', n: 8 })
    expect(client({ type: 'of the future', n: 'eight' })).toEqual({ problem: 'unknown', n: undefined })
  })

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('does not know the inherited type %s', (type) => {
    expect(client({ type })).toMatchObject({ problem: 'unknown' })
  })

  it('drops fields it does not know, and counts them', () => {
    const decoded = client({ type: 'ring', n: 1, call: 'c', from: 'somebody else', extra: 1 })
    expect(decoded).toEqual({ frame: { type: 'ring', n: 1, call: 'c' }, unknownFields: 2 })
  })

  it('takes no field from a prototype that the frame brings along', () => {
    expect(client('{"type":"ring","n":1,"__proto__":{"call":"c"}}')).toMatchObject({ problem: 'malformed' })
  })

  it('never throws, whatever comes', () => {
    const frame = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ type: fc.constantFrom(...Object.keys(CLIENT_FRAMES)), n: fc.anything(), call: fc.anything(), to: fc.anything() }).map((odd) => JSON.stringify(odd) ?? ''),
    )
    fc.assert(
      fc.property(frame, (text) => {
        const decoded = client(text)
        expect('frame' in decoded || 'problem' in decoded).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('understands the server the same way', () => {
    expect(server({ type: 'ended', n: 1, call: 'c', code: 'call/busy', by: 'nobody' })).toEqual({ problem: 'malformed', n: 1 })
    expect(server({ type: 'presence', n: 1, id: 'b', status: 'online' })).toMatchObject({ unknownFields: 0 })
    // A client's frame means nothing when it comes from a server.
    expect(server({ type: 'hello', v: 1, instance: 'i' })).toMatchObject({ problem: 'unknown' })
  })
})
