import { screen, within } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Person } from '../people'
import { type LobbyView, lobbyView } from './lobby'

const BO: Person = { id: 'u1', name: 'Bo', status: 'online' }
const MIRA: Person = { id: 'u2', name: 'Mira', status: 'busy' }
const handlers = { onCall: vi.fn(), onInvite: vi.fn(), onLeave: vi.fn() }
let lobby: LobbyView

beforeEach(() => {
  for (const handler of Object.values(handlers)) handler.mockReset()
  lobby = lobbyView({ name: 'Aki', ...handlers })
  document.body.append(lobby.element)
})
afterEach(() => document.body.replaceChildren())

const names = () => screen.getAllByRole('listitem').map((item) => within(item).getByRole('strong').textContent)

it('shows everybody with their status in words', () => {
  lobby.update([BO, MIRA])
  expect(names()).toEqual(['Bo', 'Mira'])
  expect(screen.getByText('In a call')).toBeTruthy()
  expect(screen.getByText('2 people are here.')).toBeTruthy()
})

it('calls with video or with voice only', async () => {
  lobby.update([BO])
  await userEvent.click(screen.getByRole('button', { name: 'Call Bo with video' }))
  await userEvent.click(screen.getByRole('button', { name: 'Call Bo with voice only' }))
  expect(handlers.onCall.mock.calls).toEqual([
    [BO, 'video'],
    [BO, 'voice'],
  ])
})

it('can be used by keyboard alone', async () => {
  lobby.update([BO])
  while (document.activeElement?.getAttribute('aria-label') !== 'Call Bo with video') await userEvent.tab()
  await userEvent.keyboard('{Enter}')
  expect(handlers.onCall).toHaveBeenCalledWith(BO, 'video')
})

it('keeps the focus on a button while others come and go', () => {
  lobby.update([BO, MIRA])
  const button = screen.getByRole('button', { name: 'Call Mira with video' })
  button.focus()
  lobby.update([{ id: 'u3', name: 'Ada', status: 'online' }, BO, MIRA])
  lobby.update([MIRA])
  expect(document.activeElement).toBe(button)
  expect(names()).toEqual(['Mira'])
})

it('says what to do while nobody is here', async () => {
  expect(screen.getByText('Nobody else is here yet')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Copy the link' }))
  expect(handlers.onInvite).toHaveBeenCalled()
  lobby.update([BO])
  expect(screen.getByText('Nobody else is here yet').closest('[hidden]')).not.toBeNull()
})

it('shows a stranger’s name as text, whatever it says', () => {
  lobby.update([{ ...BO, name: '<img src=x onerror=alert(1)>' }])
  expect(names()).toEqual(['<img src=x onerror=alert(1)>'])
  expect(lobby.element.querySelector('img')).toBeNull()
})
