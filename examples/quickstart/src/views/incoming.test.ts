import '../../tests/dialog'
import { screen } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { incomingView, type IncomingView } from './incoming'
import { notice } from './notice'

const onAccept = vi.fn()
const onDecline = vi.fn()
const open = (video: boolean): IncomingView => {
  const view = incomingView({ name: 'Bo', ownName: 'Aki', video, onAccept, onDecline })
  document.body.append(view.element)
  view.open()
  return view
}

beforeEach(() => {
  onAccept.mockReset()
  onDecline.mockReset()
})
afterEach(() => document.body.replaceChildren())

it('is a dialog with the caller’s name, and has the focus', () => {
  open(true)
  expect(screen.getByRole('dialog', { name: 'Bo is calling', description: 'A video call.' })).toBeTruthy()
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Accept with video' }))
})

it('is accepted by Enter', async () => {
  open(true)
  await userEvent.keyboard('{Enter}')
  expect(onAccept).toHaveBeenCalledExactlyOnceWith('video')
})

it('is accepted with voice only by Tab and Enter', async () => {
  open(true)
  await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  expect(onAccept).toHaveBeenCalledExactlyOnceWith('voice')
})

it('is declined by Escape', async () => {
  open(true)
  await userEvent.keyboard('{Escape}')
  expect(onDecline).toHaveBeenCalledOnce()
  expect(onAccept).not.toHaveBeenCalled()
})

it('is declined by the back gesture of a phone, which closes dialogs without a key', () => {
  const { element } = open(true)
  const cancel = new Event('cancel', { cancelable: true })
  element.dispatchEvent(cancel)
  expect(onDecline).toHaveBeenCalledOnce()
  expect(cancel.defaultPrevented).toBe(true)
})

it('offers no camera for a voice call', async () => {
  open(false)
  expect(screen.queryByRole('button', { name: /video/ })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Accept' }))
  expect(onAccept).toHaveBeenCalledWith('voice')
})

it('leads to voice only where the camera is the problem', async () => {
  const view = open(true)
  view.show(notice({ tone: 'problem', title: 'Your camera is blocked', steps: ['Click the camera sign.'] }), true)
  expect(screen.getByRole('alert').textContent).toContain('Click the camera sign.')
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Continue with voice only' }))
  await userEvent.keyboard('{Enter}')
  expect(onAccept).toHaveBeenCalledWith('voice')
})
