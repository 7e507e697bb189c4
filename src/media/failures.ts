import type { RtcErrorCode } from '../base/errors'
import type { Runtime } from '../base/runtime'

/** What was asked for, in words that fit into an error message. */
export type Asked = 'camera' | 'microphone' | 'camera and microphone' | 'screen'

/** What a failure is called, what happened, and what helps. */
export type Failure = readonly [code: RtcErrorCode, what: string, fix?: string | undefined]

const NOT_FOUND: Failure = ['media/not-found', 'there is none', 'Pick another one from devices.list().']
const IN_USE: Failure = ['media/in-use', 'another program may have it']

/** By the name of the DOMException: W3C Media Capture and Streams, section 9.3, and Screen Capture, section 5.1. */
const FAILURES: Readonly<Record<string, Failure>> = {
  NotAllowedError: [
    'media/permission-denied',
    'access was refused',
    'Allow it in the site settings and the system; an iframe needs allow="camera; microphone".',
  ],
  NotFoundError: NOT_FOUND,
  NotReadableError: IN_USE,
  AbortError: IN_USE,
  OverconstrainedError: ['media/overconstrained', 'it cannot do that'],
  SecurityError: ['media/insecure-context', 'the page needs https'],
  TypeError: ['usage/invalid-argument', 'the options are not valid'],
  InvalidStateError: ['usage/invalid-state', 'a click is needed', 'Ask in a click handler.'],
}

/** What it means that the browser threw this for a capture. */
export const explain = (error: unknown, asked: Asked, { allows }: Pick<Runtime, 'allows'>): Failure => {
  const { name, message, constraint } = error as { name: string; message: string; constraint?: string }
  let [code, what, fix]: Failure = FAILURES[name] ?? ['media/failed', message]
  if (name === 'NotAllowedError') {
    // The words are the names of the policies too (W3C Permissions Policy); Chromium alone tells what those forbid.
    const features = asked === 'screen' ? ['display-capture'] : asked.split(' and ')
    if (!features.every(allows)) {
      what = 'the page may not ask'
      fix = `Set allow="${features.join('; ')}" on the iframe; check the Permissions-Policy header.`
    } else if (asked === 'screen' && !message.includes('system'))
      // macOS refuses the whole browser with "Permission denied by system"; else closing the choice is what a person does.
      [code, what, fix] = ['media/screen-cancelled', 'nothing was chosen', undefined]
  } else if (constraint) {
    // The one exact constraint of our own making: the chosen device is unplugged, or its id was reset.
    if (constraint === 'deviceId') [code, what, fix] = ['media/not-found', 'the chosen one is gone', NOT_FOUND[2]]
    else what = `its ${constraint} cannot be met`
  }
  return [code, what, fix]
}
