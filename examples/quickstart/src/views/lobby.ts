import { el, say } from '../element'
import { icon, thread } from '../icons'
import type { Person } from '../people'
import { avatar } from './avatar'
import { button } from './button'

/** How to call somebody. */
export type CallKind = 'video' | 'voice'

/** What the lobby tells. */
export interface LobbyOptions {
  readonly name: string
  readonly onCall: (person: Person, kind: CallKind) => void
  readonly onInvite: () => void
  readonly onLeave: () => void
}

/** Who is here. */
export interface LobbyView {
  readonly element: HTMLElement
  update(people: readonly Person[]): void
  /** Shows one notice above the list, or none. */
  show(notice?: HTMLElement): void
}

const STATUS_WORDS: Record<Person['status'], string> = { online: 'Online', away: 'Away', busy: 'In a call', offline: 'Offline' }

/** Makes the list of people with a button for each way to call them. */
export const lobbyView = ({ name, onCall, onInvite, onLeave }: LobbyOptions): LobbyView => {
  const list = el('ul', { class: 'people', 'aria-label': 'People online' })
  const count = el('p', { class: 'soft', role: 'status' })
  const notices = el('div', { class: 'notices' })
  const empty = el(
    'div',
    { class: 'empty' },
    el('div', { class: 'pair still', 'aria-hidden': 'true' }, avatar(name, 'large'), thread(), el('span', { class: 'avatar large nobody' }, '?')),
    el('h2', {}, 'Nobody else is here yet'),
    el('p', { class: 'soft' }, 'Open this page in a second window under another name, or send somebody the link.'),
    button({ label: 'Copy the link', icon: 'link', tone: 'accent', onPress: onInvite }),
  )

  const row = (person: Person): HTMLElement =>
    el(
      'li',
      { class: 'person', 'data-status': person.status },
      avatar(person.name),
      el('span', { class: 'person-words' }, el('strong', {}, person.name), el('span', { class: 'soft status' }, STATUS_WORDS[person.status])),
      button({ label: `Call ${person.name} with voice only`, icon: 'call', iconOnly: true, onPress: () => onCall(person, 'voice') }),
      button({ label: `Call ${person.name} with video`, icon: 'camera', iconOnly: true, tone: 'good', onPress: () => onCall(person, 'video') }),
    )

  // Rows are kept as long as their person does not change: a button under a finger or with the focus stays.
  const rows = new Map<string, { readonly person: Person; readonly element: HTMLElement }>()
  const update = (people: readonly Person[]): void => {
    for (const [id, { element }] of rows) {
      if (people.some((person) => person.id === id)) continue
      element.remove()
      rows.delete(id)
    }
    people.forEach((person, index) => {
      const known = rows.get(person.id)
      const same = known?.person.name === person.name && known.person.status === person.status
      const element = same ? known.element : row(person)
      rows.set(person.id, { person, element })
      if (!same) known?.element.replaceWith(element)
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null)
    })
    list.hidden = !people.length
    empty.hidden = !!people.length
    say(count, people.length === 1 ? 'One person is here.' : people.length ? `${people.length} people are here.` : '')
  }
  update([])

  const element = el(
    'main',
    { class: 'lobby' },
    el(
      'header',
      { class: 'bar' },
      el('p', { class: 'brand' }, icon('logo'), 'Tsunagu'),
      el('p', { class: 'me' }, avatar(name), el('span', {}, el('span', { class: 'unseen' }, 'You are '), name)),
      button({ label: 'Leave', icon: 'leave', iconOnly: true, tone: 'quiet', onPress: onLeave }),
    ),
    el('div', { class: 'lobby-body' }, notices, el('div', { class: 'heading' }, el('h1', { tabindex: -1 }, 'Who would you like to call?'), count), list, empty),
  )
  return {
    element,
    update,
    show: (one) => notices.replaceChildren(...(one ? [one] : [])),
  }
}
