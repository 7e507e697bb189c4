import type { Call, LocalTrack } from 'tsunagu'
import type { CallMemory } from './call-memory'
import { missingFor } from './missing'
import { VIDEO } from './own-media'
import { remedyFor } from './remedies'
import { notice } from './views/notice'

/** What going on after a reload needs. */
export interface ReclaimedCallOptions {
  readonly call: Call
  /** How it was before. */
  readonly before: CallMemory
  /** Keeps pictures blurred; the result ends it. */
  readonly cover: (call: Call) => () => void
  /** Shows a notice on the screen of the call, or takes it away. */
  readonly show: (notice?: HTMLElement) => void
  readonly onAccepted: () => void
}

/** Goes on with a call from before the page was loaded again, with what was on before and nothing else. */
export const reclaimCall = (options: ReclaimedCallOptions): void => {
  const { call, before, cover, show, onAccepted } = options
  // Whoever was muted is not heard now.
  const hush = call.local.on('trackPublished', ({ track }: { readonly track: LocalTrack }) => {
    if (track.source === 'microphone' && !before.microphone) void track.mute()
  })
  const uncover = cover(call)
  const goOn = async (camera: boolean): Promise<void> => {
    try {
      await call.accept({ audio: true, video: camera && VIDEO })
      show()
      onAccepted()
    } catch (error) {
      if (call.state === 'ended') return
      const remedy = remedyFor(error, await missingFor(error, camera ? 'video' : 'voice'))
      const again = { label: 'Try again', tone: 'accent', onPress: () => void goOn(camera) } as const
      const voice = { label: 'Continue with voice only', onPress: () => void goOn(false) } as const
      show(notice({ tone: 'problem', ...remedy, actions: remedy.voiceHelps ? [again, voice] : [again] }))
    }
  }
  void goOn(before.camera).finally(() => {
    hush()
    uncover()
  })
}
