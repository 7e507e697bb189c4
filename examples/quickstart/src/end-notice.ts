import type { Call } from 'tsunagu'
import type { Missing } from './missing'
import { remedyFor } from './remedies'
import type { ButtonOptions } from './views/button'
import type { CallKind } from './views/lobby'
import { notice } from './views/notice'
import { endWords } from './words'

/** What the last word on a call needs. */
export interface EndNoticeOptions {
  readonly call: Pick<Call, 'reason' | 'remote' | 'media' | 'direction'>
  /** The error behind an end that was no decision of anybody. */
  readonly failure?: unknown
  /** The device that the call failed for. */
  readonly missing: Missing
  readonly onAgain: (kind: CallKind) => void
  readonly onClose: () => void
}

/** Says why a call ended and offers the next step; nothing where the person knows, because it was they who ended it. */
export const endNotice = ({ call, failure, missing, onAgain, onClose }: EndNoticeOptions): HTMLElement | undefined => {
  const { reason, remote, direction } = call
  if (!reason) return undefined
  const kind: CallKind = call.media.video ? 'video' : 'voice'
  const again = (label: string, how: CallKind, tone: ButtonOptions['tone'] = 'plain'): ButtonOptions => ({
    label,
    tone,
    icon: how === 'video' ? 'camera' : 'call',
    onPress: () => onAgain(how),
  })
  if (reason.code.startsWith('media/')) {
    const remedy = remedyFor(failure, missing)
    const actions = remedy.voiceHelps
      ? [again('Continue with voice only', 'voice', 'accent'), again('Try again', kind)]
      : [again('Try again', kind, 'accent')]
    return notice({ tone: 'problem', ...remedy, actions, onClose })
  }
  const title = endWords(reason, remote.name)
  if (!title) return undefined
  const useless = reason.code === 'call/forbidden' || reason.code === 'call/answered-elsewhere'
  const missed = direction === 'incoming' && (reason.code === 'call/cancelled' || reason.code === 'call/no-answer')
  return notice({ title, actions: useless ? [] : [again(missed ? 'Call back' : 'Call again', kind)], onClose })
}
