import '../tests/dialog'
import { screen, within } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { devices, RtcError } from 'tsunagu'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type FakeCall, FakeClient } from '../tests/fake-client'
import { startApp } from './app'
import { rememberCall } from './call-memory'

vi.mock('tsunagu/dom', () => ({ attach: vi.fn(), playback: { on: vi.fn(), unlock: vi.fn() }, setOutput: vi.fn(), canvasFilter: vi.fn() }))

let client: FakeClient

const start = async (before?: FakeCall): Promise<void> => {
  vi.spyOn(devices, 'permission').mockResolvedValue('granted')
  const root = document.body.appendChild(document.createElement('div'))
  await startApp(root, (id) => {
    client = new FakeClient(id)
    client.waiting = before
    return client.client
  })
  if (!before) await userEvent.type(screen.getByLabelText('Your name'), 'Aki{Enter}')
}
const inCall = async (name = 'Bo'): Promise<FakeCall> => {
  client.see(name)
  await userEvent.click(screen.getByRole('button', { name: `Call ${name} with video` }))
  const call = client.calls.at(-1) as FakeCall
  call.move('active')
  return call
}
/** Cy calls in the middle of the call with Bo. */
const second = async (): Promise<{ readonly bo: FakeCall; readonly cy: FakeCall }> => {
  const bo = await inCall()
  const cy = client.ring('Cy')
  return { bo, cy }
}
const more = async (row: string | RegExp): Promise<void> => {
  await userEvent.click(visible('More'))
  await userEvent.click(visible(row))
}
/** jsdom's queries find what lies in a hidden screen no more than a person does. */
const visible = (name: string | RegExp): HTMLElement => screen.getByRole('button', { name })
const front = (): string | null => screen.getByRole('main').getAttribute('aria-label')
const isShown = (text: string | RegExp): boolean => screen.queryAllByText(text).some((element) => !element.closest('[hidden]'))

beforeEach(async () => {
  client?.end()
})
afterEach(() => {
  client.end()
  document.body.replaceChildren()
  localStorage.clear()
  sessionStorage.clear()
})

it('holds a call by H, says so, and goes on', async () => {
  await start()
  const bo = await inCall()
  await userEvent.keyboard('h')
  expect(bo.held.local).toBe(true)
  expect(isShown('You put Bo on hold.')).toBe(true)
  await userEvent.click(visible('Go on with the call'))
  expect(bo.held.local).toBe(false)
  bo.hear({ remote: true })
  expect(isShown('Bo put you on hold.')).toBe(true)
  expect(screen.queryByRole('button', { name: 'Go on with the call' })).toBeNull()
})

it('tells of a second call without taking the first one away, and can decline it', async () => {
  await start()
  const { bo, cy } = await second()
  expect(screen.getByRole('region', { name: 'Cy is calling' })).toBeTruthy()
  expect(front()).toBe('Call with Bo')
  await userEvent.keyboard('d')
  expect(cy.rejections).toEqual(['rejected'])
  expect(screen.queryByRole('region', { name: 'Cy is calling' })).toBeNull()
  expect(bo.held.local).toBe(false)
})

it('holds the first call before it answers the second', async () => {
  await start()
  const { bo, cy } = await second()
  let heldAtAnswer: boolean | undefined
  cy.on('stateChanged', ({ to }) => (heldAtAnswer ??= to === 'connecting' ? bo.held.local : undefined))
  await userEvent.keyboard('a')
  expect(heldAtAnswer).toBe(true)
  expect(front()).toBe('Call with Cy')
  expect(within(screen.getByRole('region', { name: 'The other call' })).getByText('Bo')).toBeTruthy()
})

it('goes on with the first call where the second cannot be answered', async () => {
  await start()
  const { bo, cy } = await second()
  cy.refusal = new RtcError('media/permission-denied', 'No camera and microphone: access was refused.')
  await userEvent.click(visible('Hold and answer'))
  expect((await screen.findByRole('alert')).textContent).toContain('blocked')
  expect([bo.held.local, cy.state]).toEqual([false, 'ringing'])
})

it('swaps: who is not in front is held', async () => {
  await start()
  const { bo, cy } = await second()
  await userEvent.click(visible('Hold and answer'))
  cy.move('active')
  await userEvent.click(visible('Swap'))
  expect([front(), bo.held.local, cy.held.local]).toEqual(['Call with Bo', false, true])
  await userEvent.keyboard('x')
  expect([front(), bo.held.local, cy.held.local]).toEqual(['Call with Cy', true, false])
})

it('presses reach the call in front alone', async () => {
  await start()
  const { bo, cy } = await second()
  await userEvent.click(visible('Hold and answer'))
  cy.move('active')
  await userEvent.keyboard('h')
  expect([bo.held.local, cy.held.local]).toEqual([true, true])
})

it('goes back to the call that waited when the one in front ends, and says how that ended', async () => {
  await start()
  const { bo, cy } = await second()
  await userEvent.click(visible('Hold and answer'))
  cy.move('active')
  cy.move('ended', 'call/hung-up')
  expect([front(), bo.held.local]).toEqual(['Call with Bo', false])
  expect(screen.getByRole('heading', { name: 'Cy hung up.' })).toBeTruthy()
})

