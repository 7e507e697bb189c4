import { readdirSync } from 'node:fs'

const SUFFIX = '.ts'

/** The modules in bench/contenders/<bench>/, by name, ours first: whoever adds one adds a file there and nothing else. */
export const contendersOf = (bench: string, only?: readonly string[]): string[] => {
  const names = readdirSync(`bench/contenders/${bench}`)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .filter((name) => !only || only.includes(name))
  return names.sort((a, b) => Number(b === 'tsunagu') - Number(a === 'tsunagu') || a.localeCompare(b))
}
