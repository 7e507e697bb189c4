import type { Call } from 'tsunagu'
import { announce } from './announce'
import { missingFor } from './missing'
import { VIDEO } from './own-media'
import { remedyFor } from './remedies'
import type { Ringer } from './ring'
import { incomingView } from './views/incoming'
import type { CallKind } from './views/lobby'
import { notice } from './views/notice'
import { stateWords } from './words'

/** What asking needs. */
export interface IncomingCallOptions {
  readonly call: Call
  readonly ownName: string
  readonly ringer: Ringer
  readonly onAccepted: () => void
  /** Declined, cancelled or not answered. */
  readonly onEnded: () => void
}

/** Rings and asks until the call is accepted or over. */
export const askIncoming = ({ call, ownName, ringer, onAccepted, onEnded }: IncomingCallOptions): void => {
  const asking = new AbortController()
  const stop = (): void => {
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
      await call.accept({ audio: true, video: kind === 'video' && VIDEO })
      if (asking.signal.aborted) return
      stop()
      onAccepted()
    } catch (error) {
      // It rings on: the person can allow the camera now, or take the call without it.
      const remedy = remedyFor(error, await missingFor(error, kind))
      if (asking.signal.aborted) return
      dialog.show(notice({ tone: 'problem', ...remedy }), remedy.voiceHelps)
    } finally {
      waiting = false
    }
  }
  const dialog = incomingView({
    name: call.remote.name,
    ownName,
    video: call.media.video,
    onAccept: (kind) => void accept(kind),
    onDecline: () => void call.reject(),
  })
  call.on('stateChanged', ({ to }) => {
    if (to !== 'ended') return
    stop()
    onEnded()
  }, { signal: asking.signal })
  document.body.append(dialog.element)
  dialog.open()
  announce(stateWords('ringing', 'incoming', call.remote.name))
  ringer.start('incoming')
}
