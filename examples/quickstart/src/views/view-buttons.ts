import { button, relabel } from './button'

/** What the buttons for a picture's size need. */
export interface ViewButtonsOptions {
  /** What fills the screen. */
  readonly root: () => Element | null
  /** The picture that is large now. */
  readonly large: () => HTMLVideoElement
  /** Aborts when the call is over. */
  readonly signal: AbortSignal
}

/** The buttons for picture in picture and full size, where the browser has them. */
export interface ViewButtons {
  readonly elements: readonly HTMLElement[]
  /** A picture in picture needs a picture. */
  update(hasPicture: boolean): void
}

const inPicture = async (video: HTMLVideoElement): Promise<void> => {
  if (document.pictureInPictureElement) await document.exitPictureInPicture()
  else await video.requestPictureInPicture()
}

const full = async (root: Element | null): Promise<void> => {
  if (document.fullscreenElement) await document.exitFullscreen()
  else await root?.requestFullscreen()
}

/** Makes the buttons. Firefox has a picture-in-picture button of its own; iPhones show only a bare video in full size, so there is none there. */
export const viewButtons = ({ root, large, signal }: ViewButtonsOptions): ViewButtons => {
  // Both fail where the browser has a reason of its own; then nothing happens.
  const picture = button({
    label: 'Picture in picture',
    icon: 'pictureInPicture',
    iconOnly: true,
    tone: 'quiet',
    onPress: () => void inPicture(large()).catch(() => undefined),
  })
  const size = button({
    label: 'Full size',
    icon: 'expand',
    iconOnly: true,
    tone: 'quiet',
    onPress: () => void full(root()).catch(() => undefined),
  })
  const changed = (): void => {
    const now = document.fullscreenElement !== null
    relabel(size, now ? 'Back to normal size' : 'Full size', undefined, now ? 'shrink' : 'expand')
  }
  document.addEventListener('fullscreenchange', changed, { signal })
  const elements = [
    ...(document.pictureInPictureEnabled ? [picture] : []),
    ...(document.fullscreenEnabled ? [size] : []),
  ]
  return { elements, update: (hasPicture) => void (picture.hidden = !hasPicture) }
}
