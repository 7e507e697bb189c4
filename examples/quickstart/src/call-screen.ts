import { type Call, type DeviceKind, devices, type EndReason, type LocalTrack, type RemoteTrack, type TrackSource } from 'tsunagu'
import { attach, playback, setOutput } from 'tsunagu/dom'
import { announce } from './announce'
import { el } from './element'
import { OwnMedia } from './own-media'
import { remedyFor, type Wish } from './remedies'
import { listenForKeys } from './shortcuts'
import { controlsView } from './views/controls'
import { notice } from './views/notice'
import { settingsView } from './views/settings'
import { stageView } from './views/stage'
import { clock, stateWords } from './words'

/** What the screen of a call needs. */
export interface CallScreenOptions {
  readonly call: Call
  readonly ownName: string
  readonly onEnded: (reason: EndReason) => void
}

/** Shows one call from its first moment to its end, and lets the person rule over it. Returns what to put into the page. */
export const callScreen = ({ call, ownName, onEnded }: CallScreenOptions): HTMLElement => {
  const { name } = call.remote
  const over = new AbortController()
  const { signal } = over
  let seconds = 0
  let cameras = 0
  let speaker: string | undefined

  const stage = stageView({ name, ownName, signal, onStopSharing: () => void own.toggleScreen() })
  const controls = controlsView({
    onMicrophone: () => void own.toggleMicrophone(),
    onCamera: () => void own.toggleCamera(),
    onSwap: () => void own.swapCamera(),
    onScreen: () => void own.toggleScreen(),
    onSettings: () => void toggleSettings(),
    onHangUp: () => void call.hangUp(),
  })
  const element = el('main', { class: 'call', tabindex: -1, 'aria-label': `Call with ${name}` }, stage.element, controls.element)

  const render = (): void => {
    if (call.state === 'ended') return
    const received = (source: TrackSource): RemoteTrack | undefined => call.remote.tracks.find((track) => track.source === source)
    const camera = received('camera')
    stage.update({
      state: call.state,
      words: stateWords(call.state, call.direction, name),
      time: call.state === 'active' || call.state === 'reconnecting' ? clock(seconds) : '',
      remote: {
        camera: !camera ? 'none' : camera.muted ? 'off' : 'on',
        microphone: received('microphone')?.muted === false,
        screen: received('screen')?.muted === false,
      },
      own: { camera: own.camera, mirrored: own.mirrored, screen: own.screen },
    })
    controls.update({
      microphone: own.microphone,
      camera: own.camera,
      screen: own.screen,
      canSwap: cameras > 1,
      canShare: 'getDisplayMedia' in (navigator.mediaDevices ?? {}),
    })
  }

  // --- our side
  const problem = (error: unknown, wish: Wish): void => {
    const { title, text, steps } = remedyFor(error, wish)
    stage.show(notice({ tone: 'problem', title, text, steps, onClose: () => stage.show() }))
  }
  const showOwn = (track: LocalTrack): void => {
    if (track.source === 'camera') attach(track, stage.media.own)
  }
  const own: OwnMedia = new OwnMedia(call, { onChange: () => queueMicrotask(render), onProblem: problem, onTrack: showOwn })
  const countCameras = async (): Promise<void> => {
    cameras = (await devices.list('camera').catch(() => [])).length
    render()
  }
  devices.on('changed', countCameras, { signal })

  // --- their side: sound and picture of one source play in one element, so that they stay in sync
  const show = (track: RemoteTrack): void => {
    attach(track, track.source.startsWith('screen') ? stage.media.screen : stage.media.camera)
    render()
  }
  for (const track of call.remote.tracks) show(track)
  call.on('trackAdded', ({ track }) => {
    show(track)
    if (track.source === 'screen') announce(`${name} shares a screen.`)
  }, { signal })
  call.on('trackRemoved', ({ track }) => {
    render()
    if (track.source === 'screen') announce(`${name} stopped sharing.`)
  }, { signal })
  const tellMute = (track: RemoteTrack): void => {
    render()
    if (call.state === 'active') announce(`${name}’s ${track.source} is ${track.muted ? 'off' : 'on'}.`)
  }
  call.on('trackMuted', ({ track }) => tellMute(track), { signal })
  call.on('trackUnmuted', ({ track }) => tellMute(track), { signal })

  // --- the browser may refuse to play before the person has touched the page
  const hint = notice({
    title: `Tap to hear ${name}`,
    text: 'The browser waits for you before it plays sound.',
    actions: [{ label: 'Play', icon: 'sound', tone: 'accent', onPress: () => void playback.unlock().catch(() => undefined) }],
  })
  playback.on('blocked', () => stage.show(hint), { signal })
  playback.on('unlocked', () => hint.remove(), { signal })

  // --- devices
  let settings: HTMLElement | undefined
  const closeSettings = (): void => {
    settings?.remove()
    settings = undefined
    controls.settings.setAttribute('aria-expanded', 'false')
    controls.settings.focus()
  }
  const choose = (kind: DeviceKind, id: string): void => {
    if (kind !== 'speaker') return void own.choose(kind, id)
    speaker = id
    const elements = [stage.media.camera, stage.media.screen]
    Promise.all(elements.map((one) => setOutput(one, id))).catch((error: unknown) => problem(error, 'call'))
  }
  const toggleSettings = async (): Promise<void> => {
    if (settings) return closeSettings()
    const all = await devices.list().catch(() => [])
    const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype
    const [camera, microphone] = [own.deviceId('camera'), own.deviceId('microphone')]
    settings = settingsView({
      devices: all.filter(({ kind }) => kind !== 'speaker' || canChooseSpeaker),
      inUse: { ...(camera && { camera }), ...(microphone && { microphone }), ...(speaker && { speaker }) },
      onChoose: choose,
      onClose: closeSettings,
    })
    controls.element.before(settings)
    controls.settings.setAttribute('aria-expanded', 'true')
    settings.querySelector('select')?.focus()
  }

  // --- keys
  const escape = (): void => {
    if (settings) return closeSettings()
    if (call.state === 'inviting' || call.state === 'ringing') return void call.hangUp()
    // One key alone must not end a conversation: Escape leads to the button, Enter presses it.
    controls.hangUp.focus()
    announce('Press Enter to hang up.')
  }
  listenForKeys(
    { m: () => void own.toggleMicrophone(), v: () => void own.toggleCamera(), s: () => void own.toggleScreen(), Escape: escape },
    signal,
  )

  // --- the course of the call
  const tick = setInterval(() => {
    if (call.state !== 'active' && call.state !== 'reconnecting') return
    seconds += 1
    render()
  }, 1000)
  const end = (reason: EndReason): void => {
    over.abort()
    clearInterval(tick)
    if (document.pictureInPictureElement) void document.exitPictureInPicture().catch(() => undefined)
    if (document.fullscreenElement) void document.exitFullscreen().catch(() => undefined)
    onEnded(reason)
  }
  call.on('stateChanged', ({ to, reason }) => {
    if (to === 'ended' && reason) return end(reason)
    announce(stateWords(to, call.direction, name))
    render()
    // Devices have names only once the person allowed one.
    if (to === 'active') void countCameras()
  }, { signal })
  announce(stateWords(call.state, call.direction, name))
  render()
  void countCameras()
  if (call.reason) queueMicrotask(() => call.reason && end(call.reason))
  return element
}
