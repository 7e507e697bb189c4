import { expect, it } from 'vitest'
import { clock, endWords, stateWords } from './words'

it('says each state of a call as the person at this end sees it', () => {
  expect(stateWords('inviting', 'outgoing', 'Bo')).toBe('Calling Bo…')
  expect(stateWords('ringing', 'outgoing', 'Bo')).toBe('Ringing at Bo…')
  expect(stateWords('ringing', 'incoming', 'Bo')).toBe('Bo is calling')
  expect(stateWords('reconnecting', 'incoming', 'Bo')).toBe('Reconnecting…')
})

it.each([
  ['call/busy', 'Bo is in another call.'],
  ['call/rejected', 'Bo declined the call.'],
  ['call/no-answer', 'Bo did not answer.'],
  ['call/unreachable', 'Bo is not online.'],
  ['call/hung-up', 'Bo hung up.'],
  ['call/cancelled', 'Bo called, and gave up.'],
  ['call/forbidden', 'You may not call Bo.'],
  ['call/lost', 'Bo is gone: the connection was lost.'],
  ['ice/failed', 'No network path to Bo was found.'],
] as const)('reads %s as a sentence', (code, words) => {
  expect(endWords({ code, by: 'remote' }, 'Bo')).toBe(words)
})

it.each(['call/hung-up', 'call/cancelled', 'call/rejected'] as const)('keeps quiet about %s by the person themselves', (code) => {
  expect(endWords({ code, by: 'local' }, 'Bo')).toBeUndefined()
})

it('counts minutes, and hours only where there are some', () => {
  expect([0, 59, 61, 3599, 3723].map(clock)).toEqual(['0:00', '0:59', '1:01', '59:59', '1:02:03'])
})
