/** A process: our server as installed (first argument: its module), with limits that a bench cannot meet; any other path says how much there is of everything. */
import { createServer as createHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathToFileURL } from 'node:url'
import type * as Server from 'tsunagu-server'

const { createServer } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as typeof Server
const quiet = (): void => undefined
const server = await createServer({
  allowedOrigins: ['*'],
  limits: {
    framesPerSecond: 1e6, framesBurst: 1e6, bytesPerSecond: 1e9, bytesBurst: 1e9, callsPerSession: 10_000,
    linkFramesPerSecond: 1e6, linkFramesBurst: 1e6,
  },
  logger: { debug: quiet, info: quiet, warn: quiet, error: console.error },
})
const http = createHttp((_request, response) => {
  response.setHeader('access-control-allow-origin', '*')
  response.end(JSON.stringify(server.stats()))
})
server.attach(http)
http.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(http.address() as AddressInfo).port}/signal`))
