import { el, say } from '../element'
import { panel } from './panel'

/** What a keypad needs. */
export interface KeypadOptions {
  readonly onKey: (key: string) => void
  readonly onClose: () => void
}

const KEYS: readonly (readonly [string, string])[] = [
  ['1', ''],
  ['2', 'ABC'],
  ['3', 'DEF'],
  ['4', 'GHI'],
  ['5', 'JKL'],
  ['6', 'MNO'],
  ['7', 'PQRS'],
  ['8', 'TUV'],
  ['9', 'WXYZ'],
  ['*', ''],
  ['0', '+'],
  ['#', ''],
]
const NAMES: Readonly<Record<string, string>> = { '*': 'Star', '#': 'Hash' }

/** Makes the keys of a telephone; the keyboard presses them as well while the panel has the focus. */
export const keypadView = ({ onKey, onClose }: KeypadOptions): HTMLElement => {
  const pressed = el('output', { class: 'pressed', 'aria-label': 'Pressed keys' })
  const press = (key: string): void => {
    say(pressed, `${pressed.textContent}${key}`.slice(-16))
    onKey(key)
  }
  const keys = KEYS.map(([key, letters]) => {
    const element = el(
      'button',
      { type: 'button', class: 'key', 'aria-label': NAMES[key] ?? key, 'data-key': key },
      el('span', {}, key),
      el('small', { 'aria-hidden': 'true' }, letters),
    )
    element.addEventListener('click', () => press(key))
    return element
  })
  const view = panel({ title: 'Keypad', onClose }, pressed, el('div', { class: 'keys', role: 'group', 'aria-label': 'Keys' }, ...keys))
  view.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const key = keys.find((one) => one.dataset['key'] === event.key)
    if (!key) return
    event.preventDefault()
    key.focus()
    press(event.key)
  })
  return view
}
