import { memory } from '../../adapters/memory'
import { Hub, type HubOptions } from '../hub'
import { native } from '../signaling/native'
import {
  type Dialog, type DialogSink, type Leg, MESSAGES, PRESENCE, type SessionState,
} from '../signaling/port'
import { FakeRuntime } from './fake-runtime'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
/** An invitation. */
export const body = { media: { audio: true, video: false }, metadata: { topic: 'つ' } }

/** Writes down what a dialog tells. */
export const listen = (dialog: Dialog) => {
  const events: unknown[] = []
  const legs: Leg[] = []
  const messages: unknown[] = []
  const sink: DialogSink = {
    progress: (early) => events.push(['progress', early]),
    accepted: () => events.push('accepted'),
    ended: (reason) => events.push(reason),
    control: (message) => events.push(message),
    peerLink: (up) => events.push(['peerLink', up]),
    restored: () => events.push('restored'),
    leg: (leg) => {
      legs.push(leg)
      leg.bind((message) => messages.push(message))
    },
  }
  dialog.bind(sink)
  return { dialog, events, legs, messages }
}

/** Native sessions around one hub, on one clock. */
export const world = (options: HubOptions = {}) => {
  const runtime = new FakeRuntime()
  const hub = new Hub({
    runtime,
    logger: silent,
    authenticate: (token) => ({ id: token ?? 'nobody', name: `Name of ${token}` }),
    hash: (text) => text,
    ...options,
  })
  const join = async (name: string) => {
    const states: SessionState[] = []
    const invited: { readonly dialog: Dialog; readonly body: unknown; readonly replaced?: Dialog | undefined }[] = []
    const session = await native(memory(hub), { runtime, logger: silent }).open(
      { stateChanged: (state) => states.push(state), invited: (dialog, body, replaced) => invited.push({ dialog, body, replaced }) },
      { token: async () => name, signal: new AbortController().signal },
    )
    const [messages, presence] = [session.extension(MESSAGES), session.extension(PRESENCE)]
    if (!messages || !presence) throw new Error('an extension is missing')
    return { session, states, invited, messages, presence }
  }
  /** Two sessions and a call from the first to the second, which rings. */
  const call = async () => {
    const [alice, bob] = [await join('alice'), await join('bob')]
    const caller = listen(alice.session.invite('bob', body))
    await runtime.settle()
    const dialog = bob.invited[0]?.dialog
    if (!dialog) throw new Error('nothing rang')
    return { alice, bob, caller, dialog }
  }
  return { runtime, hub, join, call }
}
