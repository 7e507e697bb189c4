import { type Call, type Client, isRtcError } from 'tsunagu'
import { callScreen } from './call-screen'
import { say } from './element'
import { endNotice } from './end-notice'
import { askIncoming } from './incoming-call'
import { missingFor } from './missing'
import { VIDEO } from './own-media'
import { type Person, withUpdate } from './people'
import { remedyFor } from './remedies'
import type { Ringer } from './ring'
import { type CallKind, lobbyView } from './views/lobby'
import { notice } from './views/notice'

const TITLE = 'Tsunagu call'

/** What being online needs. */
export interface OnlineOptions {
  /** A connected one. */
  readonly client: Client
  readonly ownName: string
  /** Where the lobby and the call are shown. */
  readonly page: HTMLElement
  /** Where it says that the server is away. */
  readonly banner: HTMLElement
  readonly ringer: Ringer
  /** We left, or had to. */
  readonly onLeft: (problem?: string) => void
}

/** Everything from coming online to leaving: who is here, placing calls and taking them. */
export const goOnline = ({ client, ownName, page, banner, ringer, onLeft }: OnlineOptions): void => {
  const online = new AbortController()
  const { signal } = online
  let people: readonly Person[] = []
  let current: Call | undefined

  // --- the lobby
  const lobby = lobbyView({
    name: ownName,
    onCall: (person, kind) => place(person.id, kind),
    onInvite: () => void invite(),
    onLeave: () => leave(),
  })
  const show = (one?: HTMLElement): void => lobby.show(one)
  const invite = async (): Promise<void> => {
    const address = new URL('?', location.href).href.replace(/\?$/, '')
    // Without https there is no clipboard: then the address is shown, to be copied by hand.
    const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false)
    show(notice({ title: copied ? 'The link is copied' : address, text: 'Whoever opens it sees you here.', onClose: () => show() }))
  }
  const leave = (problem?: string): void => {
    if (signal.aborted) return
    online.abort()
    ringer.stop()
    void client.close()
    onLeft(problem)
  }

  // --- presence
  client.presence.watch(['*'], (update) => {
    people = withUpdate(people, update, client.id)
    lobby.update(people)
  }, { signal })
  const tellPresence = (): void => client.presence.set(current ? 'busy' : document.hidden ? 'away' : 'online')
  document.addEventListener('visibilitychange', tellPresence, { signal })

  // --- the server
  let away = false
  const tellServer = (): void => {
    banner.hidden = !away
    const goesOn = current && (current.state === 'active' || current.state === 'reconnecting')
    if (away) say(banner, goesOn ? 'The server is away. Your call goes on. Reconnecting…' : 'The server is away. Reconnecting…')
  }
  client.on('stateChanged', ({ to, error }) => {
    away = to === 'waiting' || to === 'connecting'
    tellServer()
    if (to === 'offline' || to === 'closed') leave(error && remedyFor(error, 'call').title)
  }, { signal })
  // So that the others see us go at once.
  addEventListener('pagehide', () => void client.close(), { signal })

  // --- calls: one at a time
  const hold = (call: Call | undefined, title = TITLE): void => {
    current = call
    document.title = title
    tellPresence()
    tellServer()
  }
  const place = (id: string, kind: CallKind): void => {
    if (current) return
    ringer.unlock()
    begin(client.call(id, { audio: true, video: kind === 'video' && VIDEO }))
  }
  const begin = (call: Call): void => {
    hold(call, `${call.remote.name} · ${TITLE}`)
    show()
    let failure: unknown
    // The cause says which device it was; the error itself only that the call ended of it.
    call.whenActive().catch((error: unknown) => (failure = isRtcError(error) && isRtcError(error.cause) ? error.cause : error))
    call.on('stateChanged', ({ to }) => {
      if (to === 'ringing') ringer.start('outgoing')
      else ringer.stop()
      tellServer()
    }, { signal })
    const onEnded = (): void => {
      hold(undefined)
      if (signal.aborted) return
      page.replaceChildren(lobby.element)
      lobby.element.querySelector<HTMLElement>('h1')?.focus()
      // What the wait above rejected with is known a moment later.
      setTimeout(() => void finish(call, failure))
    }
    page.replaceChildren(callScreen({ call, ownName, onEnded }))
    page.querySelector<HTMLElement>('.call')?.focus({ preventScroll: true })
  }
  const finish = async (call: Call, failure?: unknown): Promise<void> => {
    const missing = await missingFor(failure, call.media.video ? 'video' : 'voice')
    // Another call has begun meanwhile.
    if (current) return
    show(endNotice({ call, failure, missing, onAgain: (kind) => place(call.remote.id, kind), onClose: () => show() }))
  }

  client.on('callReceived', ({ call }) => {
    if (current) return void call.reject('busy')
    hold(call, `${call.remote.name} is calling`)
    askIncoming({
      call,
      ownName,
      ringer,
      onAccepted: () => begin(call),
      onEnded: () => {
        hold(undefined)
        void finish(call)
      },
    })
  }, { signal })

  page.replaceChildren(lobby.element)
  lobby.element.querySelector<HTMLElement>('h1')?.focus()
  tellPresence()
}
