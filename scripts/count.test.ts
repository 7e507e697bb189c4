import { describe, expect, it } from 'vitest'
import { countTests, failuresIn } from './count'

const report = (...files: string[][]) => ({
  testResults: files.map((statuses) => ({
    name: 'tests/a.test.ts',
    message: '',
    status: statuses.every((status) => status === 'passed') && statuses.length > 0 ? 'passed' : 'failed',
    assertionResults: statuses.map((status) => ({ fullName: `is ${status}`, status, failureMessages: [] as string[] })),
  })),
})

describe('counting a run', () => {
  it('counts what passed', () => {
    expect(countTests(report(['passed', 'passed'], ['passed']), true)).toEqual({ passed: 3, failed: 0 })
  })

  it('takes a test that was skipped, or is still to do, for a failed one', () => {
    expect(countTests(report(['passed', 'skipped', 'todo', 'pending']), true)).toEqual({ passed: 1, failed: 3 })
  })

  it('takes a file that did not load for one failure', () => {
    expect(countTests(report(['passed'], []), false)).toEqual({ passed: 1, failed: 1 })
  })

  it('takes an error outside of any test for one failure', () => {
    expect(countTests(report(['passed']), false)).toEqual({ passed: 1, failed: 1 })
  })

  it('does not count that error twice beside a failed test', () => {
    expect(countTests(report(['passed', 'failed']), false)).toEqual({ passed: 1, failed: 1 })
  })

  it('takes a run without a report, or without a test, for one failure', () => {
    expect(countTests(undefined, true)).toEqual({ passed: 0, failed: 1 })
    expect(countTests(report(), true)).toEqual({ passed: 0, failed: 1 })
  })
})

describe('the list of failures', () => {
  it('names what failed and what did not run, each with the beginning of its reason', () => {
    const { testResults } = report(['passed', 'skipped', 'failed'])
    testResults[0]?.assertionResults[2]?.failureMessages.push('Error: 1 is not 2\n    at somewhere\n    at elsewhere')
    expect(failuresIn({ testResults })).toEqual([
      'tests/a.test.ts > is skipped: skipped',
      'tests/a.test.ts > is failed: Error: 1 is not 2     at somewhere',
    ])
  })

  it('names a file that did not load, and nothing where all is well', () => {
    expect(failuresIn(report([]))).toEqual(['tests/a.test.ts: '])
    expect(failuresIn(report(['passed']))).toEqual([])
    expect(failuresIn(undefined)).toEqual([])
  })
})
