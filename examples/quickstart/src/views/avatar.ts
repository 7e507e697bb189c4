import { el } from '../element'
import { hueOf, initialsOf } from '../people'

/** A person's picture as long as there is none: their initials on their colour. */
export const avatar = (name: string, size: 'small' | 'large' = 'small'): HTMLElement =>
  el('span', { class: `avatar ${size} hue-${hueOf(name)}`, 'aria-hidden': 'true' }, initialsOf(name))
