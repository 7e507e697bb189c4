import type { Call } from 'tsunagu'
import { announce } from './announce'

/** How long a key is shown. */
const SHOWN_MS = 6_000

/** Shows the keys that the other side presses, those that come close together in one line. */
export const showKeysHeard = (call: Call, mention: (text: string) => void, signal: AbortSignal): void => {
  let heard = ''
  let timer: ReturnType<typeof setTimeout> | undefined
  const clear = (): void => {
    heard = ''
    mention('')
  }
  call.on('dtmfReceived', ({ tone }) => {
    heard = `${heard} ${tone}`.slice(-24)
    mention(`${call.remote.name} pressed${heard}`)
    announce(`${call.remote.name} pressed ${tone}.`)
    clearTimeout(timer)
    timer = setTimeout(clear, SHOWN_MS)
  }, { signal })
  signal.addEventListener('abort', () => clearTimeout(timer))
}
