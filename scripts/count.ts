/** How many passed and how many did not. */
export interface Count {
  readonly passed: number
  readonly failed: number
}

/** What of Vitest's JSON report is read here. */
export interface Report {
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
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
