import type { Call, Client } from 'tsunagu'
import type { Arrivals } from './arrivals'
import type { Background } from './blur/background'
import { say } from './element'
import { endNotice } from './end-notice'
import { missingFor } from './missing'
import { type Person, withUpdate } from './people'
import { remedyFor } from './remedies'
import type { Ringer } from './ring'
import { Switchboard } from './switchboard'
import { type CallKind, lobbyView } from './views/lobby'
import { notice } from './views/notice'

const TITLE = 'Tsunagu call'

/** What being online needs. */
export interface OnlineOptions {
  /** A connected one. */
  readonly client: Client
  /** The calls that came since it was made. */
  readonly arrivals: Arrivals
  readonly background: Background
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
export const goOnline = ({ client, arrivals, background, ownName, page, banner, ringer, onLeft }: OnlineOptions): void => {
  const online = new AbortController()
  const { signal } = online
  let people: readonly Person[] = []

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
    switchboard.close()
    ringer.stop()
    void client.close()
    onLeft(problem)
  }

  // --- presence
  client.presence.watch(['*'], (update) => {
    people = withUpdate(people, update, client.id)
    lobby.update(people)
  }, { signal })
  const tellPresence = (): void => client.presence.set(switchboard.current ? 'busy' : document.hidden ? 'away' : 'online')
  document.addEventListener('visibilitychange', tellPresence, { signal })

  // --- the server
  let away = false
  const tellServer = (): void => {
    banner.hidden = !away
    const { current } = switchboard
    const goesOn = current && (current.state === 'active' || current.state === 'reconnecting')
    if (away) say(banner, goesOn ? 'The server is away. Your call goes on. Reconnecting…' : 'The server is away. Reconnecting…')
  }
  client.on('stateChanged', ({ to, error }) => {
    away = to === 'waiting' || to === 'connecting'
    tellServer()
    if (to === 'offline' || to === 'closed') leave(error && remedyFor(error, 'call').title)
  }, { signal })
  // So that the others see us go at once. With a call the page may be loading again: then it goes on.
  addEventListener('pagehide', () => {
    if (!client.calls.length) void client.close()
  }, { signal })

  // --- calls
  const showLobby = (): void => {
    page.replaceChildren(lobby.element)
    lobby.element.querySelector<HTMLElement>('h1')?.focus()
  }
  const switchboard: Switchboard = new Switchboard({
    client,
    ownName,
    background,
    ringer,
    page,
    people: () => people,
    onChange: () => {
      const { current } = switchboard
      const name = current?.remote.name ?? ''
      document.title = !current ? TITLE : current.state === 'ringing' && current.direction === 'incoming' ? `${name} is calling` : `${name} · ${TITLE}`
      tellPresence()
      tellServer()
    },
    onIdle: (last, failure) => {
      if (signal.aborted) return
      if (!page.contains(lobby.element)) showLobby()
      // What the call failed with is known a moment later than its end.
      setTimeout(() => void finish(last, failure()))
    },
    onSay: (title) => show(notice({ title, onClose: () => show() })),
  })
  const place = (id: string, kind: CallKind): void => {
    show()
    switchboard.place(id, kind)
  }
  const finish = async (call: Call, failure: unknown): Promise<void> => {
    const missing = await missingFor(failure, call.media.video ? 'video' : 'voice')
    // Another call has begun meanwhile.
    if (switchboard.current) return
    const last = endNotice({ call, failure, missing, onAgain: (kind) => place(call.remote.id, kind), onClose: () => show() })
    if (last) show(last)
  }
  showLobby()
  tellPresence()
  arrivals.take({
    received: (call) => {
      show()
      switchboard.receive(call)
    },
    reclaimed: (call) => switchboard.reclaim(call),
  })
}
