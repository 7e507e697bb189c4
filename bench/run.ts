/** `npm run bench`: all benches, or those named after `--`. Prints a table and writes bench/results/<name>.json for each. */
import { readdirSync } from 'node:fs'
import { type Bench, type BenchResult, printResult, writeResult } from './result'

const SUFFIX = '.bench.ts'
const known = readdirSync('bench')
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))

const wanted = process.argv.length > 2 ? process.argv.slice(2) : known
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${known.join(', ')}.`)
  process.exitCode = 1
} else {
  for (const name of wanted) {
    const { bench } = (await import(`./${name}${SUFFIX}`)) as { bench: Bench }
    const measured = await bench.run()
    const result: BenchResult = { name, date: new Date().toISOString().slice(0, 10), node: process.version, runs: bench.runs, ...measured }
    printResult(result)
    writeResult(result)
  }
}
