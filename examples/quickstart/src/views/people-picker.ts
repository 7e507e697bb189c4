import { el } from '../element'
import type { Person } from '../people'
import { avatar } from './avatar'
import { button } from './button'
import { panel } from './panel'

/** Whom to put through, and to whom. */
export interface PeoplePickerOptions {
  /** Who is to be put through. */
  readonly name: string
  readonly people: readonly Person[]
  /** Puts them through at once. */
  readonly onPutThrough: (person: Person) => void
  /** Asks that one first, in a second call; `undefined` where there are two calls already. */
  readonly onCallFirst?: ((person: Person) => void) | undefined
  readonly onClose: () => void
}

/** Makes the choice of somebody to talk to instead of us. */
export const peoplePickerView = ({ name, people, onPutThrough, onCallFirst, onClose }: PeoplePickerOptions): HTMLElement => {
  const row = (person: Person): HTMLElement =>
    el(
      'li',
      { class: 'pick' },
      avatar(person.name),
      el('strong', {}, person.name),
      el(
        'span',
        { class: 'pick-ways' },
        onCallFirst &&
          button({ label: 'Ask first', description: person.name, icon: 'call', onPress: () => onCallFirst(person) }),
        button({ label: 'Put through', description: person.name, icon: 'putThrough', tone: 'accent', onPress: () => onPutThrough(person) }),
      ),
    )
  return panel(
    { title: `Put ${name} through to…`, onClose },
    people.length
      ? el('ul', { class: 'picks', 'aria-label': 'People online' }, ...people.map(row))
      : el('p', { class: 'soft' }, 'Nobody else is here. Whoever opens this page appears in this list.'),
    people.length && onCallFirst
      ? el('p', { class: 'soft small' }, `“Ask first” puts ${name} on hold while you talk to the other one.`)
      : undefined,
  )
}
