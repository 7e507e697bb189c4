import { RtcError } from 'tsunagu'
import { expect, it } from 'vitest'
import { remedyFor } from './remedies'

it('tells a person whose camera is blocked where to allow it, and that voice would do', () => {
  const remedy = remedyFor(new RtcError('media/permission-denied', 'No camera and microphone: access was refused.'), 'camera')
  expect(remedy.title).toBe('Your camera is blocked')
  expect(remedy.steps[0]).toContain('Allow')
  expect(remedy.voiceHelps).toBe(true)
})

it('does not offer voice where the microphone is blocked as well', () => {
  const remedy = remedyFor(new RtcError('media/permission-denied', 'No camera and microphone: access was refused.'), 'camera and microphone')
  expect(remedy).toMatchObject({ title: 'Your camera and microphone are blocked', voiceHelps: false })
  expect(remedy.steps[0]).toContain('both')
})

it('does not offer voice where it is the microphone that is missing', () => {
  const remedy = remedyFor(new RtcError('media/not-found', 'No microphone: there is none.'), 'microphone')
  expect(remedy).toMatchObject({ title: 'No microphone found', voiceHelps: false })
})

it('passes on what the SDK advises for a code that it does not know better', () => {
  const remedy = remedyFor(new RtcError('ice/servers-unavailable', 'No servers.', { fix: 'Look at the cause.' }), 'call')
  expect(remedy).toMatchObject({ text: 'No servers.', steps: ['Look at the cause.'] })
})

it('shows what anything else says of itself', () => {
  expect(remedyFor(new Error('out of cheese'), 'call').text).toBe('out of cheese')
  expect(remedyFor('nothing', 'call').text).toBe('nothing')
})
