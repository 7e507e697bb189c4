import { screen } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { joinView } from './join'

const onJoin = vi.fn()
beforeEach(() => onJoin.mockReset())
afterEach(() => document.body.replaceChildren())

it('comes online with the name that was written, by Enter alone', async () => {
  document.body.append(joinView({ onJoin }).element)
  await userEvent.type(screen.getByLabelText('Your name'), '  Bo   Lindqvist {Enter}')
  expect(onJoin).toHaveBeenCalledExactlyOnceWith('Bo Lindqvist')
})

it('fills in the remembered name', async () => {
  document.body.append(joinView({ name: 'Aki', onJoin }).element)
  await userEvent.click(screen.getByRole('button', { name: 'Come online' }))
  expect(onJoin).toHaveBeenCalledWith('Aki')
})

it('says what is wrong with a name until it is changed, and goes nowhere', async () => {
  document.body.append(joinView({ onJoin }).element)
  const input = screen.getByLabelText('Your name')
  await userEvent.type(input, '<b>{Enter}')
  expect(screen.getByRole('alert').textContent).toMatch(/Letters, digits/)
  expect(input.getAttribute('aria-invalid')).toBe('true')
  expect(document.activeElement).toBe(input)
  await userEvent.type(input, '{Backspace}')
  expect(screen.getByRole('alert').textContent).toBe('')
  expect(onJoin).not.toHaveBeenCalled()
})

it('cannot be sent twice while it is being worked on', async () => {
  const view = joinView({ name: 'Aki', onJoin })
  document.body.append(view.element)
  view.update({ busy: true, problem: 'The server does not answer. Trying again…' })
  await userEvent.click(screen.getByRole('button', { name: 'Coming online…' }))
  expect(onJoin).not.toHaveBeenCalled()
  expect(screen.getByRole('alert').textContent).toContain('Trying again')
})
