import { createServer as createHttp, get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { judgeArrivals } from './arrivals'
import { serve } from './testing/serve'
import { Wire } from './testing/wire'

const judge = (options: { allowedOrigins?: string[]; host?: string; trustedProxies?: number }, boundTo: string | undefined = '127.0.0.1') =>
  judgeArrivals({ allowedOrigins: undefined, host: '127.0.0.1', trustedProxies: 0, ...options }, () => boundTo)
/** What a page of that name sends, with a WebSocket and with a GET of its own origin. */
const page = (host: string) => [{ host, origin: `http://${host}` }, { host }]

describe('on a loopback address, without allowedOrigins', () => {
  it.each(['localhost', 'localhost:8080', 'LocalHost:8080', '127.0.0.1:8080', '[::1]:8080'])('the host %s comes in', (host) => {
    for (const headers of page(host))
      for (const boundTo of ['127.0.0.1', '::1']) expect(judge({}, boundTo)(headers)).toBeUndefined()
  })

  it.each(['evil.example:8080', 'evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.0.7:8080', 'evil@localhost', ''])(
    'a page of %j, a name that somebody pointed at this machine, does not',
    (host) => {
      for (const headers of page(host))
        for (const boundTo of ['127.0.0.1', '127.0.0.53', '::1', '::ffff:127.0.0.1'])
          expect(judge({}, boundTo)(headers)?.reason).toMatch(/^(host|origin) not allowed$/)
    },
  )

  it('the name given as host, and the address itself, come in', () => {
    for (const headers of page('dev.box:8080')) expect(judge({ host: 'Dev.Box' })(headers)).toBeUndefined()
    for (const headers of page('127.0.0.53:8080')) expect(judge({}, '127.0.0.53')(headers)).toBeUndefined()
  })

  it('what sends no Host is no browser', () => {
    expect(judge({})({})).toBeUndefined()
  })
})

describe('any name comes in', () => {
  it('on other addresses, where the server cannot know its names', () => {
    for (const headers of page('app.example'))
      for (const boundTo of ['0.0.0.0', '::', '192.0.2.1', undefined]) expect(judge({}, boundTo ?? '')(headers)).toBeUndefined()
  })

  it('behind a proxy, which passes on the name that it was asked for', () => {
    for (const headers of page('app.example')) expect(judge({ trustedProxies: 1 })(headers)).toBeUndefined()
  })

  it('where origins are named, for these decide', () => {
    const named = judge({ allowedOrigins: ['https://app.example'] })
    expect(named({ host: 'evil.example', origin: 'https://app.example' })).toBeUndefined()
    expect(named({ host: 'evil.example', origin: 'http://evil.example' })).toMatchObject({ reason: 'origin not allowed' })
  })
})

describe('a server on a loopback address', () => {
  const asked = async (url: URL, host: string): Promise<number | undefined> => {
    const [response] = (await once(get(url, { headers: { host } }), 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }

  it('turns a page of a rebound name away, at every door, and stands in the audit log', async () => {
    const { server, audited } = await serve()
    const host = `evil.example:${server.port}`
    await expect(Wire.open(server.url, { headers: { host }, origin: `http://${host}` })).rejects.toThrow('403')
    expect(await asked(new URL('/ice', server.url), host)).toBe(403)
    expect(audited.map(({ reason }) => reason)).toEqual(['host not allowed', 'host not allowed'])
    expect(await asked(new URL('/ice', server.url), `localhost:${server.port}`)).toBe(200)
    expect(await asked(new URL('/healthz', server.url), host)).toBe(200)
  })

  it('does so inside an app’s http server too', async () => {
    const http = createHttp().listen(0, '127.0.0.1')
    await once(http, 'listening')
    const { server } = await serve({ port: undefined } as object)
    server.attach(http)
    expect(await asked(new URL('/ice', server.url), 'evil.example')).toBe(403)
    http.close().closeAllConnections()
  })
})
