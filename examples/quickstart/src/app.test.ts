import '../tests/dialog'
import { screen, waitFor } from '@testing-library/dom'
import userEvent from '@testing-library/user-event'
import { devices, RtcError } from 'tsunagu'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FakeClient } from '../tests/fake-client'
import { startApp } from './app'

const { attach, playback } = vi.hoisted(() => ({ attach: vi.fn(), playback: { on: vi.fn(), unlock: vi.fn() } }))
vi.mock('tsunagu/dom', () => ({ attach, playback, setOutput: vi.fn(), canvasFilter: vi.fn() }))

let client: FakeClient
const DENIED = new RtcError('media/permission-denied', 'No camera and microphone: access was refused.')

/** What the browser lets this page use. */
const allow = (states: Record<'camera' | 'microphone', PermissionState>): void =>
  void vi.spyOn(devices, 'permission').mockImplementation(async (kind) => states[kind])

const start = async (name = 'Aki'): Promise<void> => {
  const root = document.body.appendChild(document.createElement('div'))
  await startApp(root, (id) => (client = new FakeClient(id)).client)
  await userEvent.type(screen.getByLabelText('Your name'), `${name}{Enter}`)
  await screen.findByText('Who would you like to call?')
}
const callBo = async (kind = 'video'): Promise<FakeClient['calls'][number]> => {
  client.see('Bo')
  await userEvent.click(screen.getByRole('button', { name: `Call Bo with ${kind}` }))
  return client.calls.at(-1) as FakeClient['calls'][number]
}

beforeEach(() => {
  attach.mockReset()
  allow({ camera: 'denied', microphone: 'granted' })
  playback.on.mockReset()
  playback.unlock.mockReset().mockResolvedValue(undefined)
})
afterEach(() => {
  client.end()
  document.body.replaceChildren()
  localStorage.clear()
  sessionStorage.clear()
})

