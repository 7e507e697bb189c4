/** `npm test`: every gate and every test there is. Closes with `N passed, N failed`; a test that did not run counts as failed. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { type Count, countTests, type Report } from './count'
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
const reportOf = (name: string): string => `${RESULTS}/${name.replaceAll(/[^a-z]+/g, '-')}.json`

/** A gate counts as one. */
const countOf = ({ task, ok }: Outcome): Count => {
  if (!task.name.startsWith('test:')) return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  const file = reportOf(task.name)
  return countTests(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Report) : undefined, ok)
}

const main = async (): Promise<void> => {
  ensurePackages()
  rmSync(RESULTS, { recursive: true, force: true })
  mkdirSync(RESULTS, { recursive: true })
  const [build, ...others] = gates()
  if (!build) throw new Error('package.json has no check:build.')
  const outcomes = [
    // What needs nothing built goes beside the build, the rest after it, and what measures real browsers has the machine to itself.
    ...(await runAll([build, vitest('unit', 'examples')], 2, tellOutcome)),
    ...(await runAll([vitest('gates'), ...others, vitest('package'), vitest('fuzz')], 2, tellOutcome)),
    ...(await runAll([vitest('browser*'), vitest('e2e')], 1, tellOutcome)),
  ]
  let [passed, failed] = [0, 0]
  for (const outcome of outcomes) {
    const count = countOf(outcome)
    passed += count.passed
    failed += count.failed
    if (outcome.task.name.startsWith('test:')) console.log(`${outcome.task.name.padEnd(27)} ${count.passed} passed, ${count.failed} failed`)
  }
  if (failed > 0) process.exitCode = 1
  console.log(`\n${passed} passed, ${failed} failed`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
