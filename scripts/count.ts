import { relative } from 'node:path'

/** How many passed and how many did not. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

/** What of Vitest's JSON report is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[]
  }[]
}

/**
 * Counts a run of Vitest. What did not pass has failed: skipped, to do, a file that did not load. A run that failed without a failed test
 * (an error outside of any test, no report), and a run without a test, count as one failure.
 */
export const countTests = (report: Report | undefined, ok: boolean): Count => {
  const files = report?.testResults ?? []
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  const passed = tests.filter(({ status }) => status === 'passed').length
  const unloaded = files.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
  const failed = tests.length - passed + unloaded.length
  return { passed, failed: failed === 0 && (!ok || passed === 0) ? 1 : failed }
}

/** What did not pass, one line each: the file, the test, and how its failure begins. */
export const failuresIn = (report: Report | undefined): string[] =>
  (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = relative('.', name)
    if (assertionResults.length === 0) return status === 'failed' ? [`${file}: ${beginning(message)}`] : []
    return assertionResults
      .filter((test) => test.status !== 'passed')
      .map((test) => `${file} > ${test.fullName}: ${beginning(test.failureMessages[0] ?? test.status)}`)
  })

const beginning = (text: string): string => text.split('\n', 2).join(' ').slice(0, 300)
