/** `npm run check`: all static gates, two at a time. */
import { gates, runAll, tellOutcome } from './tasks'

const outcomes = await runAll(gates(), 2, tellOutcome)
const failed = outcomes.filter(({ ok }) => !ok).length
console.log(`\n${outcomes.length - failed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
