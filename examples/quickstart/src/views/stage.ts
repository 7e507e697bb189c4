import type { CallState } from 'tsunagu'
import { el, say, set } from '../element'
import { icon, thread } from '../icons'
import { avatar } from './avatar'
import { button } from './button'
import { makeMovable } from './corner'
import { viewButtons } from './view-buttons'

/** What a call looks like right now. */
export interface StageState {
  readonly state: CallState
  /** The state in words. */
  readonly words: string
  /** How long the call has been running, `''` before. */
  readonly time: string
  /** What arrives from the other side. `camera` is `none` where they never had one on. */
  readonly remote: { readonly camera: 'on' | 'off' | 'none'; readonly microphone: boolean; readonly screen: boolean }
  /** What we send. */
  readonly own: { readonly camera: boolean; readonly mirrored: boolean; readonly screen: boolean; readonly blurring: boolean }
  /** Nothing flows: who holds the call, in words, and whether it is we, who can go on. */
  readonly held?: { readonly words: string; readonly byUs: boolean } | undefined
}

/** What the stage needs. */
export interface StageOptions {
  readonly name: string
  readonly ownName: string
  readonly onStopSharing: () => void
  /** Goes on with a call that we hold. */
  readonly onResume: () => void
  /** Aborts when the call is over. */
  readonly signal: AbortSignal
}

/** The pictures of a call. */
export interface StageView {
  readonly element: HTMLElement
  /** The elements to play tracks in. */
  readonly media: { readonly camera: HTMLVideoElement; readonly screen: HTMLVideoElement; readonly own: HTMLVideoElement }
  update(state: StageState): void
  /** Shows one notice above the pictures, or none. */
  show(notice?: HTMLElement): void
  /** Shows something for a moment, say a key that the other side pressed; an empty text takes it away. */
  mention(text: string): void
}

/** Makes the pictures: theirs large, ours small; a shared screen takes the large place and makes their camera small too. */
export const stageView = ({ name, ownName, onStopSharing, onResume, signal }: StageOptions): StageView => {
  const video = (label: string): HTMLVideoElement => el('video', { autoplay: true, playsinline: true, 'aria-label': label })
  const media = { camera: video(`${name}’s camera`), screen: video(`${name}’s screen`), own: video('Your camera') }
  // Nobody wants to hear themselves.
  media.own.muted = true

  const time = el('span', { class: 'time', role: 'timer' })
  const buttons = viewButtons({
    root: () => element.closest('.call'),
    large: () => (pictures.hasAttribute('data-screen') ? media.screen : media.camera),
    signal,
  })
  const bar = el('header', { class: 'bar' }, el('p', { class: 'with' }, avatar(name), el('strong', {}, name), time), ...buttons.elements)

  const without = el('p', {})
  const camera = el('figure', { class: 'picture camera' }, media.camera, el('div', { class: 'stand-in' }, avatar(name, 'large'), without))
  const screen = el('figure', { class: 'picture screen' }, media.screen)
  const own = el(
    'figure',
    { class: 'picture own', tabindex: 0, 'aria-label': 'Your picture. Arrow keys move it to another corner.' },
    media.own,
    el('div', { class: 'stand-in' }, avatar(ownName)),
  )
  const words = el('p', { class: 'state-words' })
  const pair = el('div', { class: 'pair', 'aria-hidden': 'true' }, avatar(ownName, 'large'), thread(), avatar(name, 'large'))
  const curtain = el('div', { class: 'curtain' }, pair, words)

  const heldWords = el('p', { class: 'state-words' })
  const resume = button({ label: 'Go on with the call', icon: 'resume', tone: 'good', key: 'H', onPress: onResume })
  const rest = el('div', { class: 'curtain rest' }, el('span', { class: 'rest-sign' }, icon('hold')), heldWords, resume)

  const reconnecting = el('p', { class: 'pill' }, 'Reconnecting…')
  const muted = el('p', { class: 'pill' }, icon('microphoneOff'), `${name}’s microphone is off`)
  const stop = button({ label: 'Stop', tone: 'quiet', onPress: onStopSharing })
  const sharing = el('div', { class: 'pill' }, icon('screen'), el('span', {}, 'You are sharing your screen'), stop)
  const blurring = el('p', { class: 'pill' }, icon('blur'), 'The blur is loading. Until then all of your picture is blurred.')
  const mentioned = el('p', { class: 'pill', hidden: true })
  const notices = el('div', { class: 'notices' })
  const overlay = el('div', { class: 'overlay' }, notices, reconnecting, sharing, blurring, muted, mentioned)

  const pictures = el('div', { class: 'pictures' }, camera, screen, curtain, rest, own, overlay)
  const element = el('section', { class: 'stage' }, bar, pictures)
  makeMovable(own, pictures)

  return {
    element,
    media,
    update: (state) => {
      const { remote } = state
      // Before a call runs nobody is told of a camera or microphone that is yet to come.
      const running = state.state === 'active' || state.state === 'reconnecting'
      set(pictures, { 'data-state': state.state, 'data-screen': running && remote.screen })
      set(camera, { 'data-empty': remote.camera !== 'on' })
      set(own, { 'data-empty': !state.own.camera || !!state.held, 'data-mirrored': state.own.mirrored })
      say(words, state.words)
      say(time, state.time)
      say(without, remote.camera === 'none' ? 'Voice only' : 'Camera is off')
      // After a reload nothing of them is there yet.
      const bare = !running || (state.state === 'reconnecting' && remote.camera === 'none' && !remote.screen)
      curtain.hidden = !bare
      camera.hidden = bare
      screen.hidden = !running || !remote.screen
      rest.hidden = bare || !state.held
      if (state.held) say(heldWords, state.held.words)
      resume.hidden = !state.held?.byUs
      // Nothing arrives from a call that is held.
      muted.hidden = bare || remote.microphone || !!state.held
      reconnecting.hidden = bare || state.state !== 'reconnecting'
      blurring.hidden = !state.own.blurring
      sharing.hidden = !state.own.screen
      buttons.update(running && (remote.screen || remote.camera === 'on'))
    },
    mention: (text) => {
      mentioned.hidden = !text
      if (text) say(mentioned, text)
    },
    show: (one) => notices.replaceChildren(...(one ? [one] : [])),
  }
}
