import type { DeviceKind, MediaDevice } from 'tsunagu'
import { el } from '../element'
import { icon, type IconName } from '../icons'
import { panel } from './panel'

/** What can be chosen, and what is in use. */
export interface SettingsOptions {
  readonly devices: readonly MediaDevice[]
  /** Ids of the devices in use. */
  readonly inUse: Readonly<Partial<Record<DeviceKind, string>>>
  readonly onChoose: (kind: DeviceKind, id: string) => void
  readonly onClose: () => void
}

const KINDS: readonly (readonly [DeviceKind, string, IconName])[] = [
  ['microphone', 'Microphone', 'microphone'],
  ['camera', 'Camera', 'camera'],
  ['speaker', 'Speaker', 'sound'],
]

/** Makes the panel with a choice for each kind of device that there is. */
export const settingsView = ({ devices, inUse, onChoose, onClose }: SettingsOptions): HTMLElement => {
  const choices: HTMLElement[] = []
  for (const [kind, title, picture] of KINDS) {
    // Without a permission the browser lists devices that have neither id nor name.
    const found = devices.filter((device) => device.kind === kind && device.id)
    if (!found.length) continue
    const current = inUse[kind] ?? found.find(({ isDefault }) => isDefault)?.id
    const select = el(
      'select',
      { id: `choice-${kind}` },
      ...found.map(({ id, label }, index) =>
        el('option', { value: id, selected: id === current }, label || `${title} ${index + 1}`),
      ),
    )
    select.addEventListener('change', () => onChoose(kind, select.value))
    choices.push(el('div', { class: 'choice' }, icon(picture), el('label', { for: select.id }, title), select))
  }
  if (!choices.length) choices.push(el('p', { class: 'soft' }, 'There is nothing to choose from.'))
  return panel({ title: 'Devices', onClose }, ...choices)
}
