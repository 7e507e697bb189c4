/**
 * `npm run bench`: all benches, or those named after `--`. Prints tables and writes bench/results/<name>.json for each.
 * `--rounds 30`, `--only tsunagu,raw`, and for `setup` `--delay 50`: signaling takes 50 ms longer each way.
 */
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ensureBuilt } from '../scripts/build'
import { type Bench, type BenchResult, printResult, writeResult } from './result'

const SUFFIX = '.bench.ts'
const known = readdirSync('bench')
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, only: { type: 'string' }, delay: { type: 'string' } },
})
const wanted = positionals.length > 0 ? positionals : known
const unknown = wanted.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${known.join(', ')}.`)
  process.exitCode = 1
} else {
  await ensureBuilt()
  const options = {
    ...(values.rounds && { rounds: Number(values.rounds) }),
    ...(values.only && { only: values.only.split(',') }),
    ...(values.delay && { delayMs: Number(values.delay) }),
  }
  for (const name of wanted) {
    const { bench } = (await import(`./${name}${SUFFIX}`)) as { bench: Bench }
    const measured = await bench.run(options)
    const result: BenchResult = { name, date: new Date().toISOString().slice(0, 10), node: process.version, ...measured }
    printResult(result)
    writeResult(result)
  }
}
