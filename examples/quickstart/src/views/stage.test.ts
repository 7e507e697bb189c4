import { screen } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type StageState, type StageView, stageView } from './stage'

const onStopSharing = vi.fn()
const onResume = vi.fn()
const ACTIVE: StageState = {
  state: 'active',
  words: 'In a call with Bo',
  time: '0:07',
  remote: { camera: 'on', microphone: true, screen: false },
  own: { camera: true, mirrored: true, screen: false, blurring: false },
}
let stage: StageView

beforeEach(() => {
  stage = stageView({ name: 'Bo', ownName: 'Aki', onStopSharing, onResume, signal: new AbortController().signal })
  document.body.append(stage.element)
})
afterEach(() => document.body.replaceChildren())

const isShown = (text: string | RegExp): boolean => !screen.getByText(text).closest('[hidden]')

it('shows the two people and the state in words until the call runs', () => {
  stage.update({ ...ACTIVE, state: 'ringing', words: 'Ringing at Bo…', time: '', remote: { camera: 'none', microphone: false, screen: false } })
  expect(isShown('Ringing at Bo…')).toBe(true)
  expect(isShown('Bo’s microphone is off')).toBe(false)
  stage.update(ACTIVE)
  expect(isShown('In a call with Bo')).toBe(false)
  expect(screen.getByRole('timer').textContent).toBe('0:07')
})

it('shows their initials instead of a frozen picture, and that they are muted', () => {
  stage.update({ ...ACTIVE, remote: { camera: 'off', microphone: false, screen: false } })
  expect(stage.media.camera.closest('figure')?.hasAttribute('data-empty')).toBe(true)
  expect(isShown('Camera is off')).toBe(true)
  expect(isShown('Bo’s microphone is off')).toBe(true)
  stage.update({ ...ACTIVE, remote: { camera: 'none', microphone: true, screen: false } })
  expect(isShown('Voice only')).toBe(true)
  stage.update(ACTIVE)
  expect(stage.media.camera.closest('figure')?.hasAttribute('data-empty')).toBe(false)
})

it('gives a shared screen the large place', () => {
  stage.update({ ...ACTIVE, remote: { ...ACTIVE.remote, screen: true } })
  expect(stage.media.screen.closest('figure')?.hidden).toBe(false)
  expect(stage.element.querySelector('[data-screen]')).not.toBeNull()
  stage.update(ACTIVE)
  expect(stage.media.screen.closest('figure')?.hidden).toBe(true)
})

it('reminds of our own screen and can stop it', async () => {
  stage.update({ ...ACTIVE, own: { ...ACTIVE.own, screen: true } })
  expect(isShown('You are sharing your screen')).toBe(true)
  await userEvent.click(screen.getByRole('button', { name: 'Stop' }))
  expect(onStopSharing).toHaveBeenCalledOnce()
})

it('keeps the picture and says so while it reconnects', () => {
  stage.update({ ...ACTIVE, state: 'reconnecting' })
  expect(isShown('Reconnecting…')).toBe(true)
  expect(stage.media.camera.closest('figure')?.hidden).toBe(false)
})

it('mirrors our own picture, and moves it to another corner by arrow keys', async () => {
  stage.update(ACTIVE)
  const own = screen.getByRole('figure', { name: /Your picture/ })
  expect(own.hasAttribute('data-mirrored')).toBe(true)
  own.focus()
  await userEvent.keyboard('{ArrowUp}{ArrowLeft}')
  expect(own.parentElement?.getAttribute('data-corner')).toBe('top-left')
})

it('never plays our own sound', () => {
  expect(stage.media.own.muted).toBe(true)
})