it('comes online and shows who is here, but not ourselves', async () => {
  await start()
  client.see('Aki')
  client.see('Bo')
  expect(screen.getByText('One person is here.')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Call Bo with video' })).toBeTruthy()
})

it('stays at the name and says why when the server refuses it', async () => {
  const root = document.body.appendChild(document.createElement('div'))
  await startApp(root, (id) => {
    client = new FakeClient(id)
    client.refusal = new RtcError('signaling/unauthorized', 'no')
    return client.client
  })
  await userEvent.type(screen.getByLabelText('Your name'), 'Aki{Enter}')
  expect((await screen.findByRole('alert')).textContent).toContain('did not take this name')
  expect(client.closed).toBe(true)
})

it('places a video call and follows it in words until it runs', async () => {
  await start()
  const call = await callBo()
  expect(call.media).toEqual({ audio: true, video: true })
  expect(screen.getAllByText('Calling Bo…')).not.toHaveLength(0)
  call.move('ringing')
  expect(screen.getAllByText('Ringing at Bo…')).not.toHaveLength(0)
  expect(client.statuses.at(-1)).toBe('busy')
  call.move('active')
  expect(screen.getByRole('timer').textContent).toBe('0:00')
  await userEvent.click(screen.getByRole('button', { name: 'Hang up' }))
  expect(call.hungUp).toBe(1)
  expect(screen.getByText('Who would you like to call?')).toBeTruthy()
  expect(client.statuses.at(-1)).toBe('online')
})

it('plays what arrives: sound and camera together, the screen for itself', async () => {
  await start()
  const call = await callBo()
  call.move('active')
  for (const source of ['microphone', 'camera', 'screen', 'screen-audio']) call.tell('trackAdded', { source, muted: false })
  const elements = attach.mock.calls.map(([, element]) => (element as HTMLElement).getAttribute('aria-label'))
  expect(elements).toEqual(['Bo’s camera', 'Bo’s camera', 'Bo’s screen', 'Bo’s screen'])
})

it('asks for a tap where the browser will not play sound yet', async () => {
  await start()
  const call = await callBo()
  call.move('active')
  const tell = (name: string): void => playback.on.mock.calls.filter(([event]) => event === name).forEach(([, listener]) => (listener as () => void)())
  tell('blocked')
  expect(screen.getByRole('heading', { name: 'Tap to hear Bo' })).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Play' }))
  expect(playback.unlock).toHaveBeenCalledOnce()
  tell('unlocked')
  expect(screen.queryByRole('heading', { name: 'Tap to hear Bo' })).toBeNull()
})

it('calls with voice only without asking for a camera', async () => {
  await start()
  expect((await callBo('voice only')).media).toEqual({ audio: true, video: false })
})

it('cancels a call that still rings by Escape, but only leads to the button in a call that runs', async () => {
  await start()
  const ringing = await callBo()
  await userEvent.keyboard('{Escape}')
  expect(ringing.hungUp).toBe(1)
  const running = await callBo()
  running.move('active')
  await userEvent.keyboard('{Escape}')
  expect(running.hungUp).toBe(0)
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Hang up' }))
  await userEvent.keyboard('{Enter}')
  expect(running.hungUp).toBe(1)
})

it.each([
  ['call/busy', 'Bo is in another call.'],
  ['call/rejected', 'Bo declined the call.'],
  ['call/no-answer', 'Bo did not answer.'],
  ['call/unreachable', 'Bo is not online.'],
] as const)('says why after %s, and calls again on request', async (code, words) => {
  await start()
  const call = await callBo()
  call.move('ended', code)
  expect(await screen.findByRole('heading', { name: words })).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Call again' }))
  expect(client.calls).toHaveLength(2)
})

it('tells a caller whose camera is blocked what to do, and goes on with voice only', async () => {
  await start()
  const call = await callBo()
  call.move('ended', 'media/permission-denied', 'local', DENIED)
  const alert = await waitFor(() => screen.getByRole('alert'))
  expect(alert.textContent).toContain('Your camera is blocked')
  expect(alert.textContent).toContain('choose “Allow”')
  await userEvent.click(screen.getByRole('button', { name: 'Continue with voice only' }))
  expect(client.calls.at(-1)?.media).toEqual({ audio: true, video: false })
})

it('does not send a caller whose microphone is blocked as well into a call by voice', async () => {
  allow({ camera: 'denied', microphone: 'denied' })
  await start()
  const call = await callBo()
  call.move('ended', 'media/permission-denied', 'local', DENIED)
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('Your camera and microphone are blocked')
  expect(screen.queryByRole('button', { name: 'Continue with voice only' })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  expect(client.calls).toHaveLength(2)
})

it('takes a call', async () => {
  await start()
  const call = client.ring('Bo')
  expect(document.title).toBe('Bo is calling')
  await userEvent.keyboard('{Enter}')
  expect(call.accepts).toHaveLength(1)
  expect(call.accepts[0]).toMatchObject({ audio: true, video: { width: 1280 } })
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(screen.getAllByText('Connecting…')).not.toHaveLength(0)
})

it('keeps ringing where accepting fails, says why, and takes the call with voice only', async () => {
  await start()
  const call = client.ring('Bo')
  call.refusal = DENIED
  await userEvent.click(screen.getByRole('button', { name: 'Accept with video' }))
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('Your camera is blocked')
  expect(call.state).toBe('ringing')
  await userEvent.click(screen.getByRole('button', { name: 'Continue with voice only' }))
  expect(call.accepts.at(-1)).toEqual({ audio: true, video: false })
})

it('rings on where camera and microphone are blocked, and says so', async () => {
  allow({ camera: 'denied', microphone: 'denied' })
  await start()
  const call = client.ring('Bo')
  call.refusal = DENIED
  await userEvent.click(screen.getByRole('button', { name: 'Accept with video' }))
  expect((await screen.findByRole('alert')).textContent).toContain('Your camera and microphone are blocked')
  expect(screen.queryByRole('button', { name: 'Continue with voice only' })).toBeNull()
  expect(call.state).toBe('ringing')
})

it('declines a call without a word about it', async () => {
  await start()
  const call = client.ring('Bo')
  await userEvent.keyboard('{Escape}')
  expect(call.rejections).toEqual(['rejected'])
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(screen.queryByRole('heading', { name: /declined/ })).toBeNull()
})

it('tells of a missed call and calls back', async () => {
  await start()
  client.ring('Bo').move('ended', 'call/cancelled')
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(await screen.findByRole('heading', { name: 'Bo called, and gave up.' })).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Call back' }))
  expect(client.calls.at(-1)?.direction).toBe('outgoing')
})

it('says that the server is away while the call goes on', async () => {
  await start()
  const call = await callBo()
  call.move('active')
  client.server('waiting')
  expect(screen.getByText(/Your call goes on/).hidden).toBe(false)
  client.server('online')
  expect(screen.getByText(/Your call goes on/).hidden).toBe(true)
  expect(call.state).toBe('active')
})

it('speaks of no call any more once the person has hung up while the server is away', async () => {
  await start()
  const call = await callBo()
  call.move('active')
  client.server('waiting')
  await userEvent.click(screen.getByRole('button', { name: 'Hang up' }))
  expect(screen.queryByText(/Your call goes on/)).toBeNull()
  expect(screen.getByText('The server is away. Reconnecting…').hidden).toBe(false)
})

it('leaves, and says good-bye to the server', async () => {
  await start()
  await userEvent.click(screen.getByRole('button', { name: 'Leave' }))
  expect(client.closed).toBe(true)
  expect(screen.getByLabelText<HTMLInputElement>('Your name').value).toBe('Aki')
})
