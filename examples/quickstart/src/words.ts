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
    case 'call/lost':
      return `${name} is gone: the connection was lost.`
    case 'ice/failed':
      return `No network path to ${name} was found.`
    default:
      return 'The call ended because something went wrong.'
  }
}

/** 3 as `0:03`, 3723 as `1:02:03`. */
export const clock = (totalSeconds: number): string => {
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(totalSeconds / 3600), Math.floor(totalSeconds / 60) % 60, totalSeconds % 60]
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`
}
