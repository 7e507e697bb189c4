import { el, set } from '../element'
import { avatar } from './avatar'
import { button } from './button'
import type { IncomingOptions, IncomingView } from './incoming'

/**
 * Tells of a call that comes in during another: a card that takes neither the focus nor the picture away.
 * A answers and D declines, as long as nothing else is being written.
 */
export const waitingView = ({ name, video, onAccept, onDecline }: Omit<IncomingOptions, 'ownName'>): IncomingView => {
  const notices = el('div', { class: 'notices' })
  const take = (): void => onAccept(video ? 'video' : 'voice')
  const accept = button({ label: 'Hold and answer', icon: video ? 'camera' : 'call', tone: 'good', key: 'A', onPress: take })
  const voice = button({ label: 'Hold and answer with voice only', icon: 'call', iconOnly: true, onPress: () => onAccept('voice') })
  const decline = button({ label: 'Decline', icon: 'hangUp', iconOnly: true, tone: 'bad', key: 'D', onPress: onDecline })
  const element = el(
    'section',
    { class: 'waiting', 'aria-label': `${name} is calling` },
    el('div', { class: 'waiting-who' }, avatar(name), el('p', {}, el('strong', {}, name), el('span', { class: 'soft' }, video ? 'calls with video' : 'calls'))),
    notices,
    el('div', { class: 'waiting-ways' }, accept, video ? voice : undefined, decline),
  )
  return {
    element,
    keys: { a: take, d: onDecline },
    open: () => undefined,
    show: (one, voiceHelps = false) => {
      notices.replaceChildren(one)
      set(element, { 'data-problem': one.matches('.problem') })
      if (voiceHelps) voice.focus()
    },
    close: () => element.remove(),
  }
}
