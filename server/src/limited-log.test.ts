import { beforeEach, describe, expect, it, vi } from 'vitest'
import { limitLog } from './limited-log'
import { recorder, serve } from './testing/serve'
import { Wire } from './testing/wire'

describe('a limited log', () => {
  let now = 0
  let tasks: { at: number; task: () => void }[]
  const clock = {
    now: () => now,
    after: (delayMs: number, task: () => void) => {
      const entry = { at: now + delayMs, task }
      tasks.push(entry)
      return () => void (tasks = tasks.filter((other) => other !== entry))
    },
  }
  const advance = (ms: number): void => {
    const until = now + ms
    for (;;) {
      const [next] = tasks.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (!next) break
      tasks = tasks.filter((entry) => entry !== next)
      now = next.at
      next.task()
    }
    now = until
  }
  beforeEach(() => {
    now = 0
    tasks = []
  })

  it('writes 20 refusals of one address at once and one per second after, then how many it left out', () => {
    const { logger, lines } = recorder()
    const log = limitLog(logger, clock)
    const flood = (count: number): void => {
      for (let line = 0; line < count; line++) log.warn('refused', { remote: '203.0.113.7', reason: 'origin not allowed' })
    }
    flood(1_000)
    expect(lines).toHaveLength(20)
    advance(3_000)
    flood(1_000)
    expect(lines).toHaveLength(23)
    advance(20_000)
    expect(lines.slice(23)).toEqual([{ level: 'warn', message: 'lines left out', of: 'refused', who: '203.0.113.7', leftOut: 1_977 }])
    advance(60_000)
    expect(lines).toHaveLength(24)
    expect(tasks).toEqual([])
  })

  it('counts each user and each network of addresses alone', () => {
    const { logger, lines } = recorder()
    const log = limitLog(logger, clock)
    for (let line = 0; line < 30; line++) {
      log.warn('refused', { from: 'eve' })
      log.warn('refused', { from: 'bob' })
      log.warn('refused', { remote: `2001:db8:1:2::${line}` })
      log.error('the disk is full')
    }
    expect(lines).toHaveLength(80)
    log.flush()
    expect(lines.slice(80).map(({ level, of, who, leftOut }) => [level, of, who, leftOut])).toEqual([
      ['warn', 'refused', 'eve', 10],
      ['warn', 'refused', 'bob', 10],
      ['warn', 'refused', '2001:db8:1:2::/64', 10],
      ['error', 'the disk is full', undefined, 10],
    ])
    expect(tasks).toEqual([])
  })

  it('grows with nobody’s patience: newcomers share one place when there are too many', () => {
    const { logger, lines } = recorder()
    const log = limitLog(logger, clock)
    for (let user = 0; user < 10_000; user++) log.warn('refused', { from: `user-${user}` })
    expect(lines.length).toBeLessThan(5_000)
    log.flush()
    expect(lines.at(-1)).toMatchObject({ message: 'lines left out', of: 'refused', who: undefined })
    advance(120_000)
    log.warn('refused', { from: 'late' })
    expect(lines.at(-1)).toMatchObject({ message: 'refused', from: 'late' })
  })

  it('lets lines that are no warnings pass', () => {
    const { logger, lines } = recorder()
    const log = limitLog(logger, clock)
    for (let line = 0; line < 100; line++) {
      log.debug('allowed', { from: 'aki' })
      log.info('closed')
    }
    expect(lines).toHaveLength(200)
  })

  it('outlives a logger that throws or rejects', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const bad = (): never => {
      throw new Error('log down')
    }
    const rejecting = (async () => Promise.reject(new Error('log down'))) as unknown as () => void
    const log = limitLog({ debug: bad, info: bad, warn: rejecting, error: rejecting }, clock)
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]('line')
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('a server', () => {
  const written = (lines: readonly { readonly message: string; readonly level: string }[], message: string): number =>
    lines.filter((line) => line.message === message && line.level !== 'debug').length

  it('logs few of many refused requests, and audits all', async () => {
    const { server, lines, audited } = await serve()
    for (let request = 0; request < 60; request++)
      await fetch(new URL('/ice', server.url), { headers: { origin: 'http://evil.example' } })
    expect(audited).toHaveLength(60)
    await server.close()
    const refusals = written(lines, 'refused')
    expect(refusals).toBeGreaterThanOrEqual(20)
    expect(refusals).toBeLessThan(40)
    expect(lines.at(-2)).toMatchObject({ message: 'lines left out', who: '127.0.0.1', leftOut: 60 - refusals })
  })

  it('logs few of many refused watches, also where authorize throws, and audits all', async () => {
    const { server, lines, audited } = await serve({
      authorize: () => {
        throw new Error('rules unavailable')
      },
    })
    const eve = await Wire.join(server.url, 'eve')
    eve.say({ type: 'watch', id: 1, ids: Array.from({ length: 1_000 }, (_, user) => `user-${user}`) })
    await eve.next('result', { id: 1 })
    expect(audited).toHaveLength(1_000)
    await server.close()
    expect(written(lines, 'refused')).toBeLessThan(25)
    expect(written(lines, '`authorize` failed.')).toBeLessThan(25)
    expect(lines).toContainEqual(expect.objectContaining({ message: 'lines left out', of: 'refused', who: 'eve' }))
  })

  it('logs few of many refused tokens', async () => {
    const { server, lines, audited } = await serve({
      authenticate: () => {
        throw new Error('unknown token')
      },
    })
    for (let request = 0; request < 100; request++) await fetch(new URL('/ice', server.url))
    expect(audited).toHaveLength(100)
    expect(lines.length).toBeLessThan(80)
  })
})
