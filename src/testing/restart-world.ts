import { memory } from '../../adapters/memory'
import { Hub, type HubOptions } from '../hub'
import { native } from '../signaling/native'
import { type InviteBody, MESSAGES, type SessionKeeper, type SessionState } from '../signaling/port'
import type { SignalingTransport } from '../signaling/transport'
import { FakeRuntime } from './fake-runtime'
import { body, listen } from './native-world'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A call that came up, with all that it told. */
export interface Heard extends ReturnType<typeof listen> {
  readonly body: InviteBody
  readonly direction?: 'outgoing' | 'incoming'
}

/** What a page keeps, like `sessionStorage` would. */
export const keeperOf = (kept: { state?: string | undefined }): SessionKeeper => ({
  load: async () => kept.state,
  save: (state) => {
    kept.state = state
  },
})

/** Native sessions around a server that can be killed and started again, with nothing left. */
export const restartWorld = (options: HubOptions = {}) => {
  const runtime = new FakeRuntime()
  const start = (): Hub =>
    new Hub({ runtime, logger: silent, authenticate: (token) => ({ id: token ?? 'nobody' }), hash: (text) => text, ...options })
  let hub = start()
  /** Frames that clients sent, for who wants to see what goes over the wire. */
  const wire: { readonly type: string }[] = []
  const transport: SignalingTransport = {
    name: 'restarting',
    open: async (sink, context) => {
      const link = await memory(hub).open(sink, context)
      return {
        close: () => link.close(),
        send: (frame) => {
          wire.push(JSON.parse(frame) as { readonly type: string })
          return link.send(frame)
        },
      }
    },
  }
  const join = async (name: string, { keeper, over = transport }: { readonly keeper?: SessionKeeper; readonly over?: SignalingTransport } = {}) => {
    const states: SessionState[] = []
    const invited: Heard[] = []
    const reclaimed: Heard[] = []
    const session = await native(over, { runtime, logger: silent }).open(
      {
        stateChanged: (state) => states.push(state),
        invited: (dialog, body) => invited.push({ ...listen(dialog), body }),
        reclaimed: (dialog, body, direction) => reclaimed.push({ ...listen(dialog), body, direction }),
      },
      { token: async () => name, signal: new AbortController().signal, keeper },
    )
    const messages = session.extension(MESSAGES)
    if (!messages) throw new Error('no messages')
    return { session, states, invited, reclaimed, messages }
  }
  /** Alice and Bob in a call. */
  const inCall = async (keepers: { readonly alice?: SessionKeeper; readonly bob?: SessionKeeper } = {}) => {
    const alice = await join('alice', keepers.alice && { keeper: keepers.alice })
    const bob = await join('bob', keepers.bob && { keeper: keepers.bob })
    const caller = listen(alice.session.invite('bob', body))
    await runtime.settle()
    const callee = bob.invited[0]
    if (!callee) throw new Error('nothing rang')
    await callee.dialog.accept()
    await runtime.elapse(20)
    return { alice, bob, caller, callee }
  }
  return {
    runtime,
    wire,
    transport,
    get hub() {
      return hub
    },
    join,
    inCall,
    /** Ends the server and everything it knows. */
    kill: () => hub.close(),
    start: (next?: Hub) => {
      hub = next ?? start()
    },
    /** Kills it, starts another and waits until everybody is back. */
    restart: async () => {
      const { links } = hub.stats()
      hub.close()
      hub = start()
      // Links that did not live long are opened again with the patience of a failure.
      for (let waited = 0; waited < 60 && hub.stats().links < links; waited++) await runtime.elapse(1_000)
    },
  }
}

