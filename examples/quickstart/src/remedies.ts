import { isRtcError } from 'tsunagu'

/** What went wrong, for the person in front of the screen, and what they can do. */
export interface Remedy {
  readonly title: string
  readonly text: string
  readonly steps: readonly string[]
  /** A call without a picture would still work. */
  readonly voiceHelps: boolean
}

/** What was being done when it failed. */
export type Wish = 'camera' | 'microphone' | 'camera and microphone' | 'screen' | 'call'

const device = (wish: Wish): string => (wish === 'screen' || wish === 'call' ? 'camera' : wish)

/**
 * Turns an error into advice. The SDK's `code` says which case it is; its `message` and `fix` are written for developers,
 * so they serve only for what a person cannot mend.
 */
export const remedyFor = (error: unknown, wish: Wish): Remedy => {
  const what = device(wish)
  const both = wish === 'camera and microphone'
  const voiceHelps = wish === 'camera'
  if (!isRtcError(error))
    return { title: 'Something went wrong', text: error instanceof Error ? error.message : String(error), steps: [], voiceHelps }
  switch (error.code) {
    case 'media/permission-denied':
      return wish === 'screen'
        ? {
            title: 'The screen may not be shared',
            text: 'Your system or browser did not allow it.',
            steps: ['On macOS: System Settings, Privacy & Security, Screen Recording: allow your browser.'],
            voiceHelps: false,
          }
        : {
            title: `Your ${what} ${both ? 'are' : 'is'} blocked`,
            text: `The browser did not let this page use the ${what}.`,
            steps: [
              `Click the ${both ? 'camera' : what} or lock sign beside the address and choose “Allow”${both ? ' for both' : ''}.`,
              'Where that is allowed already, look into the privacy settings of your system too.',
            ],
            voiceHelps,
          }
    case 'media/not-found':
      return {
        title: `No ${both ? 'camera and no microphone' : what} found`,
        text: both ? 'There is neither.' : 'There is none, or the one that was chosen is unplugged.',
        steps: [both ? 'Plug in a microphone, and a camera to be seen by, and try again.' : `Plug in a ${what} and try again.`],
        voiceHelps,
      }
    case 'media/in-use':
      return {
        title: `Your ${what} does not start`,
        text: 'Another program is probably using it.',
        steps: ['Close other video calls and camera programs, then try again.'],
        voiceHelps,
      }
    case 'media/process-failed':
      return {
        title: 'Your background cannot be blurred',
        text: 'Your camera is off, so that nobody sees what you want to hide.',
        steps: ['Try again later, or in another browser: it needs WebGL.'],
        voiceHelps: false,
      }
    case 'media/insecure-context':
      return {
        title: 'This page is not secure',
        text: 'Browsers give cameras and microphones to https pages only, and to http://localhost.',
        steps: ['Open this page by https, or on the machine itself as http://127.0.0.1.'],
        voiceHelps: false,
      }
    case 'signaling/unauthorized':
      return {
        title: 'The server did not take this name',
        text: 'It is 1 to 64 letters, digits, spaces or one of . _ @ + -',
        steps: ['Choose another name.'],
        voiceHelps: false,
      }
    default:
      return { title: 'Something went wrong', text: error.message, steps: [error.fix], voiceHelps }
  }
}
