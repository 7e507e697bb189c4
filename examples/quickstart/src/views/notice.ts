import { el } from '../element'
import { icon } from '../icons'
import { button, type ButtonOptions } from './button'

/** Something the person should know, and what they can do about it. */
export interface NoticeOptions {
  readonly title: string
  readonly text?: string
  readonly steps?: readonly string[]
  readonly tone?: 'info' | 'problem'
  readonly actions?: readonly ButtonOptions[]
  readonly onClose?: () => void
}

/** Makes a card that a screen reader reads out as it appears. */
export const notice = ({ title, text, steps = [], tone = 'info', actions = [], onClose }: NoticeOptions): HTMLElement =>
  el(
    'section',
    { class: `notice ${tone}`, role: tone === 'problem' ? 'alert' : 'status' },
    tone === 'problem' ? icon('warning') : undefined,
    el(
      'div',
      { class: 'notice-body' },
      el('h2', {}, title),
      text ? el('p', {}, text) : undefined,
      steps.length ? el('ul', {}, ...steps.map((step) => el('li', {}, step))) : undefined,
      actions.length ? el('div', { class: 'row' }, ...actions.map(button)) : undefined,
    ),
    onClose && button({ label: 'Close', icon: 'close', iconOnly: true, tone: 'quiet', onPress: onClose }),
  )
