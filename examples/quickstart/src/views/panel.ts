import { el } from '../element'
import { button } from './button'

/** What a panel is made of. */
export interface PanelOptions {
  readonly title: string
  readonly onClose: () => void
}

/** Makes a panel with a title and a button that closes it. */
export const panel = ({ title, onClose }: PanelOptions, ...children: readonly (HTMLElement | undefined)[]): HTMLElement =>
  el(
    'section',
    { class: 'panel', role: 'dialog', 'aria-label': title, tabindex: -1 },
    el(
      'header',
      { class: 'panel-head' },
      el('h2', {}, title),
      button({ label: 'Close', icon: 'close', iconOnly: true, tone: 'quiet', onPress: onClose }),
    ),
    ...children,
  )
