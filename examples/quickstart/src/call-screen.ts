import { type Call, devices, isRtcError, type LocalTrack, type RemoteTrack, type TrackSource } from 'tsunagu'
import { attach } from 'tsunagu/dom'
import { announce } from './announce'
import type { Background } from './blur/background'
import { forgetCall, recallCall, rememberCall } from './call-memory'
import { devicePanels } from './device-panel'
import { el } from './element'
import { showKeysHeard } from './keys-heard'
import { OwnMedia } from './own-media'
import { Panels } from './panels'
import type { Person } from './people'
import { remedyFor, type Wish } from './remedies'
import { listenForKeys } from './shortcuts'
import { playTheirMedia } from './their-media'
import { controlsView } from './views/controls'
import { keypadView } from './views/keypad'
import { moreView } from './views/more'
import { notice } from './views/notice'
import { type OtherCall, otherCallView } from './views/other-call'
import { peoplePickerView } from './views/people-picker'
import { stageView } from './views/stage'
import { clock, holdWords, stateWords } from './words'

/** What the screen of a call needs. */
export interface CallScreenOptions {
  readonly call: Call
  readonly ownName: string
  readonly background: Background
  /** Who may be put through to now. */
  readonly people: () => readonly Person[]
  /** Holds the call, or goes on with it. */
  readonly onHold: () => void
  readonly onPutThrough: (to: Person) => void
  /** Talks to somebody else first; `undefined` where there are two calls already. */
  readonly onCallFirst: () => ((to: Person) => void) | undefined
  /** Brings the other call to the front. */
  readonly onSwap: () => void
  /** Connects the other sides of the two calls. */
  readonly onJoin: () => void
  /** A key was pressed on the keypad. */
  readonly onKey: (key: string) => void
}

/** One call on the page. */
export interface CallScreen {
  readonly element: HTMLElement
  /** Shows a notice above the pictures, or none. */
  show(notice?: HTMLElement): void
  /** Shows the call that waits beside this one. */
  beside(other: OtherCall | undefined): void
}

