/** `npm test`: every gate and every test there is. Closes with `N passed, N failed`; a test that did not run counts as failed. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { type Count, countTests, failuresIn, type Report } from './count'
import { ensurePackages } from './packages'
import { gates, type Outcome, runAll, type Task, tellOutcome } from './tasks'

const RESULTS = 'tests/results'

const vitest = (...projects: string[]): Task => {
  const name = `test:${projects.join('+')}`
  return {
    name,
    command: [
      'npx',
      'vitest',
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--allowOnly=false',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportOf(name)}`,
    ],
  }
}
const reportOf = (name: string): string => `${RESULTS}/${name.replaceAll(/[^a-z0-9]+/g, '-')}.json`

const readReport = (name: string): Report | undefined => {
  const file = reportOf(name)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined
}

/** A gate counts as one. */
const countOf = ({ task, ok }: Outcome): Count => {
  if (!task.name.startsWith('test:')) return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  return countTests(readReport(task.name), ok)
}

const failuresOf = ({ task, ok }: Outcome): string[] => {
  const failures = failuresIn(readReport(task.name))
  return ok || failures.length > 0 ? failures : [task.name]
}

const main = async (): Promise<void> => {
  ensurePackages()
  rmSync(RESULTS, { recursive: true, force: true })
  mkdirSync(RESULTS, { recursive: true })
  const [build, ...others] = gates()
  if (!build) throw new Error('package.json has no check:build.')
  const outcomes = [
    // What needs nothing built goes beside the build, the rest after it. Tests in browsers wait as much as they work, and fuzzing only works.
    ...(await runAll([build, vitest('unit', 'examples'), vitest('gates'), ...others, vitest('package')], 2, tellOutcome)),
    ...(await runAll([vitest('browser*'), vitest('fuzz')], 2, tellOutcome)),
    ...(await runAll([vitest('e2e*')], 1, tellOutcome)),
  ]
  let [passed, failed] = [0, 0]
  for (const outcome of outcomes) {
    const count = countOf(outcome)
    passed += count.passed
    failed += count.failed
    if (outcome.task.name.startsWith('test:')) console.log(`${outcome.task.name.padEnd(27)} ${count.passed} passed, ${count.failed} failed`)
  }
  if (failed > 0) {
    process.exitCode = 1
    // Once more, and last: what a failed task said may be long.
    console.log(['\nFailed:', ...outcomes.flatMap(failuresOf)].join('\n'))
  }
  console.log(`\n${passed} passed, ${failed} failed`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
