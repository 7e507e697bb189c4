import { describe, expect, it } from 'vitest'
import { judgeOrigins, originOf } from './origins'

describe('origins', () => {
  it('allows a request that no page sent', () => {
    expect(judgeOrigins(['https://app.example'])({ host: 'a' }).allowed).toBe(true)
    expect(judgeOrigins(undefined)({ host: 'a' }).allowed).toBe(true)
  })

  it('without a list, allows the page of the same host and port alone', () => {
    const judge = judgeOrigins(undefined)
    expect(judge({ origin: 'https://app.example', host: 'app.example' }).allowed).toBe(true)
    expect(judge({ origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' }).allowed).toBe(true)
    expect(judge({ origin: 'https://app.example', host: 'App.Example' }).allowed).toBe(true)
    expect(judge({ origin: 'http://127.0.0.1:8081', host: '127.0.0.1:8080' }).allowed).toBe(false)
    expect(judge({ origin: 'https://evil.example', host: 'app.example' }).allowed).toBe(false)
    expect(judge({ origin: 'null', host: 'app.example' }).allowed).toBe(false)
    expect(judge({ origin: 'https://app.example' }).allowed).toBe(false)
  })

  it('with a list, allows exactly what stands in it', () => {
    const judge = judgeOrigins(['https://app.example'])
    expect(judge({ origin: 'https://app.example', host: 'signal.example' }).allowed).toBe(true)
    expect(judge({ origin: 'https://app.example.evil.example', host: 'signal.example' }).allowed).toBe(false)
    expect(judge({ origin: 'http://app.example', host: 'signal.example' }).allowed).toBe(false)
    expect(judge({ origin: 'https://signal.example', host: 'signal.example' }).allowed).toBe(false)
    expect(judgeOrigins([])({ origin: 'https://app.example', host: 'app.example' }).allowed).toBe(false)
  })

  it('allows everybody where the list has a star', () => {
    expect(judgeOrigins(['*'])({ origin: 'https://any.example', host: 'a' }).allowed).toBe(true)
  })

  it.each([
    ['http://a.test', 'http://a.test'],
    ['http://a.test/', 'http://a.test'],
    ['HTTP://A.TEST', 'http://a.test'],
    ['http://a.test:80', 'http://a.test'],
    ['https://a.test:443/page?x#y', 'https://a.test'],
    ['http://localhost:5173', 'http://localhost:5173'],
    ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['chrome-extension://abc/', 'chrome-extension://abc'],
    ['null', 'null'],
    ['*', '*'],
  ])('are written as browsers send them: %s is %s', (given, origin) => {
    expect(originOf(given)).toBe(origin)
  })

  it.each(['a.test', 'a.test:80', 'localhost:5173', '', '/', '//a.test', 'https://', 'https://*.a.test', 'data:x', 'file:///x'])(
    'are not what %j is',
    (given) => expect(originOf(given)).toBeUndefined(),
  )
})