/** Shows one call from its first moment to its end, and lets the person rule over it. It is hidden while another one is in front. */
export const callScreen = (options: CallScreenOptions): CallScreen => {
  const { call, ownName, background } = options
  const { name } = call.remote
  const over = new AbortController()
  const { signal } = over
  let { seconds } = recallCall(call.id)
  let cameras = 0

  const stage = stageView({ name, ownName, signal, onStopSharing: () => void own.toggleScreen(), onResume: options.onHold })
  const controls = controlsView({
    onMicrophone: () => void own.toggleMicrophone(),
    onCamera: () => void own.toggleCamera(),
    onSwap: () => void own.swapCamera(),
    onScreen: () => void own.toggleScreen(),
    onMore: () => (panels.isOpen ? panels.close() : showMore()),
    onHangUp: () => void call.hangUp(),
  })
  const other = otherCallView({ onSwap: options.onSwap, onJoin: options.onJoin })
  const panels = new Panels(controls.element, controls.more)
  const element = el('main', { class: 'call', tabindex: -1, 'aria-label': `Call with ${name}` }, other.element, stage.element, controls.element)

  const isRunning = (): boolean => call.state === 'active' || call.state === 'reconnecting'
  const render = (): void => {
    if (call.state === 'ended') return
    const received = (source: TrackSource): RemoteTrack | undefined => call.remote.tracks.find((track) => track.source === source)
    const camera = received('camera')
    const held = holdWords(call.held, name)
    stage.update({
      state: call.state,
      words: stateWords(call.state, call.direction, name),
      time: isRunning() ? clock(seconds) : '',
      remote: {
        camera: !camera ? 'none' : camera.muted ? 'off' : 'on',
        microphone: received('microphone')?.muted === false,
        screen: received('screen')?.muted === false,
      },
      own: { camera: own.camera, mirrored: own.mirrored, screen: own.screen, blurring: background.loading && own.camera },
      held: held ? { words: held, byUs: call.held.local } : undefined,
    })
    controls.update({
      microphone: own.microphone,
      camera: own.camera,
      screen: own.screen,
      canSwap: cameras > 1,
      canShare: 'getDisplayMedia' in (navigator.mediaDevices ?? {}),
    })
    const { microphone, camera: sent } = own
    if (call.state === 'active') rememberCall(call.id, { microphone, camera: sent, held: call.held.local, seconds })
  }

  // --- our side
  const problem = (error: unknown, wish: Wish): void => {
    const { title, text, steps } = remedyFor(error, wish)
    const unblur = { label: 'Go on without blur', onPress: () => (stage.show(), background.turn(false)) }
    const actions = isRtcError(error) && error.code === 'media/process-failed' ? [unblur] : []
    stage.show(notice({ tone: 'problem', title, text, steps, actions, onClose: () => stage.show() }))
  }
  const showOwn = (track: LocalTrack): void => {
    if (track.source === 'camera') attach(track, stage.media.own)
  }
  const own: OwnMedia = new OwnMedia(call, {
    background,
    signal,
    onChange: () => queueMicrotask(render),
    onProblem: problem,
    onTrack: showOwn,
  })
  background.on('changed', render, { signal })
  const countCameras = async (): Promise<void> => {
    cameras = (await devices.list('camera').catch(() => [])).length
    render()
  }
  devices.on('changed', countCameras, { signal })

  // --- their side
  playTheirMedia({ call, stage, onChange: render, signal })
  showKeysHeard(call, stage.mention, signal)
  call.on('holdChanged', (held) => {
    announce(holdWords(held, name) ?? `The call with ${name} goes on.`)
    render()
  }, { signal })

  // --- what opens above the buttons
  const close = (): void => panels.close()
  const showDevices = devicePanels({ own, media: stage.media, onProblem: problem, onClose: close })
  const showPeople = (): void =>
    panels.show(
      peoplePickerView({
        name,
        people: options.people(),
        onPutThrough: (to) => {
          close()
          options.onPutThrough(to)
        },
        onCallFirst: options.onCallFirst(),
        onClose: close,
      }),
    )
  const sendKey = (key: string): void => {
    options.onKey(key)
    call.sendDtmf(key).catch((error: unknown) => problem(error, 'call'))
  }
  const showMore = (): void =>
    panels.show(
      moreView({
        name,
        held: call.held.local,
        canHold: call.state === 'connecting' || isRunning(),
        running: isRunning(),
        blurred: background.isOn,
        onHold: () => {
          close()
          options.onHold()
        },
        onPutThrough: showPeople,
        onKeypad: () => panels.show(keypadView({ onKey: sendKey, onClose: close })),
        onBlur: () => {
          close()
          background.turn(!background.isOn)
          announce(background.isOn ? 'Your background is being blurred.' : 'Your background is not blurred any more.')
        },
        onDevices: () => void showDevices().then((panel) => panels.show(panel)),
        onClose: close,
      }),
    )

  // --- keys: they are for the call in front
  const escape = (): void => {
    if (panels.isOpen) return panels.close()
    if (call.state === 'inviting' || call.state === 'ringing') return void call.hangUp()
    // One key alone must not end a conversation: Escape leads to the button, Enter presses it.
    controls.hangUp.focus()
    announce('Press Enter to hang up.')
  }
  listenForKeys(
    {
      m: () => void own.toggleMicrophone(),
      v: () => void own.toggleCamera(),
      s: () => void own.toggleScreen(),
      h: options.onHold,
      x: options.onSwap,
      Escape: escape,
    },
    signal,
    () => !element.hidden,
  )

  // --- the course of the call
  const tick = setInterval(() => {
    if (!isRunning()) return
    seconds += 1
    render()
  }, 1000)
  const end = (): void => {
    over.abort()
    clearInterval(tick)
    forgetCall(call.id)
    if (element.contains(document.pictureInPictureElement)) void document.exitPictureInPicture().catch(() => undefined)
    if (document.fullscreenElement === element) void document.exitFullscreen().catch(() => undefined)
  }
  call.on('stateChanged', ({ to }) => {
    if (to === 'ended') return end()
    announce(stateWords(to, call.direction, name))
    render()
    // Devices have names only once the person allowed one.
    if (to === 'active') void countCameras()
  }, { signal })
  announce(stateWords(call.state, call.direction, name))
  render()
  void countCameras()
  if (call.reason) end()
  return { element, show: stage.show, beside: other.update }
}
