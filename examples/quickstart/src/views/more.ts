import { el, set } from '../element'
import { button, type ButtonOptions } from './button'
import { panel } from './panel'

/** What can be done in a call beside the buttons that are always there. */
export interface MoreOptions {
  /** The call can be held: it was accepted. */
  readonly canHold: boolean
  readonly held: boolean
  /** The call runs: keys can be sent, and the other side can be put through. */
  readonly running: boolean
  readonly name: string
  readonly blurred: boolean
  readonly onHold: () => void
  readonly onKeypad: () => void
  readonly onPutThrough: () => void
  readonly onBlur: () => void
  readonly onDevices: () => void
  readonly onClose: () => void
}

/** Makes the panel with everything else. */
export const moreView = ({ canHold, held, running, name, blurred, ...on }: MoreOptions): HTMLElement => {
  const row = (options: ButtonOptions, pressed?: boolean): HTMLElement => {
    const element = button({ tone: 'quiet', ...options })
    set(element, { 'aria-pressed': pressed === undefined ? undefined : String(pressed) })
    return element
  }
  return panel(
    { title: 'More', onClose: on.onClose },
    el(
      'div',
      { class: 'rows' },
      canHold ? row({ label: held ? 'Go on with the call' : `Put ${name} on hold`, icon: held ? 'resume' : 'hold', key: 'H', onPress: on.onHold }) : undefined,
      running ? row({ label: `Put ${name} through…`, icon: 'putThrough', onPress: on.onPutThrough }) : undefined,
      running && !held ? row({ label: 'Keypad', icon: 'keypad', onPress: on.onKeypad }) : undefined,
      row({ label: 'Blur my background', icon: 'blur', onPress: on.onBlur }, blurred),
      row({ label: 'Devices', icon: 'settings', onPress: on.onDevices }),
    ),
  )
}
