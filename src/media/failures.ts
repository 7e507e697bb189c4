import { RtcError, type RtcErrorCode } from '../base/errors'
import type { Runtime } from '../base/runtime'

/** What was asked for, in words that fit into an error message. */
export type Asked = 'camera' | 'microphone' | 'camera and microphone' | 'screen'

type Failure = readonly [code: RtcErrorCode, what: string, fix: string]

const NOT_FOUND: Failure = ['media/not-found', 'there is none', 'Connect one, or pick another from devices.list().']
const IN_USE: Failure = ['media/in-use', 'it does not start', 'Close what else uses it, then try again.']
const BY_POLICY: Failure = [
  'media/permission-denied',
  'the page may not ask',
  'Set allow="camera; microphone; display-capture" on the iframe and check the Permissions-Policy header.',
]

/** By the name of the DOMException: W3C Media Capture and Streams, section 9.3, and Screen Capture, section 5.1. */
const FAILURES: Readonly<Record<string, Failure>> = {
  NotAllowedError: [
    'media/permission-denied',
    'access was refused',
    'Only the site settings of browser and system change a "no". An iframe needs allow="camera; microphone" too.',
  ],
  NotFoundError: NOT_FOUND,
  NotReadableError: IN_USE,
  AbortError: IN_USE,
  OverconstrainedError: ['media/overconstrained', 'it cannot do that', 'Ask for less, or with plain numbers: wishes.'],
  SecurityError: ['media/insecure-context', 'the page is not secure', 'Serve it over https or from localhost.'],
  TypeError: ['usage/invalid-argument', 'the options are not valid', 'See docs/guide/media.md for the options.'],
  InvalidStateError: ['usage/invalid-state', 'a click is needed', 'Ask in a click handler of the page in front.'],
}

/** Turns what the browser threw for a capture into an `RtcError` with its remedy. */
export const captureError = (error: unknown, asked: Asked, { allows }: Pick<Runtime, 'allows'>): RtcError => {
  const { name, message, constraint } = error as { name: string; message: string; constraint?: string }
  let [code, what, fix] = FAILURES[name] ?? (['media/failed', message, 'Look at the cause, and try again.'] as const)
  if (name === 'NotAllowedError') {
    // The words are the names of the policies too (W3C Permissions Policy); Chromium alone tells what those forbid.
    const features = asked === 'screen' ? ['display-capture'] : asked.split(' and ')
    if (!features.every(allows)) [code, what, fix] = BY_POLICY
    // macOS refuses the whole browser with "Permission denied by system"; else closing the choice is what a person does.
    else if (asked === 'screen' && !message.includes('system'))
      [code, what, fix] = ['media/screen-cancelled', 'nothing was chosen', 'The person may try again.']
  } else if (constraint) {
    // The one exact constraint of our own making: the chosen device is unplugged, or its id was reset.
    if (constraint === 'deviceId') [code, what, fix] = ['media/not-found', 'the chosen one is gone', NOT_FOUND[2]]
    else what = `its ${constraint} cannot be met`
  }
  return new RtcError(code, `No ${asked}: ${what}.`, { fix, cause: error })
}
