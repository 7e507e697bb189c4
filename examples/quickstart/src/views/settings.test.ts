import { screen } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import type { MediaDevice } from 'tsunagu'
import { afterEach, expect, it, vi } from 'vitest'
import { settingsView } from './settings'

const device = (kind: MediaDevice['kind'], id: string, label: string, isDefault = false): MediaDevice => ({ kind, id, label, groupId: '', isDefault })
const DEVICES = [device('microphone', 'm1', 'Desk'), device('microphone', 'm2', 'Headset', true), device('camera', 'c1', ''), device('camera', '', '')]
afterEach(() => document.body.replaceChildren())

it('offers a choice per kind, with what is in use chosen, and nothing for kinds that are missing', () => {
  document.body.append(settingsView({ devices: DEVICES, inUse: { microphone: 'm1' }, onChoose: vi.fn(), onClose: vi.fn() }))
  expect(screen.getByLabelText<HTMLSelectElement>('Microphone').value).toBe('m1')
  expect(screen.getByRole('option', { name: 'Camera 1' })).toBeTruthy()
  expect(screen.queryByLabelText('Speaker')).toBeNull()
})

it('tells what was chosen, and closes', async () => {
  const onChoose = vi.fn()
  const onClose = vi.fn()
  document.body.append(settingsView({ devices: DEVICES, inUse: {}, onChoose, onClose }))
  expect(screen.getByLabelText<HTMLSelectElement>('Microphone').value).toBe('m2')
  await userEvent.selectOptions(screen.getByLabelText('Microphone'), 'm1')
  expect(onChoose).toHaveBeenCalledExactlyOnceWith('microphone', 'm1')
  await userEvent.click(screen.getByRole('button', { name: 'Close' }))
  expect(onClose).toHaveBeenCalledOnce()
})

it('says so where there is nothing to choose', () => {
  document.body.append(settingsView({ devices: [], inUse: {}, onChoose: vi.fn(), onClose: vi.fn() }))
  expect(screen.getByText('There is nothing to choose from.')).toBeTruthy()
})
