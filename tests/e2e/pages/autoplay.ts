// Runs in the browser, by itself and without a click: a script sent by the driver would count as one. It reports on the console.
import { isRtcError } from '../../../src/base/errors'
import { attach, playback } from '../../../src/dom'

/** What comes from somebody else, as far as autoplay goes: a picture, and a sound that is no capture of ours. */
const picture = (): MediaStreamTrack => {
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')
  let shade = 0
  setInterval(() => {
    if (!context) return
    context.fillStyle = `rgb(${(shade += 8) % 256}, 0, 0)`
    context.fillRect(0, 0, canvas.width, canvas.height)
  }, 40)
  return canvas.captureStream(25).getVideoTracks()[0] as MediaStreamTrack
}
const sound = (): MediaStreamTrack =>
  new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0] as MediaStreamTrack

let plays = 0
const element = document.createElement('video')
const play = element.play.bind(element)
element.play = () => {
  plays++
  return play()
}
document.body.append(element)
// An app that keeps events to itself must not keep the sound from starting.
document.body.addEventListener('click', (event) => event.stopPropagation())

const say = (text: string): void => console.log(text)
playback.on('blocked', ({ elements }) => say(`blocked ${elements.length}`))
playback.on('unlocked', () => say(`unlocked, ${playback.blocked.length} left`))
const refused = new Promise((resolve) => playback.once('blocked', resolve))

const undo = [attach(sound(), element), attach(picture(), element)]
refused
  .then(() => playback.unlock())
  .catch((error: unknown) => say(isRtcError(error) ? error.code : String(error)))

const app = {
  look: () => ({ plays, paused: element.paused, seconds: element.currentTime, blocked: playback.blocked.length }),
  /** The app's own button, without `playback`. */
  start: () => element.play(),
  detach: () => undo.forEach((one) => one()),
}
export type AutoplayApp = typeof app
Object.assign(globalThis, { app })
