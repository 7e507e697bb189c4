import type { Call } from 'tsunagu'
import { announce } from './announce'
import { missingFor } from './missing'
import { VIDEO } from './own-media'
import { remedyFor } from './remedies'
import type { Ringer } from './ring'
import { listenForKeys } from './shortcuts'
import { incomingView } from './views/incoming'
import type { CallKind } from './views/lobby'
import { notice } from './views/notice'
import { waitingView } from './views/waiting'
import { stateWords } from './words'

/** What asking needs. */
export interface IncomingCallOptions {
  readonly call: Call
  readonly ownName: string
  readonly ringer: Ringer
  /** Keeps everything of us blurred that the call will send, if the person wants so. */
  readonly cover: (call: Call) => void
  /** The call that runs meanwhile: it waits from the moment this one is taken. */
  readonly during?: { readonly hold: () => Promise<void>; readonly goOn: () => void } | undefined
  /** It is being answered. */
  readonly onAccepted: () => void
  /** Declined, cancelled or not answered. */
  readonly onEnded: () => void
}

/** Rings and asks until the call is accepted or over, or the result is called. */
export const askIncoming = ({ call, ownName, ringer, cover, during, onAccepted, onEnded }: IncomingCallOptions): (() => void) => {
  const asking = new AbortController()
  const stop = (): void => {
    if (asking.signal.aborted) return
    asking.abort()
    ringer.stop()
    dialog.close()
  }
  let waiting = false
  const accept = async (kind: CallKind): Promise<void> => {
    // The browser asks already.
    if (waiting) return
    waiting = true
    dialog.show(notice({ title: kind === 'video' ? 'Waiting for your camera…' : 'Waiting for your microphone…' }))
    try {
      // First of all: the one must not hear what is said to the other.
      await during?.hold()
      cover(call)
      await call.accept({ audio: true, video: kind === 'video' && VIDEO })
      if (asking.signal.aborted) return
      stop()
      onAccepted()
    } catch (error) {
      // It rings on: the person can allow the camera now, or take the call without it.
      const remedy = remedyFor(error, await missingFor(error, kind))
      if (asking.signal.aborted) return
      during?.goOn()
      dialog.show(notice({ tone: 'problem', ...remedy }), remedy.voiceHelps)
    } finally {
      waiting = false
    }
  }
  const options = {
    name: call.remote.name,
    ownName,
    video: call.media.video,
    onAccept: (kind: CallKind) => void accept(kind),
    onDecline: () => void call.reject(),
  }
  const dialog = during ? waitingView(options) : incomingView(options)
  call.on('stateChanged', ({ to }) => {
    if (to !== 'ended') return
    stop()
    onEnded()
  }, { signal: asking.signal })
  document.body.append(dialog.element)
  dialog.open()
  listenForKeys(dialog.keys, asking.signal)
  announce(`${stateWords('ringing', 'incoming', call.remote.name)}.${during ? ' Press A to answer, D to decline.' : ''}`)
  ringer.start(during ? 'waiting' : 'incoming')
  return stop
}
