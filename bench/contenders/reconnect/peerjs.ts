import { WebSocket } from 'ws'
import type { ReconnectContender } from '../../reconnect-contender'

let lines = 0

/** peerjs' connection to its own server; it needs a browser. The app calls `reconnect()`, as its documentation says, or does not. */
export const peerjs =
  (reconnects: boolean): ReconnectContender =>
  async ({ server, cuttable, pages, heard }) => {
    const { url } = await server('peerjs')
    const id = ++lines
    const page = await pages.open(`
      import { Peer } from 'peerjs'
      Object.assign(globalThis, {
        start: (host, port, id, reconnects) => new Promise((resolve) => {
          const peer = new Peer(id, { host, port, path: '/', config: { iceServers: [] } })
          peer.on('error', () => undefined)
          peer.on('open', resolve)
          if (reconnects) peer.on('disconnected', () => peer.reconnect())
          // What its server passes on from others is what it connects with.
          peer.socket.on('message', ({ payload }) => payload?.n !== undefined && heard(payload.n))
        }),
      })`)
    await page.exposeFunction('heard', heard)
    const { hostname, port } = new URL(await cuttable(url))
    const receiver = `receiver-${id}`
    await page.evaluate(
      ([host, port, id, reconnects]) =>
        (globalThis as unknown as { start(...args: unknown[]): Promise<unknown> }).start(host, port, id, reconnects),
      [hostname, Number(port), receiver, reconnects] as const,
    )
    const sender = new WebSocket(`${url.replace(/^http/, 'ws')}peerjs?key=peerjs&id=sender-${id}&token=token`)
    await new Promise((resolve) => sender.once('message', resolve))
    return {
      send: (n) => sender.send(JSON.stringify({ type: 'CANDIDATE', dst: receiver, payload: { n } })),
      close: async () => {
        sender.terminate()
        await page.context().close()
      },
    }
  }

export const contender = peerjs(true)
