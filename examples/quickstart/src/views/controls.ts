import { el, set } from '../element'
import { button, relabel } from './button'

/** What we send, as the controls show it. */
export interface OwnMediaState {
  readonly microphone: boolean
  readonly camera: boolean
  readonly screen: boolean
  /** There is another camera to change to. */
  readonly canSwap: boolean
  /** This browser can share a screen: those of phones cannot. */
  readonly canShare: boolean
}

/** What the buttons do. */
export interface ControlsOptions {
  readonly onMicrophone: () => void
  readonly onCamera: () => void
  readonly onSwap: () => void
  readonly onScreen: () => void
  readonly onMore: () => void
  readonly onHangUp: () => void
}

/** The buttons below a call. */
export interface ControlsView {
  readonly element: HTMLElement
  readonly more: HTMLButtonElement
  readonly hangUp: HTMLButtonElement
  update(own: OwnMediaState): void
}

/** Makes the buttons of a running call; their names say what a press will do. */
export const controlsView = (options: ControlsOptions): ControlsView => {
  const microphone = button({ label: 'Mute microphone', icon: 'microphone', iconOnly: true, key: 'M', onPress: options.onMicrophone })
  const camera = button({ label: 'Turn camera off', icon: 'camera', iconOnly: true, key: 'V', onPress: options.onCamera })
  const swap = button({ label: 'Change camera', icon: 'swap', iconOnly: true, onPress: options.onSwap })
  const screen = button({ label: 'Share screen', icon: 'screen', iconOnly: true, key: 'S', onPress: options.onScreen })
  const more = button({ label: 'More', icon: 'more', iconOnly: true, onPress: options.onMore })
  const hangUp = button({ label: 'Hang up', icon: 'hangUp', iconOnly: true, tone: 'bad', key: 'Esc', onPress: options.onHangUp })
  hangUp.setAttribute('aria-keyshortcuts', 'Escape')
  set(more, { 'aria-haspopup': 'dialog', 'aria-expanded': 'false' })

  return {
    element: el('footer', { class: 'controls', role: 'toolbar', 'aria-label': 'Call' }, microphone, camera, swap, screen, more, hangUp),
    more,
    hangUp,
    update: (own) => {
      relabel(microphone, own.microphone ? 'Mute microphone' : 'Unmute microphone', 'M', own.microphone ? 'microphone' : 'microphoneOff')
      relabel(camera, own.camera ? 'Turn camera off' : 'Turn camera on', 'V', own.camera ? 'camera' : 'cameraOff')
      relabel(screen, own.screen ? 'Stop sharing' : 'Share screen', 'S', own.screen ? 'screenOff' : 'screen')
      set(microphone, { 'data-off': !own.microphone })
      set(camera, { 'data-off': !own.camera })
      set(screen, { 'data-on': own.screen })
      swap.hidden = !own.canSwap || !own.camera
      screen.hidden = !own.canShare
    },
  }
}
