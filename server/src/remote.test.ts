import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { Quota, networkOf, remoteOf } from './remote'

const from = (forwarded?: string): Pick<IncomingMessage, 'headers' | 'socket'> => ({
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  socket: { remoteAddress: '10.0.0.1' } as IncomingMessage['socket'],
})

describe('the remote address', () => {
  it('is the socket’s, whatever a client claims, unless proxies are trusted', () => {
    expect(remoteOf(from('1.2.3.4'), 0)).toBe('10.0.0.1')
  })

  it('is what the outermost trusted proxy saw, not what the client wrote before it', () => {
    expect(remoteOf(from('6.6.6.6, 203.0.113.7'), 1)).toBe('203.0.113.7')
    expect(remoteOf(from('6.6.6.6, 203.0.113.7, 10.0.0.9'), 2)).toBe('203.0.113.7')
    expect(remoteOf(from(), 1)).toBe('10.0.0.1')
    expect(remoteOf(from('203.0.113.7'), 2)).toBe('203.0.113.7')
  })

  it.each([
    ['203.0.113.7:5555', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
    ['[2001:db8::6]:443', '2001:db8::6'],
    ['[2001:db8::6]', '2001:db8::6'],
    ['2001:db8::6', '2001:db8::6'],
    ['"[2001:db8::6]:443"', '2001:db8::6'],
  ])('is the same however a proxy writes it: %s is %s', (forwarded, address) => {
    expect(remoteOf(from(forwarded), 1)).toBe(address)
  })

  it.each(['unknown', '_hidden', 'me.example', '999.1.1.1', '1.2.3.4:99999x', '[::1', '1.2.3.4, nonsense', 'x'.repeat(80)])(
    'is the socket’s where a proxy wrote no address but %j',
    (forwarded) => {
      expect(remoteOf(from(forwarded), 1)).toBe('10.0.0.1')
    },
  )

  it('is written as IPv4 where it is one', () => {
    const socket = { remoteAddress: '::ffff:192.0.2.1' } as IncomingMessage['socket']
    expect(remoteOf({ headers: {}, socket }, 0)).toBe('192.0.2.1')
  })
})

describe('the network of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['unknown', 'unknown'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001:0db8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('a quota', () => {
  it('gives up to its limit per key, takes back, and forgets keys that hold nothing', () => {
    const quota = new Quota(2)
    const first = quota.take('a')
    quota.take('a')
    expect(quota.take('a')).toBeUndefined()
    expect(quota.take('b')).toBeTypeOf('function')
    first?.()
    first?.()
    const again = quota.take('a')
    expect(again).toBeTypeOf('function')
    expect(quota.take('a')).toBeUndefined()
    expect(quota.size).toBe(2)
  })

  it('holds no memory of a key once all is given back', () => {
    const quota = new Quota(1)
    quota.take('a')?.()
    expect(quota.size).toBe(0)
  })
})
