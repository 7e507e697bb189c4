import { type DeviceKind, devices } from 'tsunagu'
import { setOutput } from 'tsunagu/dom'
import type { OwnMedia } from './own-media'
import type { Wish } from './remedies'
import { settingsView } from './views/settings'
import type { StageView } from './views/stage'

/** What choosing devices needs. */
export interface DevicePanelOptions {
  readonly own: OwnMedia
  readonly media: StageView['media']
  readonly onProblem: (error: unknown, wish: Wish) => void
  readonly onClose: () => void
}

/** Makes the choice of devices for a call, with those that are there now. */
export const devicePanels = ({ own, media, onProblem, onClose }: DevicePanelOptions): (() => Promise<HTMLElement>) => {
  let speaker: string | undefined
  const choose = (kind: DeviceKind, id: string): void => {
    if (kind !== 'speaker') return void own.choose(kind, id)
    speaker = id
    Promise.all([media.camera, media.screen].map((one) => setOutput(one, id))).catch((error: unknown) => onProblem(error, 'call'))
  }
  return async () => {
    const all = await devices.list().catch(() => [])
    const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype
    const [camera, microphone] = [own.deviceId('camera'), own.deviceId('microphone')]
    return settingsView({
      devices: all.filter(({ kind }) => kind !== 'speaker' || canChooseSpeaker),
      inUse: { ...(camera && { camera }), ...(microphone && { microphone }), ...(speaker && { speaker }) },
      onChoose: choose,
      onClose,
    })
  }
}
