import { el, say } from '../element'
import { icon } from '../icons'
import { avatar } from './avatar'
import { button } from './button'

/** The call that waits beside the one on the screen. */
export interface OtherCall {
  /** Who waits. */
  readonly name: string
  /** The two can be joined: both calls run. */
  readonly canJoin: boolean
  /** How it waits, in words. */
  readonly words: string
}

/** What its buttons do. */
export interface OtherCallOptions {
  readonly onSwap: () => void
  readonly onJoin: () => void
}

/** The strip with the call that waits. */
export interface OtherCallView {
  readonly element: HTMLElement
  update(other: OtherCall | undefined): void
}

/** Makes the strip; it is not there while there is no other call. */
export const otherCallView = ({ onSwap, onJoin }: OtherCallOptions): OtherCallView => {
  const picture = el('span', { class: 'other-picture' })
  const name = el('strong', {})
  const words = el('span', { class: 'other-words' })
  const swap = button({ label: 'Swap', icon: 'swap', key: 'X', onPress: onSwap })
  const join = button({ label: 'Connect the two', icon: 'join', tone: 'accent', onPress: onJoin })
  const element = el(
    'section',
    { class: 'other', 'aria-label': 'The other call', hidden: true },
    picture,
    el('p', { class: 'other-who' }, name, el('span', { class: 'other-state' }, icon('hold'), words)),
    swap,
    join,
  )
  return {
    element,
    update: (other) => {
      element.hidden = !other
      if (!other) return
      if (name.textContent !== other.name) picture.replaceChildren(avatar(other.name))
      say(name, other.name)
      say(words, other.words)
      join.hidden = !other.canJoin
    },
  }
}
