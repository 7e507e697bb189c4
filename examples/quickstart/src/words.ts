import type { Call, EndReason } from 'tsunagu'

/** The state of a call in words, as the person at this end sees it. */
export const stateWords = (state: Call['state'], direction: Call['direction'], name: string): string => {
  switch (state) {
    case 'inviting':
      return `Calling ${name}…`
    case 'ringing':
      return direction === 'outgoing' ? `Ringing at ${name}…` : `${name} is calling`
    case 'connecting':
      return 'Connecting…'
    case 'active':
      return `In a call with ${name}`
    case 'reconnecting':
      return 'Reconnecting…'
    case 'ended':
      return 'The call has ended'
  }
}

/** How a call came to its end, in words; `undefined` where the person knows already, because they ended it. */
export const endWords = ({ code, by }: EndReason, name: string): string | undefined => {
  switch (code) {
    case 'call/hung-up':
      return by === 'local' ? undefined : `${name} hung up.`
    case 'call/cancelled':
      return by === 'local' ? undefined : `${name} called, and gave up.`
    case 'call/rejected':
      return by === 'local' ? undefined : `${name} declined the call.`
    case 'call/busy':
      return by === 'local' ? undefined : `${name} is in another call.`
    case 'call/no-answer':
      return `${name} did not answer.`
    case 'call/unreachable':
      return `${name} is not online.`
    case 'call/forbidden':
      return `You may not call ${name}.`
    case 'call/answered-elsewhere':
      return 'Answered on another of your devices.'
    case 'call/transferred':
      // Another call is there instead, and says so.
      return undefined
    case 'call/lost':
      return `${name} is gone: the connection was lost.`
    case 'ice/failed':
      return `No network path to ${name} was found.`
    default:
      return 'The call ended because something went wrong.'
  }
}

/** Who holds a call, in words; `undefined` where nobody does. */
export const holdWords = ({ local, remote }: Call['held'], name: string): string | undefined => {
  if (local) return remote ? `You and ${name} both hold this call.` : `You put ${name} on hold.`
  return remote ? `${name} put you on hold.` : undefined
}

/** Why somebody could not be put through, in words. */
export const transferWords = (code: string | undefined, name: string, to: string): string => {
  switch (code) {
    case 'call/transfer-declined':
      return `${name} does not want to be put through.`
    case 'call/busy':
      return `${to} is in another call.`
    case 'call/rejected':
      return `${to} declined the call.`
    case 'call/no-answer':
      return `${to} did not answer.`
    case 'call/unreachable':
      return `${to} is not online.`
    default:
      return `${name} could not be put through to ${to}.`
  }
}

/** 3 as `0:03`, 3723 as `1:02:03`. */
export const clock = (totalSeconds: number): string => {
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(totalSeconds / 3600), Math.floor(totalSeconds / 60) % 60, totalSeconds % 60]
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}
