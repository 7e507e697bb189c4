import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'
import { listenForKeys } from './shortcuts'

const listening = new AbortController()
afterEach(() => document.body.replaceChildren())

it('runs what a key is for, in either case', async () => {
  const m = vi.fn()
  const { signal } = listening
  listenForKeys({ m, Escape: m }, signal)
  await userEvent.keyboard('mM{Escape}x')
  expect(m).toHaveBeenCalledTimes(3)
})

it('leaves keys alone that are meant for a field or for the browser', async () => {
  const m = vi.fn()
  const ended = new AbortController()
  listenForKeys({ m }, ended.signal)
  const input = document.body.appendChild(document.createElement('input'))
  await userEvent.type(input, 'mmm')
  input.blur()
  await userEvent.keyboard('{Control>}m{/Control}')
  expect(m).not.toHaveBeenCalled()
  ended.abort()
  await userEvent.keyboard('m')
  expect(m).not.toHaveBeenCalled()
})