it('asks about a second call in front of everything once the first has ended', async () => {
  await start()
  const { bo, cy } = await second()
  bo.move('ended', 'call/hung-up')
  await userEvent.click(within(screen.getByRole('dialog', { name: 'Cy is calling' })).getByRole('button', { name: 'Accept with video' }))
  expect(cy.accepts).toHaveLength(1)
  expect(front()).toBe('Call with Cy')
})

it('tells a third caller that we are busy', async () => {
  await start()
  await second()
  expect(client.ring('Dee').rejections).toEqual(['busy'])
  await userEvent.click(visible('Hold and answer'))
  expect(client.ring('Dee').rejections).toEqual(['busy'])
})

it('puts through at once to somebody who is here, but not to whoever is in the call', async () => {
  await start()
  client.see('Cy')
  const bo = await inCall()
  await more('Put Bo through…')
  expect(screen.queryByRole('button', { name: 'Put through Bo' })).toBeNull()
  await userEvent.click(visible('Put through Cy'))
  expect(bo.transfers).toEqual(['Cy'])
  expect(screen.getByRole('heading', { name: 'Putting Bo through to Cy…' })).toBeTruthy()
  bo.transferred()
  expect(await screen.findByRole('heading', { name: 'Bo and Cy are connected.' })).toBeTruthy()
  expect(screen.getByText('Who would you like to call?')).toBeTruthy()
})

it('stays in the call where nobody could be reached, and says why', async () => {
  await start()
  client.see('Cy')
  const bo = await inCall()
  await more('Put Bo through…')
  await userEvent.click(visible('Put through Cy'))
  bo.transferred(new RtcError('call/no-answer', 'no'))
  expect((await screen.findByRole('alert')).textContent).toContain('Cy did not answer.')
  expect([front(), bo.state]).toEqual(['Call with Bo', 'active'])
})

it('asks somebody first and then connects the two', async () => {
  await start()
  client.see('Cy')
  const bo = await inCall()
  await more('Put Bo through…')
  await userEvent.click(visible('Ask first Cy'))
  const cy = client.calls.at(-1) as FakeCall
  expect([front(), bo.held.local]).toEqual(['Call with Cy', true])
  expect(screen.queryByRole('button', { name: 'Connect the two' })).toBeNull()
  cy.move('active')
  await userEvent.click(visible('Connect the two'))
  expect(bo.transfers).toEqual([cy])
  bo.transferred()
  expect(await screen.findByRole('heading', { name: 'Bo and Cy are connected.' })).toBeTruthy()
})

it('follows where it is put through to, and is back where nobody answers there', async () => {
  await start()
  const bo = await inCall()
  const next = client.call('Cy', { audio: true }) as unknown as FakeCall
  bo.happen('transferred', { call: next as never })
  expect(front()).toBe('Call with Cy')
  expect(screen.getByRole('heading', { name: 'Bo puts you through to Cy.' })).toBeTruthy()
  expect(bo.held.local).toBe(false)
  next.move('ended', 'call/no-answer', 'system')
  expect([front(), bo.state]).toEqual(['Call with Bo', 'active'])
  expect(screen.getByRole('heading', { name: 'Cy did not answer.' })).toBeTruthy()
})

it('sends keys by the pad and by the keyboard, and shows those that come', async () => {
  await start()
  const bo = await inCall()
  await more('Keypad')
  expect(document.activeElement).toBe(visible('1'))
  await userEvent.keyboard('12#')
  await userEvent.click(visible('Star'))
  expect(bo.keys).toEqual(['1', '2', '#', '*'])
  expect(screen.getByRole('status', { name: 'Pressed keys' }).textContent).toBe('12#*')
  await userEvent.keyboard('{Escape}')
  expect(document.activeElement).toBe(visible('More'))
  for (const tone of ['4', '2']) bo.happen('dtmfReceived', { tone })
  expect(isShown('Bo pressed 4 2')).toBe(true)
})

it('goes on after a reload with what was on before, and nothing else', async () => {
  sessionStorage.setItem('tsunagu.name', 'Aki')
  client = new FakeClient('Aki')
  const before = client.call('Bo', { audio: true, video: true }) as unknown as FakeCall
  before.state = 'reconnecting'
  rememberCall(before.id, { microphone: false, camera: false, held: false, seconds: 61 })
  const muted = vi.fn()
  before.accept = async (media) => {
    before.accepts.push(media)
    before.local.announce({ source: 'microphone', mute: muted, on: vi.fn() })
  }
  await start(before)
  expect(await screen.findByRole('main', { name: 'Call with Bo' })).toBeTruthy()
  expect(isShown('Reconnecting…')).toBe(true)
  expect(before.accepts).toEqual([{ audio: true, video: false }])
  expect(muted).toHaveBeenCalledOnce()
  expect(screen.getByRole('timer').textContent).toBe('1:01')
})

it('asks what to do where the camera cannot be had again after a reload', async () => {
  sessionStorage.setItem('tsunagu.name', 'Aki')
  client = new FakeClient('Aki')
  const before = client.call('Bo', { audio: true, video: true }) as unknown as FakeCall
  before.state = 'reconnecting'
  rememberCall(before.id, { microphone: true, camera: true, held: false, seconds: 0 })
  before.refusal = new RtcError('media/in-use', 'No camera: it does not start.')
  await start(before)
  await userEvent.click(await screen.findByRole('button', { name: 'Continue with voice only' }))
  expect(before.accepts.at(-1)).toEqual({ audio: true, video: false })
})
