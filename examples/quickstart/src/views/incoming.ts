import { el, set } from '../element'
import { thread } from '../icons'
import type { Shortcuts } from '../shortcuts'
import { avatar } from './avatar'
import { button } from './button'
import type { CallKind } from './lobby'

/** What an incoming call asks. */
export interface IncomingOptions {
  readonly name: string
  /** Who is being called: us. */
  readonly ownName: string
  /** The caller sends a picture. */
  readonly video: boolean
  readonly onAccept: (kind: CallKind) => void
  readonly onDecline: () => void
}

/** What asks about an incoming call. */
export interface IncomingView {
  readonly element: HTMLElement
  /** Single keys that answer it, beside those of its buttons. */
  readonly keys: Shortcuts
  /** Puts it in front of everything and moves the focus into it. */
  open(): void
  /** Shows how accepting goes; it rings on. `voiceHelps`: what failed was the camera alone. */
  show(notice: HTMLElement, voiceHelps?: boolean): void
  close(): void
}

/** Asks whether to take a call. Escape declines. */
export const incomingView = ({ name, ownName, video, onAccept, onDecline }: IncomingOptions): IncomingView => {
  const accept = button({
    label: video ? 'Accept with video' : 'Accept',
    icon: video ? 'camera' : 'call',
    tone: 'good',
    onPress: () => onAccept(video ? 'video' : 'voice'),
  })
  const voice = button({ label: 'Accept with voice only', icon: 'call', onPress: () => onAccept('voice') })
  const notices = el('div', { class: 'notices' })
  const element = el(
    'dialog',
    { class: 'incoming', 'aria-labelledby': 'incoming-title', 'aria-describedby': 'incoming-text' },
    el('div', { class: 'pair ringing', 'aria-hidden': 'true' }, avatar(name, 'large'), thread(), avatar(ownName, 'large')),
    el('h2', { id: 'incoming-title' }, `${name} is calling`),
    el('p', { id: 'incoming-text', class: 'soft' }, video ? 'A video call.' : 'A voice call.'),
    notices,
    el(
      'div',
      { class: 'stack' },
      accept,
      video ? voice : undefined,
      button({ label: 'Decline', icon: 'hangUp', tone: 'bad', key: 'Escape', onPress: onDecline }),
    ),
  )
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    onDecline()
  })
  // The back gesture of Android closes a dialog without a key.
  element.addEventListener('cancel', (event) => {
    event.preventDefault()
    onDecline()
  })
  return {
    element,
    keys: {},
    open: () => {
      element.showModal()
      accept.focus()
    },
    show: (one, voiceHelps = false) => {
      notices.replaceChildren(one)
      set(element, { 'data-problem': one.matches('.problem') })
      if (!voiceHelps) return
      voice.lastElementChild?.replaceChildren('Continue with voice only')
      voice.classList.add('accent')
      voice.focus()
    },
    close: () => {
      element.close()
      element.remove()
    },
  }
}
