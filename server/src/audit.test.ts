import { describe, expect, it, vi } from 'vitest'
import { auditor } from './audit'
import { recorder, serve } from './testing/serve'

const REFUSAL = { action: 'open', allowed: false, reason: 'origin not allowed', remote: '203.0.113.7' } as const

describe('an audit hook', () => {
  it.each([
    ['throws', () => { throw new Error('disk full') }],
    ['rejects', async () => Promise.reject(new Error('disk full'))],
    ['rejects later', async () => new Promise<void>((_, reject) => setImmediate(() => reject(new Error('disk full'))))],
    ['gives a thenable that rejects', () => ({ then: (_: unknown, no: (error: Error) => void) => no(new Error('disk full')) })],
  ])('that %s is reported and stops nothing', async (_, hook: () => unknown) => {
    const { logger, lines } = recorder()
    auditor(logger, hook as () => Promise<void>)(REFUSAL)
    await vi.waitFor(() =>
      expect(lines).toContainEqual({ level: 'error', message: 'the audit hook threw', reason: 'disk full' }),
    )
  })

  it('that rejects does not end the process, whoever asks for what', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const { server, lines } = await serve({ audit: async () => Promise.reject(new Error('database down')) })
    const response = await fetch(new URL('/ice', server.url), { headers: { origin: 'http://evil.example' } })
    expect(response.status).toBe(403)
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
    expect(lines).toContainEqual({ level: 'error', message: 'the audit hook threw', reason: 'database down' })
  })
})
