import { el } from '../element'
import { icon, type IconName } from '../icons'

/** How a button looks and is called. */
export interface ButtonOptions {
  /** What it does, in words: its name for screen readers, and its text unless `iconOnly`. */
  readonly label: string
  /** What it does it to, where several buttons have the same label: for screen readers. */
  readonly description?: string
  readonly icon?: IconName
  readonly iconOnly?: boolean
  readonly tone?: 'plain' | 'quiet' | 'accent' | 'good' | 'bad'
  /** A key that does the same; shown in the hint. */
  readonly key?: string
  readonly onPress: () => void
}

/** Makes a button at least 44 px high, with a hint for those that show only a picture. */
export const button = ({ label, description, icon: name, iconOnly = false, tone = 'plain', key, onPress }: ButtonOptions): HTMLButtonElement => {
  const element = el(
    'button',
    { type: 'button', class: `button ${tone}${iconOnly ? ' round' : ''}` },
    name && icon(name),
    iconOnly ? undefined : el('span', {}, label),
    description && el('span', { class: 'unseen' }, ` ${description}`),
  )
  if (iconOnly) relabel(element, label, key)
  else if (key) element.setAttribute('aria-keyshortcuts', key)
  element.addEventListener('click', onPress)
  return element
}

/** Gives a picture-only button another name, and perhaps another picture. */
export const relabel = (element: HTMLButtonElement, label: string, key?: string, name?: IconName): void => {
  element.setAttribute('aria-label', label)
  element.setAttribute('data-hint', key ? `${label} (${key})` : label)
  if (key) element.setAttribute('aria-keyshortcuts', key)
  // Only another one: a browser forgets a press whose target, the picture, is replaced before the button is let go.
  if (name && element.dataset['icon'] !== name) {
    element.dataset['icon'] = name
    element.replaceChildren(icon(name))
  }
}
