import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { attach, type Handlers } from './attach'

const on = (path: string): Handlers => ({
  request: ({ url }, response) => {
    if (url !== path) return false
    response.end(`ours ${path}`)
    return true
  },
  upgrade: ({ url }, socket) => {
    if (url !== path) return false
    socket.end(`HTTP/1.1 418 Teapot\r\nours: ${path}\r\n\r\n`)
    return true
  },
})

describe('handlers in an app’s http server', () => {
  const app = vi.fn((asked: IncomingMessage, response: ServerResponse) => void response.end(`app ${asked.url ?? ''}`))
  let http: Server
  let base: string
  const get = async (path: string): Promise<string> => (await fetch(base + path)).text()
  const upgrade = async (path: string): Promise<number> => {
    const asked = request(base + path, { headers: { connection: 'upgrade', upgrade: 'websocket' } }).end()
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode ?? 0
  }

  beforeEach(async () => {
    app.mockClear()
    http = createServer(app).listen(0, '127.0.0.1')
    await once(http, 'listening')
    base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  })
  afterEach(() => http.close().closeAllConnections())

  it.each([[[0, 1]], [[1, 0]]])('of two servers leave in the order %j, and the app is asked once each time', async (order) => {
    const undos = [attach(http, on('/a')), attach(http, on('/b'))]
    expect([await get('/a'), await get('/b'), await get('/c')]).toEqual(['ours /a', 'ours /b', 'app /c'])
    expect([await upgrade('/a'), await upgrade('/b'), await upgrade('/c')]).toEqual([418, 418, 404])
    const [first = 0, second = 0] = order
    undos[first]?.()
    undos[first]?.()
    const names = ['/a', '/b']
    expect(await get(names[second] ?? '')).toBe(`ours ${names[second] ?? ''}`)
    expect(await get(names[first] ?? '')).toBe(`app ${names[first] ?? ''}`)
    undos[second]?.()
    expect([await get('/a'), await get('/b')]).toEqual(['app /a', 'app /b'])
    expect(app).toHaveBeenCalledTimes(4)
    expect([http.listeners('request'), http.listenerCount('upgrade')]).toEqual([[app], 0])
  })

  it('leave what others hung in meanwhile where it is, in its order', async () => {
    const heard: string[] = []
    const undo = attach(http, on('/a'))
    http.on('request', () => heard.push('late'))
    app.mockImplementationOnce((_request, response) => {
      heard.push('app')
      response.end()
    })
    undo()
    await get('/a')
    expect(heard).toEqual(['app', 'late'])
  })

  it('leave behind an app that is asked once, where somebody else took over all listeners', async () => {
    const undo = attach(http, on('/a'))
    // As engine.io does it.
    const taken = http.listeners('request')
    http.removeAllListeners('request')
    http.on('request', (asked, response) => {
      if (asked.url === '/other') response.end('other')
      else for (const listener of taken) listener.call(http, asked, response)
    })
    expect([await get('/a'), await get('/other'), await get('/c')]).toEqual(['ours /a', 'other', 'app /c'])
    undo()
    expect([await get('/a'), await get('/other')]).toEqual(['app /a', 'other'])
    expect(app).toHaveBeenCalledTimes(2)
    const again = attach(http, on('/a'))
    expect([await get('/a'), await get('/c')]).toEqual(['ours /a', 'app /c'])
    again()
    expect(await get('/a')).toBe('app /a')
    expect(app).toHaveBeenCalledTimes(4)
  })

  it('answer 404 for nobody else’s path only where there is nobody else', async () => {
    http.removeAllListeners('request')
    const undo = attach(http, on('/a'))
    expect((await fetch(`${base}/c`)).status).toBe(404)
    http.on('request', app)
    expect(await get('/c')).toBe('app /c')
    undo()
    expect(http.listeners('request')).toEqual([app])
  })
})
