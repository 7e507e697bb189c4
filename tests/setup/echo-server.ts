import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { addressOf, attach } from '../../server/src/attach'
import { CLOCK } from '../../server/src/clock'
import { DOOR_NAMES, openDoors } from '../../server/src/doors/all'
import { SERVER_DEFAULTS } from '../../server/src/options'
import { createRoutes } from '../../server/src/routes'
import { EchoServer } from '../../src/testing/echo-server'

/** Every door of the real server, with an echo in place of the hub, for the conformance cases. */
export interface EchoDoors {
  readonly url: string
  close(): Promise<void>
}

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** Starts them on a free port of this machine, for pages of every origin. */
export const startEchoServer = async (): Promise<EchoDoors> => {
  const echo = new EchoServer()
  const { doors } = await openDoors(DOOR_NAMES, {
    connect: (link) => echo.connect(link),
    admit: () => () => undefined,
    refused: () => undefined,
    limits: SERVER_DEFAULTS.limits,
    now: CLOCK.now,
    after: CLOCK.after,
    log: SILENT,
  })
  const http = createServer()
  const undo = attach(
    http,
    createRoutes({
      ...SERVER_DEFAULTS,
      icePath: false,
      doors,
      guests: true,
      judge: () => undefined,
      remoteOf: () => '127.0.0.1',
      closing: () => false,
      authenticate: () => ({ id: 'nobody' }),
      ask: () => () => undefined,
      refused: () => undefined,
      clock: CLOCK,
      log: SILENT,
    }),
  )
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `${addressOf(http)?.base ?? ''}${SERVER_DEFAULTS.path}`,
    close: async () => {
      await Promise.all(doors.map((door) => door.close()))
      undo()
      http.closeAllConnections()
      await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where every door of the server leads to an echo, for tests in a browser. */
    readonly echoUrl: string
    /** Where nobody listens. */
    readonly deadUrl: string
  }
}

/** Starts it for a whole project of tests, whose browsers cannot start servers; `inject('echoUrl')` says where. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const [server, dead] = [await startEchoServer(), await startEchoServer()]
  await dead.close()
  project.provide('echoUrl', server.url)
  project.provide('deadUrl', dead.url)
  return () => server.close()
}
