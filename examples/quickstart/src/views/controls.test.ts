import { screen } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ControlsView, controlsView, type OwnMediaState } from './controls'

const handlers = {
  onMicrophone: vi.fn(),
  onCamera: vi.fn(),
  onSwap: vi.fn(),
  onScreen: vi.fn(),
  onMore: vi.fn(),
  onHangUp: vi.fn(),
}
const ON: OwnMediaState = { microphone: true, camera: true, screen: false, canSwap: true, canShare: true }
let controls: ControlsView

beforeEach(() => {
  for (const handler of Object.values(handlers)) handler.mockReset()
  controls = controlsView(handlers)
  controls.update(ON)
  document.body.append(controls.element)
})
afterEach(() => document.body.replaceChildren())

it('calls each button by what a press will do', () => {
  const names = () => screen.getAllByRole('button').map((button) => button.getAttribute('aria-label'))
  expect(names()).toEqual(['Mute microphone', 'Turn camera off', 'Change camera', 'Share screen', 'More', 'Hang up'])
  controls.update({ ...ON, microphone: false, camera: false, screen: true })
  expect(names()).toEqual(['Unmute microphone', 'Turn camera on', 'Stop sharing', 'More', 'Hang up'])
})

it('keeps a picture that does not change, so that a press on it is not lost', () => {
  const picture = () => screen.getByRole('button', { name: /camera o/ }).firstElementChild
  const before = picture()
  controls.update({ ...ON, microphone: false })
  expect(picture()).toBe(before)
  controls.update({ ...ON, camera: false })
  expect(picture()).not.toBe(before)
})

it.each([
  ['Mute microphone', 'onMicrophone'],
  ['Turn camera off', 'onCamera'],
  ['Change camera', 'onSwap'],
  ['Share screen', 'onScreen'],
  ['More', 'onMore'],
  ['Hang up', 'onHangUp'],
] as const)('%s does that alone', async (name, handler) => {
  await userEvent.click(screen.getByRole('button', { name }))
  for (const [key, mock] of Object.entries(handlers)) expect(mock).toHaveBeenCalledTimes(key === handler ? 1 : 0)
})

it('says its keys to the eye and to a screen reader', () => {
  const mute = screen.getByRole('button', { name: 'Mute microphone' })
  expect(mute.getAttribute('data-hint')).toBe('Mute microphone (M)')
  expect(mute.getAttribute('aria-keyshortcuts')).toBe('M')
})

it('leaves out what this browser or machine cannot do', () => {
  controls.update({ ...ON, canSwap: false, canShare: false })
  expect(screen.queryByRole('button', { name: 'Change camera' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Share screen' })).toBeNull()
})
